// How the text of a file becomes values: what a CsvFormat says, checked and put to use.
//
//   ABSL_ASSIGN_OR_RETURN(const ImportFormat format, ReadFormat(options.csv, settings.zone));
//   ABSL_ASSIGN_OR_RETURN(auto reader, OpenCsv(std::move(source), format));
//   const std::optional<absl::Time> time = format.ParseTime("2010-12-01 08:26:00");
//
// Thread-compatible.
#ifndef CUSTOMER_SVC_DOMAIN_IMPORT_FORMAT_H_
#define CUSTOMER_SVC_DOMAIN_IMPORT_FORMAT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "chassis/csv/reader.h"
#include "customer-svc/domain/import.h"

namespace regulars::customer {

struct ImportFormat {
  csv::Options csv;
  // Set for a charset that the reader does not know: the file is to be turned into UTF-8 once, as
  // it is received (chassis/csv/transcode.h), unless it begins with a byte order mark.
  std::string foreign_charset;
  char decimal_separator = '.';
  absl::TimeZone zone;
  // As for absl::ParseTime, but for seconds past 59; "": ISO 8601 and RFC 3339.
  std::string time_format;

  // nullopt if the text is no such time, or none of the years 1 to 9999 (UTC). Blanks around it do
  // not matter.
  std::optional<absl::Time> ParseTime(absl::string_view text) const;
  // The day as it stands in the text, whatever its offset; of seconds since 1970 that of `zone`.
  // nullopt where ParseTime has none. `time_format` must be set.
  std::optional<absl::CivilDay> ParseWrittenDay(absl::string_view text) const;
  // A decimal number as millionths. The error's message reads well after the column's name.
  absl::StatusOr<int64_t> ParseMicros(absl::string_view text) const;
};

// INVALID_ARGUMENT with INVALID_OPTIONS or UNKNOWN_CHARSET, and the field at fault as a path from
// the options ("csv.delimiter").
absl::StatusOr<ImportFormat> ReadFormat(const CsvFormat& format, absl::TimeZone company_zone);

// An error of the options: INVALID_ARGUMENT with INVALID_OPTIONS.
absl::Status OptionError(absl::string_view field, absl::string_view description);

// Opens the file and reads its header. INVALID_ARGUMENT with EMPTY_FILE, NOT_TEXT or
// DUPLICATE_COLUMN.
absl::StatusOr<std::unique_ptr<csv::Reader>> OpenCsv(std::unique_ptr<csv::ByteSource> source,
                                                     const ImportFormat& format);

// Why a record was not read, in the reason codes of imports; without its line and text.
Refusal RefusalOf(const csv::RecordError& error);

// "17850.0", as spreadsheets write whole numbers, without its decimals; other texts as they are.
absl::string_view WithoutDecimals(absl::string_view text);

// The text in one form for comparisons that ignore case.
std::string FoldCase(absl::string_view text);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_IMPORT_FORMAT_H_
