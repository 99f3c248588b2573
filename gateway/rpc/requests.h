// What requests of resource methods have in common: update masks, version marks. See also
// chassis/rpc/names.h and page_token.h.
#ifndef GATEWAY_RPC_REQUESTS_H_
#define GATEWAY_RPC_REQUESTS_H_

#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/message.h>

#include <cstdint>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace regulars::gateway {

// Names of the fields that an update changes: those of the mask; all for "*"; those that are set in
// `resource` for an empty mask. INVALID_ARGUMENT with INVALID_UPDATE_MASK for what is no field of
// it.
absl::StatusOr<std::set<std::string>> PathsToChange(const google::protobuf::FieldMask& mask,
                                                    const google::protobuf::Message& resource);

std::string Etag(int64_t version);
// ABORTED with ETAG_MISMATCH if `etag` is set and another.
absl::Status CheckEtag(absl::string_view etag, int64_t version);

}  // namespace regulars::gateway

#endif  // GATEWAY_RPC_REQUESTS_H_
