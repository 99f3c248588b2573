#include "chassis/filter/moment.h"

#include <algorithm>

#include "chassis/base/check.h"

namespace regulars::filter {
namespace {

constexpr absl::Duration kTick = absl::Microseconds(1);

// The first instant of a day: the first time that clocks show 00:00, or, where they skip it, the
// instant at which they do. Never decreases from one day to the next.
absl::Time StartOf(absl::CivilDay day, absl::TimeZone zone) {
  const absl::TimeZone::TimeInfo info = zone.At(absl::CivilSecond(day));
  return info.kind == absl::TimeZone::TimeInfo::SKIPPED ? info.trans : info.pre;
}

// The last day that has started by `time`: the one that clocks show, or a later one while they have
// been set back across midnight.
absl::CivilDay DayOf(absl::Time time, absl::TimeZone zone) {
  absl::CivilDay day(zone.At(time).cs);
  while (StartOf(day + 1, zone) <= time) ++day;
  return day;
}

enum class Edge { kStart, kEnd };

// The first `now` at which the moment's edge lies after `x`, which it does not yet: edges only move
// forward.
absl::Time WhenEdgePasses(absl::Time x, Edge edge, const Moment& moment, absl::TimeZone zone) {
  switch (moment.kind) {
    case Moment::Kind::kInstant:
    case Moment::Kind::kDay:
      break;
    case Moment::Kind::kFromNow:
      return x - moment.offset + (edge == Edge::kStart ? kTick : absl::ZeroDuration());
    case Moment::Kind::kFromToday: {
      // StartOf(today + days + (0 or 1)) > x holds from the day after x's on.
      const absl::CivilDay reached = DayOf(x, zone) + 1;
      return StartOf(reached - moment.days - (edge == Edge::kEnd ? 1 : 0), zone);
    }
  }
  return absl::InfiniteFuture();
}

}  // namespace

Span SpanOf(const Moment& moment, absl::Time now, absl::TimeZone zone) {
  switch (moment.kind) {
    case Moment::Kind::kInstant:
      return {moment.instant, moment.instant + kTick};
    case Moment::Kind::kFromNow:
      return {now + moment.offset, now + moment.offset + kTick};
    case Moment::Kind::kDay:
      return {StartOf(moment.day, zone), StartOf(moment.day + 1, zone)};
    case Moment::Kind::kFromToday: {
      const absl::CivilDay day = DayOf(now, zone) + moment.days;
      return {StartOf(day, zone), StartOf(day + 1, zone)};
    }
  }
  return {};
}

MomentAnswer Compare(absl::Time x, Comparator comparator, const Moment& moment, absl::Time now,
                     absl::TimeZone zone) {
  const Span span = SpanOf(moment, now, zone);
  // Before an edge that moves forward, x stays before it.
  const auto before = [&](Edge edge) -> MomentAnswer {
    if (x < (edge == Edge::kStart ? span.start : span.end)) return {true, absl::InfiniteFuture()};
    return {false, WhenEdgePasses(x, edge, moment, zone)};
  };
  const auto negated = [](MomentAnswer answer) -> MomentAnswer {
    return {!answer.matches, answer.next_change};
  };
  const auto inside = [&]() -> MomentAnswer {
    const MomentAnswer before_start = before(Edge::kStart);
    const MomentAnswer before_end = before(Edge::kEnd);
    return {!before_start.matches && before_end.matches,
            std::min(before_start.next_change, before_end.next_change)};
  };
  switch (comparator) {
    case Comparator::kLess:
      return before(Edge::kStart);
    case Comparator::kLessEqual:
      return before(Edge::kEnd);
    case Comparator::kGreater:
      return negated(before(Edge::kEnd));
    case Comparator::kGreaterEqual:
      return negated(before(Edge::kStart));
    case Comparator::kEqual:
    case Comparator::kHas:
      return inside();
    case Comparator::kNotEqual:
      return negated(inside());
  }
  CHECK(false);  // The cases above are all there are.
}

}  // namespace regulars::filter
