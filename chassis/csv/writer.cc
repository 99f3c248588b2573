#include "chassis/csv/writer.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"

namespace regulars::csv {
namespace {

// "-12.50", "+3,5": a sign, digits, and at most one separator between digits.
bool IsPlainNumber(absl::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  bool digit_before = false;
  bool separator = false;
  for (const char c : text) {
    if (absl::ascii_isdigit(c)) {
      digit_before = true;
    } else if ((c == '.' || c == ',') && digit_before && !separator) {
      separator = true;
      digit_before = false;
    } else {
      return false;
    }
  }
  return digit_before;
}

bool RunsAsFormula(absl::string_view cell) {
  return cell.find_first_of("=+-@\t\r") == 0 && !IsPlainNumber(cell);
}

void AppendField(absl::string_view field, const WriterOptions& options, bool is_only,
                 std::string* out) {
  const bool guard = options.guard_formulas && RunsAsFormula(field);
  const char special[] = {'"', '\r', '\n', options.delimiter};
  // One empty field alone would be an empty line, which readers skip.
  const bool quote =
      (is_only && field.empty()) ||
      field.find_first_of(absl::string_view(special, sizeof special)) != absl::string_view::npos;
  if (quote) *out += '"';
  if (guard) *out += '\'';
  if (quote) {
    *out += absl::StrReplaceAll(field, {{"\"", "\"\""}});
    *out += '"';
  } else {
    out->append(field.data(), field.size());
  }
}

}  // namespace

void AppendRecord(absl::Span<const absl::string_view> fields, const WriterOptions& options,
                  std::string* out) {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) *out += options.delimiter;
    AppendField(fields[i], options, fields.size() == 1, out);
  }
  *out += "\r\n";
}

}  // namespace regulars::csv
