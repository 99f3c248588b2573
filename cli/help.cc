#include "cli/help.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cli/format.h"

namespace regulars::cli {
namespace {

constexpr size_t kLineWidth = 100;
constexpr size_t kMaxTermWidth = 34;

using Entries = std::vector<std::pair<std::string, std::string>>;

// "  term  text", texts aligned and wrapped.
std::string WriteEntries(const std::string& title, const Entries& entries) {
  if (entries.empty()) return "";
  size_t width = 0;
  for (const auto& [term, text] : entries) {
    if (term.size() <= kMaxTermWidth) width = std::max(width, term.size());
  }
  std::string out = absl::StrCat("\n", title, ":\n");
  const std::string indent(width + 4, ' ');
  for (const auto& [term, text] : entries) {
    std::string line = absl::StrCat("  ", term);
    line += term.size() > width ? absl::StrCat("\n", indent)
                                : std::string(width + 2 - term.size(), ' ');
    size_t used = indent.size();
    for (absl::string_view word : absl::StrSplit(text, ' ')) {
      const size_t length = DisplayWidth(word);
      if (used + 1 + length > kLineWidth) {
        absl::StrAppend(&line, "\n", indent);
        used = indent.size();
      } else if (used > indent.size()) {
        line += ' ';
        ++used;
      }
      absl::StrAppend(&line, word);
      used += length;
    }
    absl::StrAppend(&out, line, "\n");
  }
  return out;
}

// "{a,b}" → "a|b"; a range's description is left out.
std::string ValueLabel(const CLI::Option& option) {
  std::string type = option.get_type_name();
  if (absl::StartsWith(type, ":{")) {
    type = type.substr(2, type.size() - 3);
    std::replace(type.begin(), type.end(), ',', '|');
    return type;
  }
  return type.substr(0, type.find(':'));
}

std::string FlagTerm(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  const std::string label = ValueLabel(option);
  return absl::StrCat(absl::StrJoin(names, ", "), label.empty() ? "" : " ", label);
}

// Of the root's flags those that mean something everywhere, or all.
Entries Flags(const CLI::App& app, bool all) {
  Entries entries;
  for (const CLI::Option* option : app.get_options()) {
    const bool general = option == app.get_help_ptr() || option == app.get_version_ptr();
    if (option->nonpositional() && (all || !general)) {
      entries.emplace_back(FlagTerm(*option), option->get_description());
    }
  }
  return entries;
}

std::string Usage(const CLI::App& app, const std::string& name, const Entries& commands) {
  std::string usage = absl::StrCat("\nUsage: ", name);
  if (!commands.empty()) absl::StrAppend(&usage, " COMMAND");
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional()) continue;
    const std::string label = option->get_name(true, false);
    const bool many = option->get_items_expected_max() > 1;
    absl::StrAppend(&usage, " ", option->get_required() ? "" : "[", label, many ? "…" : "",
                    option->get_required() ? "" : "]");
  }
  return absl::StrCat(usage, " [flags]\n");
}

}  // namespace

std::string HelpFormatter::make_help(const CLI::App* app, std::string name,
                                     CLI::AppFormatMode) const {
  Entries commands;
  for (const CLI::App* command : app->get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_group().empty()) continue;
    commands.emplace_back(command->get_name(), command->get_description());
  }
  Entries arguments;
  for (const CLI::Option* option : app->get_options()) {
    if (option->get_positional()) {
      arguments.emplace_back(option->get_name(true, false), option->get_description());
    }
  }
  const CLI::App* root = app;
  while (root->get_parent() != nullptr) root = root->get_parent();
  const bool is_root = root == app;
  const auto info = table_.find(app);
  std::string text = absl::StrCat(
      app->get_description(), "\n", Usage(*app, name.empty() ? app->get_name() : name, commands),
      WriteEntries("Commands", commands), WriteEntries("Arguments", arguments),
      WriteEntries("Flags", Flags(*app, is_root)),
      is_root ? "" : WriteEntries("Flags of every command", Flags(*root, false)));
  if (info != table_.end() && !info->second.example.empty()) {
    absl::StrAppend(&text, "\nExample:\n  ", info->second.example, "\n");
  }
  if (is_root) absl::StrAppend(&text, "\n", app->get_footer(), "\n");
  return text;
}

}  // namespace regulars::cli
