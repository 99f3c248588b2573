// regularsctl as a whole: the tree of its commands, and one run of it.
//
//   World world = RealWorld();
//   return Run({"customer", "list", "--limit", "10"}, world);
#ifndef CLI_PROGRAM_H_
#define CLI_PROGRAM_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/error_text.h"
#include "cli/terminal.h"

namespace regulars::cli {

class Program {
 public:
  Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Parses and does what `arguments` say. Returns the exit code (see error_text.h), kUsage too if
  // `world.out` did not take all that was printed.
  int Run(const std::vector<std::string>& arguments, World& world);

  const CLI::App& tree() const { return root_; }
  const CommandTable& table() const { return table_; }

 private:
  void AddCompletion(const Command& root);
  int Execute(const std::vector<std::string>& arguments, World& world);
  // The deepest command that was named.
  const CLI::App* Named() const;
  std::string Describe(const CLI::ParseError& error) const;
  int Misused(const std::string& text, bool json, World& world) const;
  int MisusedGroup(World& world) const;
  // Tells the error and returns its exit code.
  int Fail(const absl::Status& error, const ErrorScene& scene, World& world) const;

  CommandTable table_;
  Globals globals_;
  CLI::App root_;
};

inline int Run(const std::vector<std::string>& arguments, World& world) {
  return Program().Run(arguments, world);
}

}  // namespace regulars::cli

#endif  // CLI_PROGRAM_H_
