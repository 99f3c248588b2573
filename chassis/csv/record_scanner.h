// Finds where one CSV record and its fields end. It knows quotes, delimiters and line ends, and
// nothing of files, limits on length or character sets.
//
// Thread-compatible; the text is the caller's.
#ifndef CHASSIS_CSV_RECORD_SCANNER_H_
#define CHASSIS_CSV_RECORD_SCANNER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"

namespace regulars::csv {

// A field within the text of its record, without the quotes around it.
struct FieldSpan {
  size_t begin = 0;
  size_t size = 0;
  bool has_doubled_quotes = false;
};

struct ScannedRecord {
  enum class Flaw { kNone, kTextAfterQuote, kUnterminatedQuote };

  size_t size = 0;           // Without the line end.
  size_t size_with_end = 0;  // With it.
  int64_t line_ends = 0;     // In all of it.
  size_t columns = 0;        // May exceed fields.size(), which the scanner bounds.
  std::vector<FieldSpan> fields;
  Flaw flaw = Flaw::kNone;
  size_t flawed_column = 0;  // Counted from 0.
  int64_t flaw_lines = 0;    // Line ends before the flawed field.
};

class RecordScanner {
 public:
  RecordScanner(char delimiter, size_t max_columns);

  // Scans the record at the beginning of `text`. False if the text ends before the record does;
  // never so when `is_last`, which says that no text follows. `out` is overwritten either way.
  bool Scan(absl::string_view text, bool is_last, ScannedRecord* out) const;

 private:
  size_t FindFieldEnd(absl::string_view text, size_t from) const;
  bool ScanQuoted(absl::string_view text, bool is_last, size_t* pos, ScannedRecord* out) const;
  void Push(FieldSpan field, ScannedRecord* out) const;

  const char delimiter_;
  const size_t max_columns_;
  std::array<bool, 256> ends_field_{};
};

// The number of line ends in `text`: LF, CR, and CR LF as one.
int64_t CountLineEnds(absl::string_view text);

}  // namespace regulars::csv

#endif  // CHASSIS_CSV_RECORD_SCANNER_H_
