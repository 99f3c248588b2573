#include "chassis/filter/print.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "chassis/base/check.h"
#include "chassis/base/money.h"
#include "chassis/filter/expression.h"
#include "chassis/filter/literals.h"

namespace regulars::filter {
namespace {

std::string PrintValue(const Field& field, const Value& value) {
  if (field.type == Type::kEnum) {
    const auto found = std::find_if(field.enum_values.begin(), field.enum_values.end(),
                                    [&](const EnumValue& known) { return known.value == value; });
    // The checker took the value from there.
    CHECK(found != field.enum_values.end());
    return PrintName(found->name);
  }
  if (field.type == Type::kBool) return std::get<bool>(value) ? "true" : "false";
  const int64_t number = std::get<int64_t>(value);
  if (field.type == Type::kMicros) return FormatMicros(number);
  if (field.type == Type::kDuration) return PrintDuration(absl::Microseconds(number));
  return absl::StrCat(number);
}

std::string PrintPattern(const TextPattern& pattern) {
  std::string out = PrintText(pattern.text);
  if (pattern.open_start) out.insert(1, "*");
  if (pattern.open_end) out.insert(out.size() - 1, "*");
  return out;
}

std::string PrintMoment(const Moment& moment) {
  switch (moment.kind) {
    case Moment::Kind::kInstant:
      return PrintTime(moment.instant);
    case Moment::Kind::kDay:
      return absl::StrFormat("%04d-%02d-%02d", moment.day.year(), moment.day.month(),
                             moment.day.day());
    case Moment::Kind::kFromToday:
      return moment.days == 0 ? "today()" : absl::StrCat("today(", moment.days, ")");
    case Moment::Kind::kFromNow:
      break;
  }
  if (moment.offset == absl::ZeroDuration()) return "now()";
  const bool past = moment.offset < absl::ZeroDuration();
  return absl::StrCat(past ? "ago" : "from_now", "(\"",
                      PrintDuration(absl::AbsDuration(moment.offset)), "\")");
}

std::string PrintOperand(const Condition& condition) {
  struct Printer {
    const Field& field;
    std::string operator()(const Presence&) const { return "*"; }
    std::string operator()(const Value& value) const { return PrintValue(field, value); }
    std::string operator()(const TextPattern& pattern) const { return PrintPattern(pattern); }
    std::string operator()(const Moment& moment) const { return PrintMoment(moment); }
  };
  return std::visit(Printer{*condition.field.declaration}, condition.operand);
}

void Print(const Node& node, std::string& out) {
  if (node.kind == Node::Kind::kCondition) {
    const Condition& condition = *node.condition;
    const char* space = condition.comparator == Comparator::kHas ? "" : " ";
    absl::StrAppend(&out, condition.field.text, space, ComparatorText(condition.comparator), space,
                    PrintOperand(condition));
    return;
  }
  if (node.kind == Node::Kind::kNot) out += "NOT ";
  const char* separator = "";
  for (const Node& child : node.children) {
    out += separator;
    separator = node.kind == Node::Kind::kAnd ? " AND " : " OR ";
    // OR binds tighter than AND, and both less than NOT. Parentheses stand only where they must, so
    // that a filter never nests deeper than it was written.
    const bool wrap = child.kind == Node::Kind::kAnd ||
                      (child.kind == Node::Kind::kOr && node.kind == Node::Kind::kNot);
    if (wrap) out += '(';
    Print(child, out);
    if (wrap) out += ')';
  }
}

}  // namespace

std::string PrintText(absl::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '*') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      absl::StrAppendFormat(&out, "\\u%04x", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string PrintName(absl::string_view name) {
  const bool plain = !name.empty() && !IsKeyword(name) &&
                     std::all_of(name.begin(), name.end(),
                                 [](char c) { return absl::ascii_isalnum(c) || c == '_'; });
  return plain ? std::string(name) : PrintText(name);
}

std::string Expression::ToText() const {
  std::string out;
  Print(root(), out);
  return out;
}

}  // namespace regulars::filter
