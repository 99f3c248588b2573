// The first answer to a write that carried a request_id, kept for 30 days in the transaction of the
// change itself, so that a repeat gets the same answer and changes nothing.
#ifndef CHASSIS_RPC_IDEMPOTENCY_H_
#define CHASSIS_RPC_IDEMPOTENCY_H_

#include <google/protobuf/message.h>

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "chassis/rpc/method.h"
#include "chassis/storage/transaction.h"

namespace regulars::rpc {

inline constexpr absl::Duration kRepliesKept = absl::Hours(24 * 30);
inline constexpr size_t kMaxRequestIdLength = 64;

// Answers from memory when `request_id` was seen from this caller on this method; else runs
// `change` and remembers its reply. INVALID_ARGUMENT REQUEST_ID_REUSED when the same id came with
// another request.
absl::Status RunOnce(Transaction& tx, const Method& method, const std::string& request_id,
                     const google::protobuf::Message& request, google::protobuf::Message& response,
                     const std::function<absl::Status()>& change);

// Forgets replies older than kRepliesKept, at most `limit` of them; how many there were.
absl::StatusOr<int64_t> ForgetOldReplies(Transaction& tx, int64_t limit);

}  // namespace regulars::rpc

#endif  // CHASSIS_RPC_IDEMPOTENCY_H_
