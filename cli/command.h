// Commands and their flags: a thin layer over CLI11 in which a command is a few lines.
//
//   Command get = customers.Add("get", "Shows one customer.", "regularsctl customer get 06g1…");
//   const auto id = get.Word("CUSTOMER", "Id or name of the customer");
//   const auto raw = get.Switch("--raw", "Shows everything");
//   get.Run([=](Context& context) { return Show(context, *id, *raw); });
//
// Flags hold their values on the heap and are copied into the action.
#ifndef CLI_COMMAND_H_
#define CLI_COMMAND_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "cli/context.h"

namespace regulars::cli {

template <typename T>
class Flag {
 public:
  Flag(std::shared_ptr<T> value, CLI::Option* option) : value_(std::move(value)), option_(option) {}
  const T& operator*() const { return *value_; }
  const T* operator->() const { return value_.get(); }
  // Whether it was on the command line.
  bool given() const { return option_->count() > 0; }
  CLI::Option* option() const { return option_; }

 private:
  std::shared_ptr<T> value_;
  CLI::Option* option_;
};

using Action = std::function<absl::Status(Context&)>;

// What a command of the tree does.
struct CommandInfo {
  Action action;
  std::string example;
  // Field paths of the API, or their beginnings, and the flags that set them: for error texts.
  std::vector<std::pair<std::string, std::string>> fields;
};

using CommandTable = std::map<const CLI::App*, CommandInfo>;

class Command {
 public:
  Command(CLI::App* app, CommandTable* table) : app_(app), table_(table) {}

  // A command that only holds others.
  Command Group(const std::string& name, const std::string& summary) const;
  Command Add(const std::string& name, const std::string& summary,
              const std::string& example) const;

  // Arguments without a flag; in the order of the calls.
  Flag<std::string> Word(const std::string& label, const std::string& help) const;
  Flag<std::string> OptionalWord(const std::string& label, const std::string& help) const;
  Flag<std::string> FileWord(const std::string& help) const;
  Flag<std::vector<std::string>> Words(const std::string& label, const std::string& help) const;

  Flag<bool> Switch(const std::string& name, const std::string& help) const;
  Flag<std::string> Text(const std::string& name, const std::string& label,
                         const std::string& help) const;
  // May be given several times.
  Flag<std::vector<std::string>> Texts(const std::string& name, const std::string& label,
                                       const std::string& help) const;
  Flag<int64_t> Number(const std::string& name, const std::string& help, int64_t preset,
                       int64_t least, int64_t most) const;
  // One of a few words; `preset` may be "".
  Flag<std::string> Choice(const std::string& name, const std::vector<std::string>& choices,
                           const std::string& help, const std::string& preset = "") const;
  // A path; "-" is the standard input. Shells complete it.
  Flag<std::string> File(const std::string& name, const std::string& help) const;
  // --validate-only. What is printed then looks like the real thing: see Context::NoteRehearsal().
  Flag<bool> ValidateOnly() const;

  // Says that `flag` sets the API's `field`.
  const Command& Means(const std::string& field, const std::string& flag) const;
  void Run(Action action) const;

  CLI::App* app() const { return app_; }

 private:
  template <typename T>
  Flag<T> Make(const std::string& name, const std::string& label, const std::string& help,
               T preset = T()) const;

  CLI::App* app_;
  CommandTable* table_;
};

}  // namespace regulars::cli

#endif  // CLI_COMMAND_H_
