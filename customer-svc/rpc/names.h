// Resource names: "customers/06g1…", "segments/06g1…/members/06g1…".
//
//   ABSL_ASSIGN_OR_RETURN(const std::string id, ParseName("customers", request.name()));
//   reply.set_name(Name("customers", id));
#ifndef CUSTOMER_SVC_RPC_NAMES_H_
#define CUSTOMER_SVC_RPC_NAMES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace regulars::customer {

// "customers/06g1…" of ("customers", "06g1…").
std::string Name(absl::string_view collection, absl::string_view id);

// The id of `name`, one segment that is not empty. `field` is where the request holds the name.
// INVALID_ARGUMENT with NAME_MISSING or INVALID_NAME.
absl::StatusOr<std::string> ParseName(absl::string_view collection, absl::string_view name,
                                      absl::string_view field = "name");

// The ids of a name of several collections: ({"segments", "members"}, "segments/a/members/b") gives
// {"a", "b"}.
absl::StatusOr<std::vector<std::string>> ParseNestedName(
    absl::Span<const absl::string_view> collections, absl::string_view name,
    absl::string_view field = "name");

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_NAMES_H_
