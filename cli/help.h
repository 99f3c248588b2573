// How --help looks: what the command does, how it is called, its flags, an example.
#ifndef CLI_HELP_H_
#define CLI_HELP_H_

#include <CLI/CLI.hpp>
#include <string>

#include "cli/command.h"

namespace regulars::cli {

class HelpFormatter : public CLI::FormatterBase {
 public:
  explicit HelpFormatter(const CommandTable& table) : table_(table) {}
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;

 private:
  const CommandTable& table_;
};

}  // namespace regulars::cli

#endif  // CLI_HELP_H_
