#include "chassis/filter/sql_leaf.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/check.h"
#include "chassis/filter/source.h"

namespace regulars::filter {
namespace {

constexpr uint32_t kMaxCodePoint = 0x10FFFF;
constexpr uint32_t kFirstSurrogate = 0xD800;
constexpr uint32_t kAfterSurrogates = 0xE000;

// Puts a condition together from the field's own SQL and values to bind.
class Writer {
 public:
  explicit Writer(const SqlFragment& field) : field_(field) {}

  Writer& Sql(absl::string_view sql) {
    out_.sql.append(sql.data(), sql.size());
    return *this;
  }
  Writer& Field() {
    const bool plain = IsColumn();
    absl::StrAppend(&out_.sql, plain ? "" : "(", field_.sql, plain ? "" : ")");
    out_.parameters.insert(out_.parameters.end(), field_.parameters.begin(),
                           field_.parameters.end());
    return *this;
  }
  Writer& Bind(Value value) {
    out_.sql += '?';
    out_.parameters.push_back(std::move(value));
    return *this;
  }
  // Whether the field is the mere name of a column, which costs nothing to name twice.
  bool IsColumn() const {
    return std::all_of(field_.sql.begin(), field_.sql.end(),
                       [](char c) { return absl::ascii_isalnum(c) || c == '_' || c == '.'; });
  }
  SqlFragment Take() { return std::move(out_); }

 private:
  const SqlFragment& field_;
  SqlFragment out_;
};

absl::string_view Operator(Comparator comparator) {
  return comparator == Comparator::kNotEqual ? "<>"
         : comparator == Comparator::kHas    ? "="
                                             : ComparatorText(comparator);
}

void WriteMoment(Comparator comparator, const Span& span, Writer& out) {
  switch (comparator) {
    case Comparator::kLess:
      out.Field().Sql(" < ").Bind(span.start);
      return;
    case Comparator::kLessEqual:
      out.Field().Sql(" < ").Bind(span.end);
      return;
    case Comparator::kGreater:
      out.Field().Sql(" >= ").Bind(span.end);
      return;
    case Comparator::kGreaterEqual:
      out.Field().Sql(" >= ").Bind(span.start);
      return;
    case Comparator::kEqual:
    case Comparator::kHas:
      out.Field().Sql(" BETWEEN ");
      break;
    case Comparator::kNotEqual:
      out.Field().Sql(" NOT BETWEEN ");
      break;
  }
  out.Bind(span.start).Sql(" AND ").Bind(span.end - absl::Microseconds(1));
}

// LIKE and GLOB would mind case, wildcards and NUL in their own ways. These compare bytes.
void WritePattern(const TextPattern& pattern, Writer& out) {
  if (pattern.open_start && pattern.open_end) {
    out.Sql("instr(").Field().Sql(", ").Bind(pattern.text).Sql(") > 0");
  } else if (pattern.open_start) {
    // The length is asked first because SQLite's substr of an empty BLOB is NULL.
    const auto bytes = static_cast<int64_t>(pattern.text.size());
    out.Sql("length(CAST(").Field().Sql(" AS BLOB)) >= ").Bind(bytes);
    out.Sql(" AND substr(CAST(").Field().Sql(" AS BLOB), ").Bind(-bytes);
    out.Sql(") = CAST(").Bind(pattern.text).Sql(" AS BLOB)");
  } else if (pattern.open_end) {
    out.Field().Sql(" >= ").Bind(pattern.text);
    if (std::string after = AfterPrefix(pattern.text); !after.empty()) {
      out.Sql(" AND ").Field().Sql(" < ").Bind(std::move(after));
    }
  } else {
    out.Field().Sql(" = ").Bind(pattern.text);
  }
}

void WriteText(Comparator comparator, const TextPattern& pattern, Writer& out) {
  if (comparator == Comparator::kEqual || comparator == Comparator::kHas) {
    return WritePattern(pattern, out);
  }
  if (comparator != Comparator::kNotEqual) {
    out.Field().Sql(absl::StrCat(" ", Operator(comparator), " ")).Bind(pattern.text);
    return;
  }
  out.Sql("NOT (");
  WritePattern(pattern, out);
  out.Sql(")");
}

// NULL where the field is NULL, else true or false.
SqlFragment Predicate(const Condition& condition, const SqlFragment& field, absl::Time now,
                      absl::TimeZone zone) {
  Writer out(field);
  const Comparator comparator = condition.comparator;
  if (const Moment* moment = std::get_if<Moment>(&condition.operand)) {
    WriteMoment(comparator, SpanOf(*moment, now, zone), out);
  } else if (const TextPattern* pattern = std::get_if<TextPattern>(&condition.operand)) {
    WriteText(comparator, *pattern, out);
  } else {
    out.Field().Sql(absl::StrCat(" ", Operator(comparator), " "));
    out.Bind(std::get<Value>(condition.operand));
  }
  return out.Take();
}

SqlFragment Wrapped(absl::string_view before, SqlFragment inner, absl::string_view after) {
  inner.sql = absl::StrCat(before, inner.sql, after);
  return inner;
}

SqlFragment ElementSql(const Condition& condition, bool negated, absl::Time now,
                       absl::TimeZone zone) {
  const Field& field = *condition.field.declaration;
  const SqlFragment element{.sql = field.element_sql};
  const bool any = std::holds_alternative<Presence>(condition.operand);
  SqlFragment predicate =
      any ? Wrapped("", element, " IS NOT NULL") : Predicate(condition, element, now, zone);
  SqlFragment out = field.sql;
  out.sql = absl::StrCat(negated ? "NOT " : "", "EXISTS (SELECT 1 FROM ", out.sql, " AND (",
                         predicate.sql, "))");
  std::move(predicate.parameters.begin(), predicate.parameters.end(),
            std::back_inserter(out.parameters));
  return out;
}

}  // namespace

SqlFragment ConditionSql(const Condition& condition, bool negated, absl::Time now,
                         absl::TimeZone zone) {
  const BoundField& bound = condition.field;
  const Field& declaration = *bound.declaration;
  if (declaration.type == Type::kTextList) return ElementSql(condition, negated, now, zone);
  const SqlFragment field = bound.window
                                ? declaration.window_sql({*bound.window, now, zone, bound.ref.key})
                                : declaration.sql;
  CHECK(!field.sql.empty());  // Only schemas whose fields have SQL are compiled to it.
  if (std::holds_alternative<Presence>(condition.operand)) {
    return Writer(field).Field().Sql(negated ? " IS NULL" : " IS NOT NULL").Take();
  }
  SqlFragment predicate = Predicate(condition, field, now, zone);
  if (negated) return Wrapped("(", std::move(predicate), ") IS NOT TRUE");
  if (!Writer(field).IsColumn()) return Wrapped("(", std::move(predicate), ") IS TRUE");
  // Said in this way, an index on the column can serve.
  return Wrapped(absl::StrCat("(", field.sql, " IS NOT NULL AND "), std::move(predicate), ")");
}

std::string AfterPrefix(std::string prefix) {
  while (!prefix.empty()) {
    // The last character, decoded. Byte order of UTF-8 is the order of code points.
    size_t begin = prefix.size() - 1;
    while (begin > 0 && (static_cast<unsigned char>(prefix[begin]) & 0xC0) == 0x80) --begin;
    const size_t length = prefix.size() - begin;
    const auto lead = static_cast<unsigned char>(prefix[begin]);
    uint32_t code_point = length == 1 ? lead : lead & (0xFF >> (length + 1));
    for (size_t i = begin + 1; i < prefix.size(); ++i) {
      code_point = code_point << 6 | (static_cast<unsigned char>(prefix[i]) & 0x3F);
    }
    prefix.resize(begin);
    if (code_point == kMaxCodePoint) continue;
    ++code_point;
    AppendUtf8(code_point == kFirstSurrogate ? kAfterSurrogates : code_point, prefix);
    return prefix;
  }
  return prefix;
}

}  // namespace regulars::filter
