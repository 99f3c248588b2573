// Which column of a file holds which field.
//
//   ColumnRules rules{.is_field = IsOrderLineField, .needed = {"receipt_number", …}};
//   ABSL_ASSIGN_OR_RETURN(const ColumnMapping mapping, ReadMapping(options.columns, rules));
//   ABSL_ASSIGN_OR_RETURN(const Columns columns, FindColumns(mapping, rules, reader->header()));
//   record->fields[*columns.Of("item")]
//
// Plain values and pure functions.
#ifndef CUSTOMER_SVC_DOMAIN_IMPORT_COLUMNS_H_
#define CUSTOMER_SVC_DOMAIN_IMPORT_COLUMNS_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace regulars::customer {

inline constexpr size_t kMaxMappedColumns = 1024;

// What the columns of one kind of file can be.
struct ColumnRules {
  // Whether there is a field of this name.
  std::function<bool(absl::string_view)> is_field;
  // Fields that several columns may fill; null: none.
  std::function<bool(absl::string_view)> may_repeat;
  // Fields without which no line can be read.
  std::vector<std::string> needed;
  // Whether a name that is no field would be one if its attribute were declared; null: none is.
  std::function<bool(absl::string_view)> is_undeclared;
};

// Column name → field, as the options say it; "" for a column that is left out.
using ColumnMapping = std::map<std::string, std::string>;

// Reads "column=field" pairs, "column=" for one that is left out; the field is behind the last "=".
// INVALID_ARGUMENT with INVALID_OPTIONS, UNKNOWN_FIELD or DUPLICATE_COLUMN of the field "columns".
absl::StatusOr<ColumnMapping> ReadMapping(const std::vector<std::string>& pairs,
                                          const ColumnRules& rules);

class Columns {
 public:
  // The first column that fills a field.
  std::optional<size_t> Of(absl::string_view field) const;
  // Field and column, in the order of the columns.
  const std::vector<std::pair<std::string, size_t>>& all() const { return fields_; }
  // Name of the column that fills the field, "" if none does.
  std::string NameOf(absl::string_view field) const;

 private:
  friend absl::StatusOr<Columns> FindColumns(const ColumnMapping&, const ColumnRules&,
                                             const std::vector<std::string>&);
  std::vector<std::pair<std::string, size_t>> fields_;
  std::vector<std::string> header_;
};

// Finds the mapped columns in a file's header. A column that is not mapped fills the field of its
// own name, whatever its case, if there is one that no mapped column fills. Columns without a name
// are left out: spreadsheets leave them behind. INVALID_ARGUMENT with MISSING_COLUMN (a mapped
// column is not in the file, or a needed field has none), DUPLICATE_COLUMN (two columns for one
// field) or UNKNOWN_COLUMN (what stands in it would be lost without a word).
absl::StatusOr<Columns> FindColumns(const ColumnMapping& mapping, const ColumnRules& rules,
                                    const std::vector<std::string>& header);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_IMPORT_COLUMNS_H_
