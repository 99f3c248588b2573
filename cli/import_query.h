// Import options as query parameters: the file itself is the request's body.
#ifndef CLI_IMPORT_QUERY_H_
#define CLI_IMPORT_QUERY_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/client.h"
#include "cli/json.h"

namespace regulars::cli {

// {"csv": {"delimiter": ";"}, "columns": ["a=item"]} →
//   options.csv.delimiter=; and options.columns=a=item
// INVALID_ARGUMENT (USAGE) for what is no text, number or truth value.
absl::Status AppendOptions(const Json& options, const std::string& prefix, Query& query);

// "csv.delimiter=;" → options.csv.delimiter=;
absl::Status AppendSettings(const std::vector<std::string>& settings, Query& query);

}  // namespace regulars::cli

#endif  // CLI_IMPORT_QUERY_H_
