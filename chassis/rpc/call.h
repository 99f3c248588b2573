// What every kind of call does at its beginning and its end: authentication, scope, tracing;
// metrics and log.
#ifndef CHASSIS_RPC_CALL_H_
#define CHASSIS_RPC_CALL_H_

#include <grpcpp/server_context.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/rpc/call_metadata.h"
#include "chassis/rpc/environment.h"
#include "chassis/rpc/method.h"
#include "chassis/storage/transaction.h"

namespace regulars::rpc {

// Metadata keys, lower case as HTTP/2 wants them.
inline constexpr char kAuthorizationKey[] = "authorization";
inline constexpr char kTraceParentKey[] = "traceparent";
inline constexpr char kHopsKey[] = "regulars-hops";
inline constexpr char kPositionKey[] = "regulars-position";
inline constexpr char kAfterKey[] = "regulars-after";
// The IP address that a gateway calls for. Believed when it comes from this machine alone.
inline constexpr char kSourceKey[] = "regulars-source";

// One call from its arrival to its end. Lives inside the reactor that serves it.
class Call {
 public:
  Call(const Environment& environment, const Method& method, grpc::CallbackServerContext& context);

  // Who calls and why, or the reason why the call is refused. Who lacks the scope is audited (see
  // refusals.h).
  absl::Status Admit();

  // For streams, which live on: UNAUTHENTICATED with TOKEN_EXPIRED once the token has ended, and so
  // much time has passed since.
  absl::Status StillAdmitted(absl::Duration longer) const;

  const Environment& environment() const { return environment_; }
  const Method& method() const { return method_; }
  const Origin& origin() const { return origin_; }
  Store& store() const { return *environment_.store; }

  // Whether nobody waits for the answer any more.
  bool Gone() const { return context_.IsCancelled(); }

  // The position that the caller asks to read after. That this service's store has given it, or has
  // followed that far, is for the reader to see.
  struct After {
    // Null for this service's own feed.
    PositionSignal* followed = nullptr;
    // 0 where the caller asks for none.
    int64_t position = 0;
  };
  // INVALID_ARGUMENT when it is no position, or of a service that is not followed.
  absl::StatusOr<After> ReadAfter() const;
  // Sends the caller the position that holds its write.
  void SendPosition(int64_t position);

  // Counts and logs the call's end. Called once.
  void End(const absl::Status& status);

 private:
  std::string Source() const;
  std::string Metadata(const char* key) const;
  void AuditRefusal(const absl::Status& why) const;

  const Environment& environment_;
  const Method& method_;
  grpc::CallbackServerContext& context_;
  const absl::Time start_;
  Origin origin_;
};

// One row of the audit table; part of the change that it tells of.
absl::Status Audit(Transaction& tx, const Method& method, absl::string_view resource,
                   absl::string_view request_id, absl::string_view result, int64_t item_count = 1);

}  // namespace regulars::rpc

#endif  // CHASSIS_RPC_CALL_H_
