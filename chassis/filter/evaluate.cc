#include "chassis/filter/evaluate.h"

#include <algorithm>

#include "chassis/base/check.h"

namespace regulars::filter {
namespace {

absl::Time WholeMicros(absl::Time time) { return absl::FromUnixMicros(absl::ToUnixMicros(time)); }

template <typename T>
bool CompareValues(const T& a, Comparator comparator, const T& b) {
  switch (comparator) {
    case Comparator::kEqual:
    case Comparator::kHas:
      return a == b;
    case Comparator::kNotEqual:
      return a != b;
    case Comparator::kLess:
      return a < b;
    case Comparator::kLessEqual:
      return a <= b;
    case Comparator::kGreater:
      return a > b;
    case Comparator::kGreaterEqual:
      return a >= b;
  }
  return false;
}

bool MatchesText(const std::string& text, Comparator comparator, const TextPattern& pattern) {
  if (comparator == Comparator::kEqual || comparator == Comparator::kHas) {
    return pattern.Matches(text);
  }
  if (comparator == Comparator::kNotEqual) return !pattern.Matches(text);
  return CompareValues(text, comparator, pattern.text);
}

class Evaluator {
 public:
  Evaluator(const Record& record, absl::Time now, absl::TimeZone zone)
      : record_(record), now_(now), zone_(zone) {}

  Evaluation Ask(const Node& node) const {
    switch (node.kind) {
      case Node::Kind::kCondition:
        return Ask(*node.condition);
      case Node::Kind::kNot: {
        const Evaluation inner = Ask(node.children[0]);
        return {!inner.matches, inner.next_change};
      }
      case Node::Kind::kAnd:
        return AskList(node, /*decisive=*/false);
      case Node::Kind::kOr:
        return AskList(node, /*decisive=*/true);
    }
    return {};
  }

 private:
  // One child with the decisive answer settles the list: for as long as any of those keeps it.
  // Without one, every child must keep its answer.
  Evaluation AskList(const Node& node, bool decisive) const {
    Evaluation undecided{!decisive, absl::InfiniteFuture()};
    Evaluation decided{decisive, absl::InfinitePast()};
    for (const Node& child : node.children) {
      const Evaluation answer = Ask(child);
      if (answer.matches == decisive) {
        decided.next_change = std::max(decided.next_change, answer.next_change);
        if (decided.next_change == absl::InfiniteFuture()) return decided;
      } else {
        undecided.next_change = std::min(undecided.next_change, answer.next_change);
      }
    }
    return decided.next_change == absl::InfinitePast() ? undecided : decided;
  }

  Evaluation Ask(const Condition& condition) const {
    const BoundField& field = condition.field;
    if (field.declaration->type == Type::kTextList) return AskElements(condition);
    if (!field.window) return AskValue(condition, record_.Get(field.ref));
    const WindowValue figure =
        record_.GetOver(field.ref, {*field.window, now_, zone_, field.ref.key});
    Evaluation answer = AskValue(condition, figure.value);
    answer.next_change = std::min(answer.next_change, figure.next_change);
    return answer;
  }

  Evaluation AskElements(const Condition& condition) const {
    const std::vector<std::string> elements = record_.GetList(condition.field.ref);
    const TextPattern* pattern = std::get_if<TextPattern>(&condition.operand);
    if (pattern == nullptr) return {!elements.empty()};
    return {std::any_of(elements.begin(), elements.end(),
                        [&](const std::string& element) { return pattern->Matches(element); })};
  }

  Evaluation AskValue(const Condition& condition, const Value& value) const {
    if (std::holds_alternative<std::monostate>(value)) return {false};
    if (std::holds_alternative<Presence>(condition.operand)) return {true};
    if (const Moment* moment = std::get_if<Moment>(&condition.operand)) {
      const absl::Time* time = std::get_if<absl::Time>(&value);
      CHECK(time != nullptr);  // A record gives values of the declared type.
      const MomentAnswer answer =
          Compare(WholeMicros(*time), condition.comparator, *moment, now_, zone_);
      return {answer.matches, answer.next_change};
    }
    if (const TextPattern* pattern = std::get_if<TextPattern>(&condition.operand)) {
      const std::string* text = std::get_if<std::string>(&value);
      CHECK(text != nullptr);  // A record gives values of the declared type.
      return {MatchesText(*text, condition.comparator, *pattern)};
    }
    const Value& operand = std::get<Value>(condition.operand);
    CHECK(value.index() == operand.index());  // A record gives values of the declared type.
    return {CompareValues(value, condition.comparator, operand)};
  }

  const Record& record_;
  const absl::Time now_;
  const absl::TimeZone zone_;
};

}  // namespace

std::vector<std::string> Record::GetList(const FieldRef&) const {
  CHECK(false);  // A schema with lists has records that give them.
}

WindowValue Record::GetOver(const FieldRef&, const Window&) const {
  CHECK(false);  // A schema with window calls has records that answer them.
}

Evaluation Evaluate(const Expression& expression, const Record& record, absl::Time now,
                    absl::TimeZone zone) {
  return Evaluator(record, WholeMicros(now), zone).Ask(expression.root());
}

}  // namespace regulars::filter
