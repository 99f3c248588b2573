// Errors in plain words: what failed, which field, what to do. Or as JSON, for programs.
#ifndef CLI_ERROR_TEXT_H_
#define CLI_ERROR_TEXT_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace regulars::cli {

enum ExitCode {
  kOk = 0,
  kRefused = 1,   // The server refused, or the work that it did failed.
  kUsage = 2,     // The command line, a local file, the profile or the output is at fault.
  kNoServer = 3,  // The server cannot be reached.
  kWasInterrupted = 130,
};

ExitCode ExitCodeOf(const absl::Status& error);

// What an error happened to.
struct ErrorScene {
  std::string command;  // "regularsctl customer create"
  std::string server;   // "https://crm.example.com"; "" if none was chosen.
  // Field paths of the API, or their beginnings, and the flags that set them.
  std::vector<std::pair<std::string, std::string>> fields;
};

// Lines for stderr, each with its line end.
std::string ErrorText(const absl::Status& error, const ErrorScene& scene);

// The same for programs: Google's JSON form, {"error": {…}} as the API sends it, on one line with
// its line end.
std::string ErrorLine(const absl::Status& error);

// The nearest of `candidates` if it is near enough to be meant; else "".
std::string Nearest(absl::string_view written, const std::vector<std::string>& candidates);

}  // namespace regulars::cli

#endif  // CLI_ERROR_TEXT_H_
