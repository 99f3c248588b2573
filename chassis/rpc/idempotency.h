// The first answer to a write that carried a request_id, kept for 30 days in the transaction of the
// change itself, so that a repeat gets the same answer and changes nothing.
#ifndef CHASSIS_RPC_IDEMPOTENCY_H_
#define CHASSIS_RPC_IDEMPOTENCY_H_

#include <google/protobuf/message.h>

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/rpc/method.h"
#include "chassis/storage/transaction.h"

namespace regulars::rpc {

inline constexpr absl::Duration kRepliesKept = absl::Hours(24 * 30);
inline constexpr size_t kMaxRequestIdLength = 64;
inline constexpr size_t kRepliesAtOnceBytes = 256 << 10;

// Answers from memory when `request_id` was seen from this caller on this method; else runs
// `change` and remembers its reply. A request that only rehearses is neither answered from memory
// nor remembered. INVALID_ARGUMENT INVALID_REQUEST_ID for more than kMaxRequestIdLength characters
// or others than printable ASCII, REQUEST_ID_REUSED when the same id came with another request;
// FAILED_PRECONDITION REPLY_ERASED when the reply had to be forgotten; PERMISSION_DENIED
// LIMITS_CHANGED when the caller may not see all any more that could be seen then.
absl::Status RunOnce(Transaction& tx, const Method& method, const std::string& request_id,
                     const google::protobuf::Message& request, google::protobuf::Message& response,
                     const std::function<absl::Status()>& change);

// Replies that hold what must be forgotten, such as a person's data. `is_about` sees each
// remembered reply, serialised, with a row number above `after` and at most `last`; where it
// answers true, reply and request go, and a repeat of that call is refused: FAILED_PRECONDITION
// REPLY_ERASED. Looks at `limit` rows at most, and no further once they are kRepliesAtOnceBytes;
// returns the number of the last one, or `last` when there are no more.
absl::StatusOr<int64_t> EraseReplies(
    Transaction& tx, int64_t after, int64_t last, int64_t limit,
    const std::function<absl::StatusOr<bool>(absl::string_view reply)>& is_about);

// The number of the newest remembered reply; 0 if there is none.
absl::StatusOr<int64_t> NewestReply(Snapshot& db);

// Forgets replies older than kRepliesKept, at most `limit` of them; how many there were.
absl::StatusOr<int64_t> ForgetOldReplies(Transaction& tx, int64_t limit);

}  // namespace regulars::rpc

#endif  // CHASSIS_RPC_IDEMPOTENCY_H_
