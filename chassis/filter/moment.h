// The time on the right of a comparison: an instant, a day, or one that moves with the clock. Each
// covers a span, an instant one microsecond and a day all of it, so that one rule serves all:
//   x < m   x lies before the span      x >= m   not before it
//   x = m   x lies in the span          x != m   not in it
//   x <= m  x lies before its end       x > m    not before its end
// Internal to this folder.
#ifndef CHASSIS_FILTER_MOMENT_H_
#define CHASSIS_FILTER_MOMENT_H_

#include <cstdint>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "chassis/filter/lexer.h"

namespace regulars::filter {

struct Moment {
  enum class Kind {
    kInstant,   // 2024-05-31T18:30:00Z
    kFromNow,   // now(), ago("90d"), from_now("2h")
    kDay,       // 2024-05-31
    kFromToday  // today(), today(-7)
  };
  Kind kind = Kind::kInstant;
  absl::Time instant;
  absl::Duration offset;  // From now; negative in the past.
  absl::CivilDay day;
  int64_t days = 0;  // From today.

  bool MovesWithTime() const { return kind == Kind::kFromNow || kind == Kind::kFromToday; }
  friend bool operator==(const Moment&, const Moment&) = default;
};

// [start, end). Empty for a day that a time zone left out.
struct Span {
  absl::Time start;
  absl::Time end;
};

Span SpanOf(const Moment& moment, absl::Time now, absl::TimeZone zone);

struct MomentAnswer {
  bool matches;
  // The first time at which the answer is another, if the clock alone moves.
  absl::Time next_change;
};

// Whether `x comparator moment` holds. `x` and `now` are whole microseconds.
MomentAnswer Compare(absl::Time x, Comparator comparator, const Moment& moment, absl::Time now,
                     absl::TimeZone zone);

}  // namespace regulars::filter

#endif  // CHASSIS_FILTER_MOMENT_H_
