// Slows down who guesses: failed sign-ins are counted for the address tried, for where they come
// from, and for both together, and who fails often must wait ever longer (domain/attempts.h).
#ifndef GATEWAY_RPC_SIGN_IN_GUARD_H_
#define GATEWAY_RPC_SIGN_IN_GUARD_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "chassis/storage/transaction.h"
#include "gateway/domain/attempts.h"

namespace regulars::gateway {

class SignInGuard {
 public:
  // Of people. `source` is the address that the call comes from; empty if unknown. Where it is not
  // counted (SourceKey()), only the address tried is.
  static SignInGuard ForUser(absl::string_view email, absl::string_view source);
  // Of API keys: nobody guesses their secrets, so only the source is counted, and apart from
  // people.
  static SignInGuard ForClient(absl::string_view source);

  // RESOURCE_EXHAUSTED with TOO_MANY_ATTEMPTS and the time to wait.
  absl::Status CheckMayTry(Snapshot& db) const;

  // Counts a failure and leaves a row in the audit: a change of its own, since the call then fails.
  absl::Status RecordFailure(Transaction& tx, absl::string_view method, absl::string_view resource,
                             absl::string_view result) const;

  // Forgets the failures of the address tried, not those of the source: it may try others.
  absl::Status RecordSuccess(Transaction& tx) const;

 private:
  struct Counter {
    std::string key;
    AttemptRules rules;
    bool cleared_by_success = false;
  };
  std::vector<Counter> counters_;
};

// A row of the audit that is not the call's own.
absl::Status AuditAs(Transaction& tx, absl::string_view method, absl::string_view resource,
                     absl::string_view result);

}  // namespace regulars::gateway

#endif  // GATEWAY_RPC_SIGN_IN_GUARD_H_
