#include "chassis/csv/delimiter.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "chassis/csv/record_scanner.h"

namespace regulars::csv {
namespace {

// (records with the header's number of columns, that number); zeros if the header has one column.
std::pair<int, size_t> Agreement(char delimiter, absl::string_view sample, bool is_whole) {
  const RecordScanner scanner(delimiter, /*max_columns=*/0);
  ScannedRecord record;
  size_t header_columns = 0;
  int agreeing = 0;
  for (int records = 0; records < kDetectRecords && !sample.empty();) {
    if (!scanner.Scan(sample, is_whole, &record)) break;
    sample.remove_prefix(record.size_with_end);
    if (record.size == 0) continue;  // An empty line.
    if (records == 0) header_columns = record.columns;
    agreeing += record.columns == header_columns;
    ++records;
  }
  if (header_columns < 2) return {0, 0};
  return {agreeing, header_columns};
}

}  // namespace

char DetectDelimiter(absl::string_view sample, bool is_whole) {
  char best = kDelimiters[0];
  std::pair<int, size_t> best_agreement = {0, 0};
  for (const char delimiter : kDelimiters) {
    const auto agreement = Agreement(delimiter, sample, is_whole);
    if (agreement > best_agreement) {
      best = delimiter;
      best_agreement = agreement;
    }
  }
  return best;
}

char DelimiterOfSepLine(absl::string_view line) {
  const bool is_sep = absl::ConsumePrefix(&line, "sep=") || absl::ConsumePrefix(&line, "SEP=");
  if (!is_sep || line.size() != 1) return '\0';
  return kDelimiters.find(line[0]) == absl::string_view::npos ? '\0' : line[0];
}

}  // namespace regulars::csv
