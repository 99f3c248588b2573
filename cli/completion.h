// Shell completion. The scripts ask the program itself (`regularsctl __complete WORD…`), which
// walks its own tree of commands: there is no list to keep.
#ifndef CLI_COMPLETION_H_
#define CLI_COMPLETION_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace regulars::cli {

struct Completions {
  struct Item {
    std::string word;
    std::string help;
  };
  std::vector<Item> items;
  bool files = false;  // Files fit too.
};

// What can stand at the last of `words`, which may be empty or begun. The name of the program is
// not among them.
Completions Complete(const CLI::App& root, const std::vector<std::string>& words);

// One "word<tab>help" a line; a last line ":files" if files fit. What the scripts read.
std::string WriteCompletions(const Completions& completions);

// The script for "bash", "zsh" or "fish".
absl::StatusOr<std::string> CompletionScript(const std::string& shell);

}  // namespace regulars::cli

#endif  // CLI_COMPLETION_H_
