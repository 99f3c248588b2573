// The query of a URL, taken apart as HTML forms and browsers' URLSearchParams write it: '+' is a
// space, so a plus sign must come as "%2B". Pure functions; safe from any thread.
//
//   ParseQuery("pageSize=10&filter=a+%3D+b")  // {"pageSize", "10"}, {"filter", "a = b"}
#ifndef GATEWAY_TRANSCODE_QUERY_H_
#define GATEWAY_TRANSCODE_QUERY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace regulars::gateway {

inline constexpr size_t kMaxQueryParameters = 1000;

struct QueryParameter {
  std::string name;
  std::string value;
};

// `query` is without its '?'. INVALID_ARGUMENT, MALFORMED_QUERY, for a '%' without two digits or
// too many parameters. A name without '=' has an empty value.
absl::StatusOr<std::vector<QueryParameter>> ParseQuery(absl::string_view query);

}  // namespace regulars::gateway

#endif  // GATEWAY_TRANSCODE_QUERY_H_
