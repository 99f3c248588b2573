// A filter that was checked against a schema: fields are known, values have their types. Immutable;
// a copy shares the tree, so pass it about and read it from any thread. Check.h makes it,
// evaluate.h and sql.h use it.
#ifndef CHASSIS_FILTER_EXPRESSION_H_
#define CHASSIS_FILTER_EXPRESSION_H_

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "chassis/filter/lexer.h"
#include "chassis/filter/moment.h"
#include "chassis/filter/schema.h"
#include "chassis/filter/value.h"

namespace regulars::filter {

// Left of the comparator.
struct BoundField {
  std::shared_ptr<const Field> declaration;
  FieldRef ref;
  // As a filter writes it: attributes.loyalty_tier, orders("90d").revenue.
  std::string text;
  // Fields of a call only.
  std::optional<absl::Duration> window;

  bool operator==(const BoundField& other) const {
    return ref == other.ref && text == other.text && window == other.window;
  }
};

// `field:*`: there is a value; in a list, at least one.
struct Presence {
  friend bool operator==(const Presence&, const Presence&) = default;
};

// A text to compare with, open (a '*' in the filter) at either end for = != and :.
struct TextPattern {
  std::string text;
  bool open_start = false;
  bool open_end = false;

  bool Matches(absl::string_view value) const;
  friend bool operator==(const TextPattern&, const TextPattern&) = default;
};

struct Condition {
  BoundField field;
  // kHas for a Presence and for lists ("an element is"), and nowhere else.
  Comparator comparator = Comparator::kEqual;
  // A Value for bool, int64, micros, duration and enum, a TextPattern for text and lists.
  std::variant<Presence, Value, TextPattern, Moment> operand;

  friend bool operator==(const Condition&, const Condition&) = default;
};

struct Node {
  enum class Kind { kAnd, kOr, kNot, kCondition };
  Kind kind = Kind::kAnd;
  // An AND or OR has two at least and none of its own kind; only the empty filter is an AND of
  // nothing. A NOT has one, which is no NOT.
  std::vector<Node> children;
  std::optional<Condition> condition;

  friend bool operator==(const Node&, const Node&) = default;
};

class Expression {
 public:
  // Matches every record.
  Expression() : root_(std::make_shared<const Node>()) {}
  explicit Expression(Node root) : root_(std::make_shared<const Node>(std::move(root))) {}

  const Node& root() const { return *root_; }

  // What it reads, each once, in order. A change to anything else does not change its answer.
  std::vector<FieldRef> Fields() const;

  // Whether its answer for an unchanged record can change as time passes.
  bool DependsOnTime() const;

  // The same filter, written in one fixed way; compiled with the same schema it gives an equal
  // expression, unless it has grown over kMaxFilterBytes. For display: keep what people wrote.
  std::string ToText() const;

  friend bool operator==(const Expression& a, const Expression& b) { return *a.root_ == *b.root_; }

 private:
  std::shared_ptr<const Node> root_;
};

}  // namespace regulars::filter

#endif  // CHASSIS_FILTER_EXPRESSION_H_
