#include "chassis/filter/expression.h"

#include <algorithm>

#include "absl/functional/function_ref.h"
#include "absl/strings/match.h"

namespace regulars::filter {
namespace {

void Visit(const Node& node, absl::FunctionRef<void(const Condition&)> visit) {
  if (node.condition) visit(*node.condition);
  for (const Node& child : node.children) Visit(child, visit);
}

}  // namespace

bool TextPattern::Matches(absl::string_view value) const {
  if (open_start && open_end) return absl::StrContains(value, text);
  if (open_start) return absl::EndsWith(value, text);
  if (open_end) return absl::StartsWith(value, text);
  return value == text;
}

std::vector<FieldRef> Expression::Fields() const {
  std::vector<FieldRef> fields;
  Visit(root(), [&](const Condition& condition) { fields.push_back(condition.field.ref); });
  std::sort(fields.begin(), fields.end());
  fields.erase(std::unique(fields.begin(), fields.end()), fields.end());
  return fields;
}

bool Expression::DependsOnTime() const {
  bool depends = false;
  Visit(root(), [&](const Condition& condition) {
    const Moment* moment = std::get_if<Moment>(&condition.operand);
    depends |= condition.field.window.has_value() || (moment != nullptr && moment->MovesWithTime());
  });
  return depends;
}

}  // namespace regulars::filter
