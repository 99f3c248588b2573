#include "chassis/peers/peer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "chassis/base/errors.h"
#include "chassis/base/ids.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/call.h"

namespace regulars {
namespace {

absl::Status Closed() {
  return Error(absl::StatusCode::kCancelled, "the process is stopping", {.reason = "STOPPING"});
}

// A correlation id is a trace id where an outside request set it off; other causes have none.
bool IsTraceId(absl::string_view id) {
  return id.size() == 32 && std::all_of(id.begin(), id.end(), [](char c) {
           return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f');
         });
}

std::string TraceParent(absl::string_view trace_id) {
  thread_local Mixer mixer(SecureRandomSeed());
  return absl::StrCat("00-", trace_id, "-", absl::Hex(mixer.Next() | 1, absl::kZeroPad16), "-01");
}

// A service that has just started, or was given a new key, may not be known to the other one yet.
// That passes by itself, and whoever waits for the answer is to try again rather than to give up.
absl::Status WhatPasses(absl::Status status) {
  if (GetErrorDetails(status).reason != "TOKEN_UNKNOWN_KEY") return status;
  return Unavailable("PEER_LACKS_KEY", "the other service does not know this one's key yet",
                     absl::Seconds(1));
}

}  // namespace

Peer::Peer(std::string name, std::shared_ptr<grpc::Channel> channel, TokenSource token)
    : name_(std::move(name)), channel_(std::move(channel)), token_(std::move(token)) {}

absl::Status Peer::Prepare(grpc::ClientContext& context, const Origin& origin,
                           absl::Time deadline) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return Closed();
  }
  ABSL_ASSIGN_OR_RETURN(const std::string token, token_());
  context.AddMetadata(rpc::kAuthorizationKey, absl::StrCat("Bearer ", token));
  context.AddMetadata(rpc::kHopsKey, absl::StrCat(origin.hops + 1));
  if (IsTraceId(origin.correlation_id)) {
    context.AddMetadata(rpc::kTraceParentKey, TraceParent(origin.correlation_id));
  }
  deadline = std::min(deadline, origin.deadline);
  if (deadline != absl::InfiniteFuture()) context.set_deadline(absl::ToChronoTime(deadline));
  return absl::OkStatus();
}

absl::Status Peer::Run(const Origin& origin, absl::Duration timeout,
                       const std::function<grpc::Status(grpc::ClientContext&)>& call) {
  grpc::ClientContext context;
  ABSL_RETURN_IF_ERROR(Prepare(context, origin, absl::Now() + timeout));
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return Closed();
    calls_.insert(&context);
  }
  const grpc::Status status = call(context);
  const std::lock_guard lock(mutex_);
  calls_.erase(&context);
  return closed_ && !status.ok() ? Closed() : WhatPasses(FromGrpc(status));
}

void Peer::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (grpc::ClientContext* context : calls_) context->TryCancel();
}

}  // namespace regulars
