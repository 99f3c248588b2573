#include "chassis/filter/bounds.h"

#include <algorithm>
#include <variant>

#include "chassis/filter/moment.h"

namespace regulars::filter {
namespace {

void Narrow(Comparator comparator, const Span& span, TimeBounds& bounds) {
  if (comparator == Comparator::kGreaterEqual || comparator == Comparator::kEqual) {
    bounds.from = std::max(bounds.from, span.start);
  }
  if (comparator == Comparator::kLessEqual || comparator == Comparator::kEqual) {
    bounds.before = std::min(bounds.before, span.end);
  }
  if (comparator == Comparator::kGreater) bounds.from = std::max(bounds.from, span.end);
  if (comparator == Comparator::kLess) bounds.before = std::min(bounds.before, span.start);
}

}  // namespace

TimeBounds BoundsOf(const Expression& expression, int64_t handle, absl::Time now,
                    absl::TimeZone zone) {
  TimeBounds bounds;
  const auto look = [&](const Node& node) {
    if (node.kind != Node::Kind::kCondition || node.condition->field.ref.handle != handle) return;
    if (const auto* moment = std::get_if<Moment>(&node.condition->operand)) {
      Narrow(node.condition->comparator, SpanOf(*moment, now, zone), bounds);
    }
  };
  look(expression.root());
  if (expression.root().kind == Node::Kind::kAnd) {
    for (const Node& child : expression.root().children) look(child);
  }
  return bounds;
}

}  // namespace regulars::filter
