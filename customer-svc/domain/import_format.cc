#include "customer-svc/domain/import_format.h"

#include <unicode/unistr.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "chassis/base/errors.h"
#include "chassis/base/money.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"
#include "chassis/csv/delimiter.h"
#include "chassis/csv/transcode.h"
#include "customer-svc/domain/locale_rules.h"

namespace regulars::customer {
namespace {

constexpr size_t kMaxTimeFormat = 100;

// Reads digits from the front of `text`; false if there are fewer.
bool TakeDigits(absl::string_view& text, size_t count, int& value) {
  if (text.size() < count) return false;
  value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!absl::ascii_isdigit(text[i])) return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return true;
}

bool TakeChar(absl::string_view& text, char c) {
  if (text.empty() || text[0] != c) return false;
  text.remove_prefix(1);
  return true;
}

// "Z", "+02", "+0200" or "+02:00".
bool TakeOffset(absl::string_view& text, absl::Duration& offset) {
  offset = absl::ZeroDuration();
  if (TakeChar(text, 'Z') || TakeChar(text, 'z')) return true;
  const bool west = !text.empty() && text[0] == '-';
  if (!west && (text.empty() || text[0] != '+')) return false;
  text.remove_prefix(1);
  int hours = 0;
  int minutes = 0;
  if (!TakeDigits(text, 2, hours)) return false;
  const bool colon = TakeChar(text, ':');
  if (!TakeDigits(text, 2, minutes) && colon) return false;
  if (hours > 23 || minutes > 59) return false;
  offset = (west ? -1 : 1) * (absl::Hours(hours) + absl::Minutes(minutes));
  return true;
}

struct Clock {
  int hour = 0;
  int minute = 0;
  int second = 0;
  absl::Duration fraction = absl::ZeroDuration();
};

// "08:26", "08:26:00" or "08:26:00.123".
bool TakeClock(absl::string_view& text, Clock& clock) {
  if (!TakeDigits(text, 2, clock.hour) || !TakeChar(text, ':') ||
      !TakeDigits(text, 2, clock.minute)) {
    return false;
  }
  if (TakeChar(text, ':')) {
    if (!TakeDigits(text, 2, clock.second)) return false;
    if (TakeChar(text, '.') || TakeChar(text, ',')) {
      absl::Duration unit = absl::Seconds(1);
      int digit = 0;
      if (text.empty() || !absl::ascii_isdigit(text[0])) return false;
      while (!text.empty() && TakeDigits(text, 1, digit)) {
        unit /= 10;
        clock.fraction += digit * unit;
      }
    }
  }
  return clock.hour < 24 && clock.minute < 60 && clock.second < 60;
}

// ISO 8601 as files write it: "2010-12-01", "2010-12-01 08:26:00", "2010-12-01T08:26:00Z".
std::optional<absl::Time> ParseIsoTime(absl::string_view text, absl::TimeZone zone) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (!TakeDigits(text, 4, year) || !TakeChar(text, '-') || !TakeDigits(text, 2, month) ||
      !TakeChar(text, '-') || !TakeDigits(text, 2, day)) {
    return std::nullopt;
  }
  const absl::CivilDay date(year, month, day);
  // A day that the month does not have would become one of the next.
  if (date.month() != month || date.day() != day) return std::nullopt;
  Clock clock;
  std::optional<absl::Duration> offset;
  if (!text.empty()) {
    if (!TakeChar(text, ' ') && !TakeChar(text, 'T') && !TakeChar(text, 't')) return std::nullopt;
    if (!TakeClock(text, clock)) return std::nullopt;
    TakeChar(text, ' ');
    if (!text.empty()) {
      offset.emplace();
      if (!TakeOffset(text, *offset) || !text.empty()) return std::nullopt;
    }
  }
  const absl::CivilSecond local(year, month, day, clock.hour, clock.minute, clock.second);
  if (offset) return absl::FromCivil(local, absl::UTCTimeZone()) - *offset + clock.fraction;
  // For times that the clocks skip or repeat `pre` reads them by the offset before the change.
  return zone.At(local).pre + clock.fraction;
}

// Whether a time is of the years 1 to 9999, UTC: no other one can be answered.
bool IsInRange(absl::Time time) {
  static const absl::Time begin = absl::FromCivil(absl::CivilYear(1), absl::UTCTimeZone());
  static const absl::Time end = absl::FromCivil(absl::CivilYear(10'000), absl::UTCTimeZone());
  return begin <= time && time < end;
}

absl::Status ReadDelimiter(const CsvFormat& format, csv::Options& options) {
  if (format.delimiter.empty()) return absl::OkStatus();
  if (format.delimiter.size() != 1 ||
      csv::kDelimiters.find(format.delimiter[0]) == absl::string_view::npos) {
    return OptionError("csv.delimiter", "must be ',', ';', '|' or a tab");
  }
  options.delimiter = format.delimiter[0];
  return absl::OkStatus();
}

absl::Status ReadCharset(const CsvFormat& format, ImportFormat& read) {
  static constexpr std::pair<absl::string_view, csv::Charset> kNames[] = {
      {"", csv::Charset::kUtf8},
      {"utf-8", csv::Charset::kUtf8},
      {"utf8", csv::Charset::kUtf8},
      {"utf-16", csv::Charset::kUtf16LittleEndian},
      {"utf-16le", csv::Charset::kUtf16LittleEndian},
      {"utf-16be", csv::Charset::kUtf16BigEndian},
      {"iso-8859-1", csv::Charset::kWindows1252},
      {"latin1", csv::Charset::kWindows1252},
      {"windows-1252", csv::Charset::kWindows1252},
      {"cp1252", csv::Charset::kWindows1252},
  };
  const std::string name = absl::AsciiStrToLower(format.charset);
  for (const auto& [known, charset] : kNames) {
    if (name != known) continue;
    read.csv.charset = charset;
    return absl::OkStatus();
  }
  if (!csv::IsKnownCharset(format.charset)) {
    return FieldError("csv.charset", "UNKNOWN_CHARSET",
                      "is no known charset, such as 'utf-8' or 'windows-1252'");
  }
  read.foreign_charset = format.charset;
  read.csv.transcoded = true;
  return absl::OkStatus();
}

// Whether `format` can read a time back that it wrote, to the day at least.
bool IsTimeFormat(const std::string& format) {
  if (format.size() > kMaxTimeFormat || !IsValidUtf8(format)) return false;
  const absl::Time sample = absl::FromCivil(absl::CivilSecond(2013, 11, 25), absl::UTCTimeZone());
  absl::Time read;
  std::string error;
  const std::string written = absl::FormatTime(format, sample, absl::UTCTimeZone());
  return absl::ParseTime(format, written, absl::UTCTimeZone(), &read, &error) &&
         absl::ToCivilDay(read, absl::UTCTimeZone()) == absl::CivilDay(2013, 11, 25);
}

}  // namespace

std::optional<absl::Time> ImportFormat::ParseTime(absl::string_view text) const {
  text = absl::StripAsciiWhitespace(text);
  absl::Time time;
  if (time_format.empty()) {
    const std::optional<absl::Time> read = ParseIsoTime(text, zone);
    if (!read) return std::nullopt;
    time = *read;
  } else {
    std::string error;
    if (!absl::ParseTime(time_format, text, zone, &time, &error)) return std::nullopt;
  }
  if (!IsInRange(time)) return std::nullopt;
  return time;
}

absl::StatusOr<int64_t> ImportFormat::ParseMicros(absl::string_view text) const {
  return regulars::ParseMicros(absl::StripAsciiWhitespace(text), decimal_separator);
}

absl::StatusOr<ImportFormat> ReadFormat(const CsvFormat& format, absl::TimeZone company_zone) {
  ImportFormat read{.zone = company_zone, .time_format = format.time_format};
  ABSL_RETURN_IF_ERROR(ReadDelimiter(format, read.csv));
  ABSL_RETURN_IF_ERROR(ReadCharset(format, read));
  if (!format.decimal_separator.empty()) {
    if (format.decimal_separator != "." && format.decimal_separator != ",") {
      return OptionError("csv.decimal_separator", "must be '.' or ','");
    }
    read.decimal_separator = format.decimal_separator[0];
  }
  if (!format.time_zone.empty() && !FindTimeZone(format.time_zone, read.zone)) {
    return OptionError("csv.time_zone", "is no IANA time zone, such as 'Europe/London'");
  }
  if (!format.time_format.empty() && !IsTimeFormat(format.time_format)) {
    return OptionError("csv.time_format",
                       "must hold year, month and day, as strftime writes them: '%d.%m.%Y %H:%M'");
  }
  return read;
}

absl::Status OptionError(absl::string_view field, absl::string_view description) {
  return FieldError(field, "INVALID_OPTIONS", description);
}

absl::StatusOr<std::unique_ptr<csv::Reader>> OpenCsv(std::unique_ptr<csv::ByteSource> source,
                                                     const ImportFormat& format) {
  auto reader = csv::Reader::Open(std::move(source), format.csv);
  if (reader.ok()) return reader;
  const std::string reason = GetErrorDetails(reader.status()).reason;
  const absl::string_view message = reader.status().message();
  if (reason == "CSV_EMPTY") return InvalidArgument("EMPTY_FILE", message);
  if (reason == "CSV_COLUMN_REPEATED") return InvalidArgument("DUPLICATE_COLUMN", message);
  if (reason == "CSV_HEADER_INVALID") {
    return InvalidArgument("NOT_TEXT", absl::StrCat("the file is no CSV text: ", message));
  }
  if (reason == "CSV_HEADER_NOT_TEXT") {
    const bool asks = absl::EndsWith(message, "?");
    return InvalidArgument("NOT_TEXT",
                           absl::StrCat("the file is no CSV text: ", message, asks ? " " : "; ",
                                        "options.csv.charset says what it is in"));
  }
  return reader.status();
}

Refusal RefusalOf(const csv::RecordError& error) {
  Refusal refusal{.reason = std::string(csv::ReasonName(error.reason)),
                  .column = error.column,
                  .message = error.message};
  if (error.reason == csv::Reason::kTooFewFields || error.reason == csv::Reason::kTooManyFields) {
    refusal.reason = "RAGGED_LINE";
  }
  if (error.reason == csv::Reason::kNotInCharset) refusal.reason = "INVALID_ENCODING";
  return refusal;
}

absl::string_view WithoutDecimals(absl::string_view text) {
  const size_t point = text.find('.');
  if (point == absl::string_view::npos || point == 0 || point + 1 == text.size()) return text;
  const absl::string_view whole = text.substr(0, point);
  const absl::string_view decimals = text.substr(point + 1);
  const bool digits =
      std::all_of(whole.begin(), whole.end(), [](char c) { return absl::ascii_isdigit(c); });
  const bool zeros = decimals.find_first_not_of('0') == absl::string_view::npos;
  return digits && zeros ? whole : text;
}

std::string FoldCase(absl::string_view text) {
  const bool ascii = std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isascii(static_cast<unsigned char>(c));
  });
  if (ascii) return absl::AsciiStrToLower(text);
  std::string folded;
  icu::UnicodeString::fromUTF8({text.data(), static_cast<int32_t>(text.size())})
      .foldCase()
      .toUTF8String(folded);
  return folded;
}

}  // namespace regulars::customer
