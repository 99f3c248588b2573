// How much a reply may hold that has no pages: those of batches of names, each answered by a
// message of any length. Callers get a plain error where the reply would grow too large, instead of
// whatever the transport makes of it.
//
//   rpc::ReplyLimit limit("names");
//   for (…) ABSL_RETURN_IF_ERROR(limit.Add(*reply.add_customers()));
//
// Not thread-safe.
#ifndef CHASSIS_RPC_REPLY_LIMIT_H_
#define CHASSIS_RPC_REPLY_LIMIT_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "chassis/base/errors.h"
#include "google/protobuf/message_lite.h"

namespace regulars::rpc {

// Half of what the gateway and other services take in one message, since JSON is longer.
inline constexpr size_t kMaxBatchBytes = 32 << 20;

class ReplyLimit {
 public:
  // `field` of the request says how much is asked for; it must outlive this.
  explicit ReplyLimit(absl::string_view field) : field_(field) {}

  // Counts one message of the reply. INVALID_ARGUMENT REPLY_TOO_LARGE from the one on with which
  // all of them come to more than kMaxBatchBytes.
  absl::Status Add(const google::protobuf::MessageLite& message) {
    bytes_ += message.ByteSizeLong();
    if (bytes_ <= kMaxBatchBytes) return absl::OkStatus();
    return FieldError(field_, "REPLY_TOO_LARGE",
                      absl::StrCat("ask for more than the ", kMaxBatchBytes >> 20,
                                   " MiB that one reply holds: send fewer"));
  }

 private:
  const absl::string_view field_;
  size_t bytes_ = 0;
};

}  // namespace regulars::rpc

#endif  // CHASSIS_RPC_REPLY_LIMIT_H_
