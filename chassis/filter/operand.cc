#include "chassis/filter/operand.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "chassis/base/check.h"
#include "chassis/base/money.h"
#include "chassis/base/status_macros.h"
#include "chassis/filter/literals.h"
#include "chassis/filter/print.h"
#include "chassis/filter/source.h"
#include "chassis/filter/suggest.h"

namespace regulars::filter {
namespace {

constexpr char kTypeMismatch[] = "TYPE_MISMATCH";
constexpr char kInvalidValue[] = "INVALID_VALUE";

absl::string_view Describe(Type type) {
  switch (type) {
    case Type::kBool:
      return "is true or false";
    case Type::kInt64:
      return "is a whole number, such as 42";
    case Type::kMicros:
      return "is a number, such as 42 or 9.95, with at most 6 decimals";
    case Type::kText:
      return "is text";
    case Type::kEnum:
      return "is one of a fixed set of names";
    case Type::kTime:
      return "is a time, such as 2024-05-31, 2024-05-31T18:30:00Z, today() or ago(\"30d\")";
    case Type::kDuration:
      return "is a length of time, such as 20s, 30m, 12h, 90d or 2w";
    case Type::kTextList:
      return "is a list of texts";
  }
  return "";
}

class Binder {
 public:
  Binder(absl::string_view text, const BoundField& field) : text_(text), field_(field) {}

  absl::Status CheckComparator(size_t offset, Comparator comparator) const {
    const bool ordering = comparator != Comparator::kEqual && comparator != Comparator::kNotEqual &&
                          comparator != Comparator::kHas;
    if (type() == Type::kTextList && comparator != Comparator::kHas) {
      return Fail(offset, kTypeMismatch,
                  absl::StrCat("'", field_.text, "' is a list; ask whether it has a value with ",
                               field_.text, ":value"));
    }
    if (ordering && (type() == Type::kBool || type() == Type::kEnum)) {
      return Fail(offset, kTypeMismatch,
                  absl::StrCat("'", field_.text, "' has no order; compare it with = or !="));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Value> BindValue(const Literal& literal) const {
    const absl::string_view word = literal.text;
    switch (type()) {
      case Type::kBool:
        if (word == "true" || word == "false") return Value(word == "true");
        break;
      case Type::kInt64:
        if (const auto number = ReadInt64(word)) return Value(*number);
        break;
      case Type::kMicros:
        if (const auto micros = ParseMicros(word); micros.ok()) return Value(*micros);
        break;
      case Type::kDuration:
        if (const auto length = ReadDuration(word)) {
          return Value(absl::ToInt64Microseconds(*length));
        }
        break;
      default:
        return BindEnum(literal);
    }
    return Mismatch(literal);
  }

  absl::StatusOr<Moment> BindMoment(const Literal& literal) const {
    if (const auto time = ReadTime(literal.text)) return Moment{.instant = *time};
    if (const auto day = ReadDay(literal.text)) {
      return Moment{.kind = Moment::Kind::kDay, .day = *day};
    }
    if (ReadDuration(literal.text)) {
      return Fail(literal.offset, kTypeMismatch,
                  absl::StrCat("'", field_.text, "' is a time; for ", literal.text,
                               " before now write ago(\"", literal.text, "\")"));
    }
    return Mismatch(literal);
  }

  absl::StatusOr<Moment> BindMoment(const Call& call) const {
    const std::string& name = call.name.text;
    if (name == "now") return BindNow(call);
    if (name == "today") return BindToday(call);
    if (name == "ago" || name == "from_now") return BindFromNow(call, name == "ago" ? -1 : 1);
    return Fail(call.name.offset, "UNKNOWN_FUNCTION",
                absl::StrCat("there is no function ", Quoted(name),
                             Suggestion(name, {"now", "ago", "from_now", "today"})));
  }

  // `stars`: whether a '*' at either end is a wildcard here.
  absl::StatusOr<TextPattern> BindPattern(const Literal& literal, bool stars) const {
    TextPattern pattern{.text = literal.text};
    if (stars && !literal.stars.empty()) {
      pattern.open_end = literal.stars.back() + 1 == pattern.text.size();
      pattern.open_start =
          literal.stars.front() == 0 && !(pattern.open_end && pattern.text.size() == 1);
      const size_t at_ends = (pattern.open_start ? 1 : 0) + (pattern.open_end ? 1 : 0);
      if (literal.stars.size() > at_ends) {
        return Fail(literal.offset, kInvalidValue,
                    "a * can stand at the start and at the end of a text only; for an asterisk "
                    "itself write \"\\*\"");
      }
      if (pattern.open_end) pattern.text.pop_back();
      if (pattern.open_start) pattern.text.erase(0, 1);
    }
    if (field_.declaration->fold) pattern.text = field_.declaration->fold(pattern.text);
    return pattern;
  }

  absl::Status Mismatch(const Literal& literal) const {
    if (literal.text == "null" || literal.text == "NULL") {
      return Fail(literal.offset, kTypeMismatch,
                  absl::StrCat("'", field_.text, "' ", Describe(type()),
                               "; for records without a value write NOT ", field_.text, ":*"));
    }
    if (literal.text == "*") {
      return Fail(literal.offset, kTypeMismatch,
                  absl::StrCat("'", field_.text, "' ", Describe(type()),
                               "; for any value at all write ", field_.text, ":*"));
    }
    return Fail(
        literal.offset, kTypeMismatch,
        absl::StrCat("'", field_.text, "' ", Describe(type()), ", not ", Quoted(literal.text)));
  }

  absl::Status Fail(size_t offset, absl::string_view reason, absl::string_view message) const {
    return ErrorAt(text_, offset, reason, message);
  }
  Type type() const { return field_.declaration->type; }

 private:
  // What the interface's enums put before their names: "STATE_" for a field `state`. The names that
  // callers declare themselves, as keys of maps, have none.
  std::string EnumPrefix() const {
    if (!field_.ref.key.empty()) return "";
    const absl::string_view name = field_.declaration->name;
    return absl::StrCat(absl::AsciiStrToUpper(name.substr(name.rfind('.') + 1)), "_");
  }

  absl::StatusOr<Value> BindEnum(const Literal& literal) const {
    std::vector<std::string> names;
    for (const EnumValue& known : field_.declaration->enum_values) {
      if (known.name == literal.text) return known.value;
      names.push_back(known.name);
    }
    const std::string prefix = EnumPrefix();
    const absl::string_view written = absl::StripPrefix(literal.text, prefix);
    for (const EnumValue& known : field_.declaration->enum_values) {
      if (absl::StripPrefix(known.name, prefix) == written) return known.value;
    }
    return Fail(literal.offset, kInvalidValue,
                absl::StrCat("'", field_.text, "' is never ", Quoted(literal.text),
                             Suggestion(literal.text, names)));
  }

  absl::StatusOr<Moment> BindNow(const Call& call) const {
    if (call.arguments.empty()) return Moment{.kind = Moment::Kind::kFromNow};
    return Fail(call.arguments[0].offset, kInvalidValue,
                "now() takes nothing in its parentheses; for earlier write ago(\"90d\")");
  }

  absl::StatusOr<Moment> BindToday(const Call& call) const {
    Moment moment{.kind = Moment::Kind::kFromToday};
    if (call.arguments.empty()) return moment;
    const auto days = ReadInt64(call.arguments[0].text);
    if (call.arguments.size() > 1 || !days || *days > kMaxDays || *days < -kMaxDays) {
      return Fail(call.arguments[0].offset, kInvalidValue,
                  absl::StrCat("today takes a number of days between -", kMaxDays, " and ",
                               kMaxDays, ": today(), today(-1) for yesterday, today(7)"));
    }
    moment.days = *days;
    return moment;
  }

  absl::StatusOr<Moment> BindFromNow(const Call& call, int sign) const {
    const std::string& name = call.name.text;
    const auto length =
        call.arguments.size() == 1 ? ReadDuration(call.arguments[0].text) : std::nullopt;
    if (length && *length >= absl::ZeroDuration()) {
      return Moment{.kind = Moment::Kind::kFromNow, .offset = *length * sign};
    }
    return Fail(
        call.arguments.empty() ? call.name.offset : call.arguments[0].offset, kInvalidValue,
        absl::StrCat(name, " takes one length of time of at most ", PrintDuration(kMaxDuration),
                     ", such as ", name, "(\"90d\"), ", name, "(\"12h\") or ", name, "(\"2w\")"));
  }

  const absl::string_view text_;
  const BoundField& field_;
};

bool IsAny(const TextPattern& pattern) {
  return pattern.text.empty() && (pattern.open_start || pattern.open_end);
}

absl::StatusOr<Condition> BindText(const Binder& binder, BoundField field, Comparator comparator,
                                   const Literal& literal) {
  const bool equality = comparator == Comparator::kEqual || comparator == Comparator::kNotEqual ||
                        comparator == Comparator::kHas;
  ABSL_ASSIGN_OR_RETURN(TextPattern pattern, binder.BindPattern(literal, equality));
  if (comparator == Comparator::kNotEqual && IsAny(pattern)) {
    return binder.Fail(literal.offset, kInvalidValue,
                       absl::StrCat("nothing is other than any text; for records without a value "
                                    "write NOT ",
                                    field.text, ":*"));
  }
  if (IsAny(pattern)) return Condition{std::move(field), Comparator::kHas, Presence{}};
  const bool is_list = binder.type() == Type::kTextList;
  if (comparator == Comparator::kHas && !is_list) comparator = Comparator::kEqual;
  return Condition{std::move(field), comparator, std::move(pattern)};
}

}  // namespace

absl::StatusOr<Condition> BindCondition(absl::string_view text, size_t offset,
                                        const BoundField& field, Comparator comparator,
                                        const std::variant<Literal, Call>& value) {
  const Binder binder(text, field);
  ABSL_RETURN_IF_ERROR(binder.CheckComparator(offset, comparator));
  const Call* call = std::get_if<Call>(&value);
  if (call != nullptr && binder.type() != Type::kTime) {
    return binder.Fail(call->name.offset, kTypeMismatch,
                       absl::StrCat("'", field.text, "' ", Describe(binder.type()),
                                    ", and functions give times; put text that holds parentheses "
                                    "in double quotes"));
  }
  const Literal* literal = std::get_if<Literal>(&value);
  const bool has = comparator == Comparator::kHas;
  if (has && literal != nullptr && literal->text == "*" && !literal->stars.empty()) {
    return Condition{field, Comparator::kHas, Presence{}};
  }
  if (has && binder.type() != Type::kTextList) comparator = Comparator::kEqual;
  switch (binder.type()) {
    case Type::kText:
    case Type::kTextList:
      return BindText(binder, field, comparator, *literal);
    case Type::kTime: {
      ABSL_ASSIGN_OR_RETURN(const Moment moment, call != nullptr ? binder.BindMoment(*call)
                                                                 : binder.BindMoment(*literal));
      return Condition{field, comparator, moment};
    }
    default: {
      ABSL_ASSIGN_OR_RETURN(Value operand, binder.BindValue(*literal));
      return Condition{field, comparator, std::move(operand)};
    }
  }
}

absl::StatusOr<Condition> BindSearch(absl::string_view text, const BoundField& field,
                                     const Literal& literal) {
  const Binder binder(text, field);
  ABSL_ASSIGN_OR_RETURN(TextPattern pattern, binder.BindPattern(literal, /*stars=*/true));
  if (literal.stars.empty()) pattern.open_start = pattern.open_end = true;
  if (IsAny(pattern)) return Condition{field, Comparator::kHas, Presence{}};
  const bool is_list = binder.type() == Type::kTextList;
  return Condition{field, is_list ? Comparator::kHas : Comparator::kEqual, std::move(pattern)};
}

}  // namespace regulars::filter
