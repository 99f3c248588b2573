// When signing keys follow one another. A key is published a day before it signs, so that every
// service knows it by then, and stays published until the last token it signed has long ended.
// Pure.
#ifndef GATEWAY_DOMAIN_KEY_SCHEDULE_H_
#define GATEWAY_DOMAIN_KEY_SCHEDULE_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/time/time.h"

namespace regulars::gateway {

inline constexpr absl::Duration kKeySigns = absl::Hours(24 * 90);
inline constexpr absl::Duration kKeyPublishedBefore = absl::Hours(24);
inline constexpr absl::Duration kKeyKeptAfter = absl::Hours(24);

// Each takes the times from which keys sign, in order.

// Which one signs: the last whose time has come, or the first where none has. Keys are not empty.
size_t SignerAt(const std::vector<absl::Time>& sign_times, absl::Time now);

// From when a key that is made now should sign; nullopt if none is needed yet.
std::optional<absl::Time> NextKeySigns(const std::vector<absl::Time>& sign_times, absl::Time now);

// How many of the first keys have done their duty.
size_t KeysDone(const std::vector<absl::Time>& sign_times, absl::Time now);

}  // namespace regulars::gateway

#endif  // GATEWAY_DOMAIN_KEY_SCHEDULE_H_
