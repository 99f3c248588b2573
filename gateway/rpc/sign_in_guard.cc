#include "gateway/rpc/sign_in_guard.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "chassis/auth/secrets.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/call.h"
#include "gateway/domain/email.h"
#include "gateway/store/attempts.h"

namespace regulars::gateway {
namespace {

std::string CounterKey(absl::string_view kind, absl::string_view of) {
  return auth::HashSecret(absl::StrCat(kind, "\n", of));
}

}  // namespace

SignInGuard SignInGuard::ForUser(absl::string_view email, absl::string_view source) {
  const std::string user = EmailKey(email);
  const std::string key = SourceKey(source);
  SignInGuard guard;
  guard.counters_.push_back({CounterKey("user", user), kPerUser, true});
  if (key.empty()) return guard;
  guard.counters_.push_back(
      {CounterKey("user and source", absl::StrCat(user, "\n", key)), kPerUserAndSource, true});
  guard.counters_.push_back({CounterKey("source", key), kPerSource, false});
  return guard;
}

SignInGuard SignInGuard::ForClient(absl::string_view source) {
  SignInGuard guard;
  if (const std::string key = SourceKey(source); !key.empty()) {
    guard.counters_.push_back({CounterKey("client source", key), kPerSource, false});
  }
  return guard;
}

absl::Status SignInGuard::CheckMayTry(Snapshot& db) const {
  absl::Duration wait = absl::ZeroDuration();
  for (const Counter& counter : counters_) {
    ABSL_ASSIGN_OR_RETURN(const Attempts attempts, attempts::Load(db, counter.key));
    wait = std::max(wait, WaitFor(attempts, db.now()));
  }
  if (wait == absl::ZeroDuration()) return absl::OkStatus();
  return ResourceExhausted("TOO_MANY_ATTEMPTS", "too many failed sign-ins: wait and try again",
                           wait);
}

absl::Status SignInGuard::RecordFailure(Transaction& tx, absl::string_view method,
                                        absl::string_view resource,
                                        absl::string_view result) const {
  for (const Counter& counter : counters_) {
    ABSL_ASSIGN_OR_RETURN(const Attempts before, attempts::Load(tx, counter.key));
    ABSL_RETURN_IF_ERROR(
        attempts::Save(tx, counter.key, AfterFailure(before, counter.rules, tx.now())));
  }
  return AuditAs(tx, method, resource, result);
}

absl::Status SignInGuard::RecordSuccess(Transaction& tx) const {
  for (const Counter& counter : counters_) {
    if (counter.cleared_by_success) ABSL_RETURN_IF_ERROR(attempts::Forget(tx, counter.key));
  }
  return absl::OkStatus();
}

absl::Status AuditAs(Transaction& tx, absl::string_view method, absl::string_view resource,
                     absl::string_view result) {
  rpc::Method described;
  described.full_name = std::string(method);
  return rpc::Audit(tx, described, resource, "", result);
}

}  // namespace regulars::gateway
