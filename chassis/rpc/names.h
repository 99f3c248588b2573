// Resource names: "boxes/06g1…", "boxes/06g1…/lids/06g1…".
//
//   ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("boxes", request.name()));
//   reply.set_name(rpc::Name("boxes", id));
#ifndef CHASSIS_RPC_NAMES_H_
#define CHASSIS_RPC_NAMES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace regulars::rpc {

// "boxes/06g1…" of ("boxes", "06g1…").
std::string Name(absl::string_view collection, absl::string_view id);

// The id of `name`, one segment that is not empty. `field` is where the request holds the name.
// INVALID_ARGUMENT with NAME_MISSING or INVALID_NAME.
absl::StatusOr<std::string> ParseName(absl::string_view collection, absl::string_view name,
                                      absl::string_view field = "name");

// The same of a resource whose id its service made (chassis/base/ids.h), where the name is to be
// kept without asking that service: text of any other form could be anything, a person's address
// too.
absl::StatusOr<std::string> ParseMadeName(absl::string_view collection, absl::string_view name,
                                          absl::string_view field = "name");

// The ids of a name of several collections: ({"boxes", "lids"}, "boxes/a/lids/b") gives {"a", "b"}.
absl::StatusOr<std::vector<std::string>> ParseNestedName(
    absl::Span<const absl::string_view> collections, absl::string_view name,
    absl::string_view field = "name");

}  // namespace regulars::rpc

#endif  // CHASSIS_RPC_NAMES_H_
