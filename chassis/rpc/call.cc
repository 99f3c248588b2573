#include "chassis/rpc/call.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "chassis/auth/token.h"
#include "chassis/base/errors.h"
#include "chassis/observe/log.h"
#include "chassis/storage/audit.h"

namespace regulars::rpc {
namespace {

// Calls that took longer are logged even when they succeed.
constexpr absl::Duration kSlow = absl::Seconds(1);

std::string NewTraceId() {
  thread_local Mixer mixer(SecureRandomSeed());
  return absl::StrCat(absl::Hex(mixer.Next(), absl::kZeroPad16),
                      absl::Hex(mixer.Next(), absl::kZeroPad16));
}

bool IsServerError(absl::StatusCode code) {
  return code == absl::StatusCode::kInternal || code == absl::StatusCode::kUnknown ||
         code == absl::StatusCode::kDataLoss;
}

// "ipv4:192.0.2.7:5050", "ipv6:%5B2001:db8::1%5D:5050" → the address; else "".
std::string AddressOf(absl::string_view peer) {
  const bool v6 = absl::ConsumePrefix(&peer, "ipv6:");
  if (!v6 && !absl::ConsumePrefix(&peer, "ipv4:")) return "";
  peer = peer.substr(0, peer.rfind(':'));
  for (const char* bracket : {"[", "%5B"}) absl::ConsumePrefix(&peer, bracket);
  for (const char* bracket : {"]", "%5D"}) absl::ConsumeSuffix(&peer, bracket);
  return std::string(peer);
}

bool IsThisMachine(absl::string_view address) {
  return address.empty() || address == "::1" || absl::StartsWith(address, "127.");
}

}  // namespace

Call::Call(const Environment& environment, const Method& method,
           grpc::CallbackServerContext& context)
    : environment_(environment), method_(method), context_(context), start_(absl::Now()) {}

std::string Call::Metadata(const char* key) const {
  const auto found = context_.client_metadata().find(key);
  if (found == context_.client_metadata().end()) return "";
  return std::string(found->second.data(), found->second.size());
}

// A peer without an address is in this process, or on a local socket.
std::string Call::Source() const {
  std::string address = AddressOf(context_.peer());
  if (!IsThisMachine(address)) return address;
  const std::string told = Metadata(kSourceKey);
  return told.empty() ? address : told;
}

absl::Status Call::Admit() {
  environment_.refusals->RecordDue(store());
  origin_.source = Source();
  origin_.deadline = absl::FromChrono(context_.deadline());
  origin_.correlation_id = TraceId(Metadata(kTraceParentKey));
  if (origin_.correlation_id.empty()) origin_.correlation_id = NewTraceId();
  ABSL_ASSIGN_OR_RETURN(origin_.hops, ReadHops(Metadata(kHopsKey)));
  if (method_.scope == "public") return absl::OkStatus();
  const std::string header = Metadata(kAuthorizationKey);
  ABSL_ASSIGN_OR_RETURN(const absl::string_view token, BearerToken(header));
  ABSL_ASSIGN_OR_RETURN(origin_.caller, environment_.authenticate(token));
  if (method_.scope == "authenticated" || auth::HasScope(*origin_.caller, method_.scope)) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kPermissionDenied,
               absl::StrCat("this needs the scope '", method_.scope, "'"),
               {.reason = "SCOPE_MISSING", .metadata = {{"scope", method_.scope}}});
}

absl::Status Call::StillAdmitted(absl::Duration longer) const {
  return auth::CheckExpiry(*origin_.caller, store().clock().Now() - longer);
}

void Call::AuditRefusal(const absl::Status& why) const {
  environment_.refusals->Add(
      store(),
      {.origin = origin_, .method = method_.full_name, .reason = GetErrorDetails(why).reason});
}

absl::StatusOr<Call::After> Call::ReadAfter() const {
  const std::string header = Metadata(kAfterKey);
  if (header.empty()) return After();
  const std::optional<FeedPosition> read = ReadFeedPosition(header);
  After after{.position = read ? read->position : 0};
  const bool own = read && read->service == environment_.service;
  FollowedFeed* const feed = !read || own ? nullptr : environment_.followed->Find(read->service);
  if (feed != nullptr) after.followed = &feed->followed;
  if (!own && feed == nullptr) {
    return InvalidArgument("INVALID_POSITION",
                           absl::StrCat("regulars-after must be '", environment_.service,
                                        ":<position>' or that of a service which is followed here, "
                                        "as regulars-position said"));
  }
  return after;
}

void Call::SendPosition(int64_t position) {
  context_.AddTrailingMetadata(kPositionKey, absl::StrCat(environment_.service, ":", position));
}

void Call::End(const absl::Status& status) {
  const absl::Duration took = absl::Now() - start_;
  method_.metrics->Count(status.code(), took);
  if (absl::IsPermissionDenied(status)) AuditRefusal(status);
  const bool slow = took > kSlow && !method_.server_streaming && !method_.client_streaming;
  const bool bad = IsServerError(status.code());
  if (!slow && !bad && !LogsDebug()) return;
  const auto log = bad ? LogError : slow ? LogWarning : LogDebug;
  log("call", {{"method", method_.full_name},
               {"code", std::string(CodeName(status.code()))},
               {"reason", status.ok() ? "" : GetErrorDetails(status).reason},
               {"detail", bad ? std::string(status.message()) : ""},
               {"principal", origin_.caller->principal},
               {"trace", origin_.correlation_id},
               {"took_ms", absl::StrCat(absl::ToInt64Milliseconds(took))}});
}

absl::Status Audit(Transaction& tx, const Method& method, absl::string_view resource,
                   absl::string_view request_id, absl::string_view result, int64_t item_count) {
  return audit::Add(tx, {.method = method.full_name,
                         .resource = std::string(resource),
                         .request_id = std::string(request_id),
                         .result = std::string(result),
                         .item_count = item_count});
}

}  // namespace regulars::rpc
