// Counters of failed sign-ins. Keys are hashes, so that nobody reads here whom somebody tried to
// be; there are at most kMaxCounters of them.
#ifndef GATEWAY_STORE_ATTEMPTS_H_
#define GATEWAY_STORE_ATTEMPTS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/storage/transaction.h"
#include "gateway/domain/attempts.h"

namespace regulars::gateway::attempts {

// When it is reached the counters with the fewest failures make room, the oldest first.
inline constexpr int64_t kMaxCounters = 10'000;

// {} if there were none.
absl::StatusOr<Attempts> Load(Snapshot& db, absl::string_view key);
absl::Status Save(Transaction& tx, absl::string_view key, const Attempts& counter,
                  int64_t max_counters = kMaxCounters);
absl::Status Forget(Transaction& tx, absl::string_view key);
// Those that had no failure since `time`, at most `limit` of them.
absl::Status ForgetOld(Transaction& tx, absl::Time time, int64_t limit);

}  // namespace regulars::gateway::attempts

#endif  // GATEWAY_STORE_ATTEMPTS_H_
