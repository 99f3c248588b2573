// What requests of resource methods have in common: names, pages, update masks, version marks.
#ifndef GATEWAY_RPC_REQUESTS_H_
#define GATEWAY_RPC_REQUESTS_H_

#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/message.h>

#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace regulars::gateway {

inline constexpr int64_t kDefaultPageSize = 50;
inline constexpr int64_t kMaxPageSize = 1000;
inline constexpr absl::Duration kPageTokenLife = absl::Hours(24 * 3);

// The id of "<collection>/<id>". INVALID_ARGUMENT with INVALID_NAME of `field`.
absl::StatusOr<std::string> ParseName(absl::string_view collection, absl::string_view name,
                                      absl::string_view field);
// The ids of "apiKeys/<id>/secrets/<id>".
absl::StatusOr<std::pair<std::string, std::string>> ParseSecretName(absl::string_view name);

struct Page {
  int64_t size = 0;
  // The id behind which it begins; empty on the first.
  std::string after;
};

// From page_size and page_token of a list request. INVALID_ARGUMENT with INVALID_PAGE_SIZE, or with
// INVALID_PAGE_TOKEN for a token that is damaged, old or of a list with other arguments.
absl::StatusOr<Page> ReadPage(const google::protobuf::Message& request, absl::Time now);
std::string NextPageToken(const google::protobuf::Message& request, absl::string_view last_id,
                          absl::Time now);

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
