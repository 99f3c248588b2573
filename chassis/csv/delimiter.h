// Which delimiter a CSV file uses, told from its beginning.
//
//   DetectDelimiter("name;price\nTea;2,50\n", /*is_whole=*/true)  →  ';'
#ifndef CHASSIS_CSV_DELIMITER_H_
#define CHASSIS_CSV_DELIMITER_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace regulars::csv {

// What files are separated by, the usual first.
inline constexpr absl::string_view kDelimiters = ",;\t|";

// How much DetectDelimiter looks at.
inline constexpr int kDetectRecords = 20;
inline constexpr size_t kDetectBytes = 64 << 10;

// The delimiter under which most of the first records have as many columns as the header, then the
// one with most columns; ',' if the header has one column under each. `is_whole` says that `sample`
// is the whole file.
char DetectDelimiter(absl::string_view sample, bool is_whole);

// The delimiter of a first line "sep=;", which spreadsheets write and understand; '\0' if `line` is
// not such a line.
char DelimiterOfSepLine(absl::string_view line);

}  // namespace regulars::csv

#endif  // CHASSIS_CSV_DELIMITER_H_
