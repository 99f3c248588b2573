#include "customer-svc/domain/import_columns.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "chassis/base/errors.h"
#include "chassis/base/text.h"
#include "customer-svc/domain/import_format.h"

namespace regulars::customer {
namespace {

// How much of a name an error message shows.
constexpr size_t kMaxLabelBytes = 64;
// How many columns of the file an error message lists.
constexpr size_t kMaxListed = 20;

std::string Label(absl::string_view name) {
  return absl::StrCat("'", EscapeForLog(name, kMaxLabelBytes), "'");
}

std::string ListHeader(const std::vector<std::string>& header) {
  const size_t shown = std::min(header.size(), kMaxListed);
  return absl::StrCat(
      absl::StrJoin(
          header.begin(), header.begin() + static_cast<std::ptrdiff_t>(shown), ", ",
          [](std::string* out, const std::string& name) { absl::StrAppend(out, Label(name)); }),
      shown < header.size() ? ", …" : "");
}

// The field of a column's own name; "" if there is none.
std::string FieldOf(const std::string& name, const ColumnRules& rules) {
  if (rules.is_field(name)) return name;
  std::string lower = absl::AsciiStrToLower(name);
  return rules.is_field(lower) ? lower : "";
}

bool MayRepeat(const ColumnRules& rules, absl::string_view field) {
  return rules.may_repeat != nullptr && rules.may_repeat(field);
}

bool IsUndeclared(const ColumnRules& rules, absl::string_view name) {
  return rules.is_undeclared != nullptr && rules.is_undeclared(absl::AsciiStrToLower(name));
}

absl::Status UnknownField(const std::string& path, const ColumnRules& rules,
                          const std::string& field) {
  return FieldError(path, "UNKNOWN_FIELD",
                    IsUndeclared(rules, field)
                        ? absl::StrCat("names an attribute that is not declared: ", Label(field),
                                       "; AttributeService.CreateAttributeDefinition declares it")
                        : absl::StrCat("names no field: ", Label(field)));
}

// Of columns without a field: what is to be done about them.
absl::Status UnknownColumns(const ColumnRules& rules, std::vector<std::string> unknown) {
  const auto attributes =
      std::stable_partition(unknown.begin(), unknown.end(),
                            [&](const std::string& name) { return !IsUndeclared(rules, name); });
  const std::vector<std::string> undeclared(attributes, unknown.end());
  unknown.erase(attributes, unknown.end());
  std::string what;
  if (!undeclared.empty()) {
    what = absl::StrCat("hold attributes that are not declared: ", ListHeader(undeclared),
                        "; AttributeService.CreateAttributeDefinition declares them, and "
                        "'column=' leaves one out");
  }
  if (!unknown.empty()) {
    absl::StrAppend(&what, what.empty() ? "" : "; they ",
                    "give no field to what the file has: ", ListHeader(unknown),
                    "; write 'column=field' for each, or 'column=' to leave one out");
  }
  return FieldError("columns", "UNKNOWN_COLUMN", what);
}

}  // namespace

absl::StatusOr<ColumnMapping> ReadMapping(const std::vector<std::string>& pairs,
                                          const ColumnRules& rules) {
  if (pairs.size() > kMaxMappedColumns) {
    return OptionError("columns", absl::StrCat("must be at most ", kMaxMappedColumns));
  }
  ColumnMapping mapping;
  for (size_t i = 0; i < pairs.size(); ++i) {
    const std::string path = absl::StrCat("columns[", i, "]");
    const size_t equals = pairs[i].rfind('=');
    if (equals == std::string::npos) {
      return OptionError(path, "must be 'column=field', such as 'InvoiceNo=receipt_number'");
    }
    const std::string column(
        absl::StripAsciiWhitespace(absl::string_view(pairs[i]).substr(0, equals)));
    const std::string field(
        absl::StripAsciiWhitespace(absl::string_view(pairs[i]).substr(equals + 1)));
    if (column.empty()) return OptionError(path, "names no column before the '='");
    if (!field.empty() && !rules.is_field(field)) {
      return UnknownField(path, rules, field);
    }
    if (!mapping.emplace(column, field).second) {
      return FieldError(path, "DUPLICATE_COLUMN",
                        absl::StrCat("maps the column ", Label(column), " a second time"));
    }
  }
  return mapping;
}

std::optional<size_t> Columns::Of(absl::string_view field) const {
  for (const auto& [name, column] : fields_) {
    if (name == field) return column;
  }
  return std::nullopt;
}

std::string Columns::NameOf(absl::string_view field) const {
  const std::optional<size_t> column = Of(field);
  return column ? header_[*column] : "";
}

absl::StatusOr<Columns> FindColumns(const ColumnMapping& mapping, const ColumnRules& rules,
                                    const std::vector<std::string>& header) {
  std::set<std::string, std::less<>> mapped_fields;
  for (const auto& [column, field] : mapping) {
    // One profile may be for files with and without what is left out.
    if (field.empty()) continue;
    mapped_fields.insert(field);
    if (std::find(header.begin(), header.end(), column) == header.end()) {
      return FieldError("columns", "MISSING_COLUMN",
                        absl::StrCat("name a column ", Label(column),
                                     " that the file does not have; it has ", ListHeader(header)));
    }
  }
  Columns columns;
  columns.header_ = header;
  std::map<std::string, std::string> filled_by;
  std::vector<std::string> unknown;
  for (size_t i = 0; i < header.size(); ++i) {
    const std::string& name = header[i];
    const auto mapped = mapping.find(name);
    const std::string field = mapped != mapping.end() ? mapped->second : FieldOf(name, rules);
    if (mapped == mapping.end() && (field.empty() || mapped_fields.contains(field))) {
      if (!name.empty()) unknown.push_back(name);
      continue;
    }
    if (field.empty()) continue;
    const auto [other, is_first] = filled_by.emplace(field, name);
    if (!is_first && !MayRepeat(rules, field)) {
      return FieldError("columns", "DUPLICATE_COLUMN",
                        absl::StrCat("fill ", field, " by two columns: ", Label(other->second),
                                     " and ", Label(name)));
    }
    columns.fields_.emplace_back(field, i);
  }
  for (const std::string& field : rules.needed) {
    if (columns.Of(field)) continue;
    return FieldError("columns", "MISSING_COLUMN",
                      absl::StrCat("have none for ", field, "; the file has ", ListHeader(header)));
  }
  if (unknown.empty()) return columns;
  return UnknownColumns(rules, std::move(unknown));
}

}  // namespace regulars::customer
