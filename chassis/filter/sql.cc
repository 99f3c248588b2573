#include "chassis/filter/sql.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "chassis/base/check.h"
#include "chassis/filter/sql_leaf.h"

namespace regulars::filter {
namespace {

struct Built {
  SqlFragment fragment;
  bool is_or = false;
  // How deep its parentheses nest.
  int height = 0;
};

void Append(const SqlFragment& piece, SqlFragment& out) {
  out.sql += piece.sql;
  out.parameters.insert(out.parameters.end(), piece.parameters.begin(), piece.parameters.end());
}

// Writes a child of an AND (or OR). In SQL, AND binds tighter than OR.
void AppendOperand(const Built& child, bool is_or, Built& out) {
  const bool wrap = child.is_or && !is_or;
  if (wrap) out.fragment.sql += '(';
  Append(child.fragment, out.fragment);
  if (wrap) out.fragment.sql += ')';
  out.height = std::max(out.height, child.height + (wrap ? 1 : 0));
}

// Writes children as a tree of pairs, since SQL parsers limit the depth of a chain.
void AppendBalanced(absl::Span<const Built> children, bool is_or, Built& out) {
  if (children.size() == 1) return AppendOperand(children[0], is_or, out);
  const size_t half = children.size() / 2;
  out.fragment.sql += '(';
  AppendBalanced(children.subspan(0, half), is_or, out);
  out.fragment.sql += is_or ? " OR " : " AND ";
  AppendBalanced(children.subspan(half), is_or, out);
  out.fragment.sql += ')';
  ++out.height;
}

// SQLite's parser has a stack of 100 entries and allows trees of depth 1000. The child that nests
// deepest goes first, where nothing but parentheses waits on the stack.
Built JoinList(std::vector<Built> children, bool is_or) {
  const auto height = [&](const Built& child) { return child.height + (child.is_or && !is_or); };
  const auto deepest =
      std::max_element(children.begin(), children.end(),
                       [&](const Built& a, const Built& b) { return height(a) < height(b); });
  std::rotate(children.begin(), deepest, deepest + 1);
  Built out{.is_or = is_or};
  AppendOperand(children[0], is_or, out);
  out.fragment.sql += is_or ? " OR " : " AND ";
  AppendBalanced(absl::MakeConstSpan(children).subspan(1), is_or, out);
  return out;
}

class Builder {
 public:
  Builder(absl::Time now, absl::TimeZone zone) : now_(now), zone_(zone) {}

  // NOT moves down to the conditions, which two-valued logic allows and which keeps indexes usable.
  Built Build(const Node& node, bool negated) const {
    if (node.kind == Node::Kind::kNot) return Build(node.children[0], !negated);
    if (node.kind == Node::Kind::kCondition) {
      return {.fragment = ConditionSql(*node.condition, negated, now_, zone_)};
    }
    std::vector<Built> children;
    for (const Node& child : node.children) children.push_back(Build(child, negated));
    return JoinList(std::move(children), (node.kind == Node::Kind::kOr) != negated);
  }

 private:
  const absl::Time now_;
  const absl::TimeZone zone_;
};

}  // namespace

SqlCondition ToSql(const Expression& expression, absl::Time now, absl::TimeZone zone) {
  const Node& root = expression.root();
  if (root.kind == Node::Kind::kAnd && root.children.empty()) return {.sql = "TRUE"};
  const absl::Time whole = absl::FromUnixMicros(absl::ToUnixMicros(now));
  return Builder(whole, zone).Build(root, /*negated=*/false).fragment;
}

}  // namespace regulars::filter
