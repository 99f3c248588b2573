#include "cli/command.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace regulars::cli {
namespace {

// Shells complete what is labelled so with files.
constexpr char kFileLabel[] = "FILE";

// What is wrong with `text` as a whole number; "" if nothing is.
std::string NotWhole(const std::string& text) {
  absl::string_view digits = text;
  if (!absl::ConsumePrefix(&digits, "-")) absl::ConsumePrefix(&digits, "+");
  const bool whole =
      !digits.empty() && std::all_of(digits.begin(), digits.end(), absl::ascii_isdigit);
  return whole ? "" : absl::StrCat("'", text, "' is not a whole number");
}

}  // namespace

Command Command::Group(const std::string& name, const std::string& summary) const {
  CLI::App* app = app_->add_subcommand(name, summary);
  app->require_subcommand(0, 1);
  app->fallthrough();
  return Command(app, table_);
}

Command Command::Add(const std::string& name, const std::string& summary,
                     const std::string& example) const {
  const Command command = Group(name, summary);
  (*table_)[command.app_].example = example;
  return command;
}

template <typename T>
Flag<T> Command::Make(const std::string& name, const std::string& label, const std::string& help,
                      T preset) const {
  auto value = std::make_shared<T>(std::move(preset));
  CLI::Option* option = app_->add_option(name, *value, help);
  option->type_name(label);
  return Flag<T>(std::move(value), option);
}

// CLI11 knows arguments without a flag by a name without dashes.
Flag<std::string> Command::Word(const std::string& label, const std::string& help) const {
  auto flag = Make<std::string>(label, "", help);
  flag.option()->required();
  return flag;
}

Flag<std::string> Command::OptionalWord(const std::string& label, const std::string& help) const {
  return Make<std::string>(label, "", help);
}

Flag<std::string> Command::FileWord(const std::string& help) const {
  auto flag = Make<std::string>(kFileLabel, kFileLabel, help);
  flag.option()->required();
  return flag;
}

Flag<std::vector<std::string>> Command::Words(const std::string& label,
                                              const std::string& help) const {
  auto flag = Make<std::vector<std::string>>(label, "", help);
  flag.option()->required();
  return flag;
}

Flag<bool> Command::Switch(const std::string& name, const std::string& help) const {
  auto value = std::make_shared<bool>(false);
  CLI::Option* option = app_->add_flag(name, *value, help);
  return Flag<bool>(std::move(value), option);
}

Flag<std::string> Command::Text(const std::string& name, const std::string& label,
                                const std::string& help) const {
  return Make<std::string>(name, label, help);
}

Flag<std::vector<std::string>> Command::Texts(const std::string& name, const std::string& label,
                                              const std::string& help) const {
  auto flag = Make<std::vector<std::string>>(name, label,
                                             absl::StrCat(help, "; may be given several times"));
  flag.option()->allow_extra_args(false);  // One value each: what follows is something else.
  return flag;
}

Flag<int64_t> Command::Number(const std::string& name, const std::string& help, int64_t preset,
                              int64_t least, int64_t most) const {
  auto flag = Make<int64_t>(name, "N", help, preset);
  const CLI::Range range(least, most, "N");
  const auto wrong = [range](std::string& text) {
    const std::string not_whole = NotWhole(text);
    return not_whole.empty() ? range(text) : not_whole;
  };
  flag.option()->check(CLI::Validator(wrong, "N"));
  return flag;
}

Flag<std::string> Command::Choice(const std::string& name, const std::vector<std::string>& choices,
                                  const std::string& help, const std::string& preset) const {
  auto flag = Make<std::string>(name, "", help, preset);
  flag.option()->check(CLI::IsMember(choices));
  return flag;
}

Flag<std::string> Command::File(const std::string& name, const std::string& help) const {
  return Make<std::string>(name, kFileLabel, help);
}

Flag<bool> Command::ValidateOnly() const {
  return Switch("--validate-only", "Checks everything and stores nothing");
}

const Command& Command::Means(const std::string& field, const std::string& flag) const {
  (*table_)[app_].fields.emplace_back(field, flag);
  return *this;
}

void Command::Run(Action action) const { (*table_)[app_].action = std::move(action); }

}  // namespace regulars::cli
