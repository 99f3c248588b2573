// Reads and writes single values as filters spell them. Internal to this folder.
#ifndef CHASSIS_FILTER_LITERALS_H_
#define CHASSIS_FILTER_LITERALS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace regulars::filter {

// "-42": digits with at most a minus before them, within int64.
std::optional<int64_t> ReadInt64(absl::string_view text);

// "90d", "1.5h", "-20s"; units s, m (minutes), h, d (24 hours), w. A whole number of microseconds,
// at most kMaxDuration either way.
std::optional<absl::Duration> ReadDuration(absl::string_view text);
// In the largest unit that divides it: "2w", "36h", "1.5s".
std::string PrintDuration(absl::Duration duration);

// RFC 3339 with an offset, years 1 to 9999, at most 6 decimals of a second.
std::optional<absl::Time> ReadTime(absl::string_view text);
// In UTC: "2024-05-31T18:30:00.5Z".
std::string PrintTime(absl::Time time);

// "2024-05-31".
std::optional<absl::CivilDay> ReadDay(absl::string_view text);

}  // namespace regulars::filter

#endif  // CHASSIS_FILTER_LITERALS_H_
