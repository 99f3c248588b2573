#include "gateway/domain/key_schedule.h"

#include <algorithm>

#include "chassis/base/check.h"

namespace regulars::gateway {

size_t SignerAt(const std::vector<absl::Time>& sign_times, absl::Time now) {
  CHECK(!sign_times.empty());  // The first start makes a key, and the last is never dropped.
  size_t signer = 0;
  while (signer + 1 < sign_times.size() && sign_times[signer + 1] <= now) ++signer;
  return signer;
}

std::optional<absl::Time> NextKeySigns(const std::vector<absl::Time>& sign_times, absl::Time now) {
  // Nobody can hold a token yet, and nobody waits for its key.
  if (sign_times.empty()) return now;
  const absl::Time due = sign_times.back() + kKeySigns;
  if (now < due - kKeyPublishedBefore) return std::nullopt;
  return std::max(due, now + kKeyPublishedBefore);
}

size_t KeysDone(const std::vector<absl::Time>& sign_times, absl::Time now) {
  size_t done = 0;
  while (done + 1 < sign_times.size() && sign_times[done + 1] + kKeyKeptAfter <= now) ++done;
  return done;
}

}  // namespace regulars::gateway
