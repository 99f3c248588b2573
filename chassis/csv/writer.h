// Writes CSV as RFC 4180 has it: fields are quoted where they must be, lines end in CR LF.
//
//   std::string out;
//   AppendRecord({"name", "note"}, {}, &out);
//   AppendRecord({customer.name, customer.note}, {.guard_formulas = true}, &out);
#ifndef CHASSIS_CSV_WRITER_H_
#define CHASSIS_CSV_WRITER_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace regulars::csv {

struct WriterOptions {
  char delimiter = ',';
  // For files that people open in a spreadsheet: a cell that the program would run as a formula
  // (it begins with = + - @, a tab or a CR, and is no plain number) gets an apostrophe in front.
  // It changes the data: never for files that a program reads.
  bool guard_formulas = false;
};

// Appends `fields` as one record to `out`.
void AppendRecord(absl::Span<const absl::string_view> fields, const WriterOptions& options,
                  std::string* out);

}  // namespace regulars::csv

#endif  // CHASSIS_CSV_WRITER_H_
