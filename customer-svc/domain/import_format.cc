#include "customer-svc/domain/import_format.h"

#include <unicode/unistr.h>

#include <algorithm>
#include <utility>
#include <vector>

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

// A conversion of a time format, such as "%Ez", or the text between two.
struct Piece {
  absl::string_view text;
  char letter = '\0';  // The conversion's, without what modifies it.
};

std::vector<Piece> SplitTimeFormat(absl::string_view format) {
  std::vector<Piece> pieces;
  while (!format.empty()) {
    Piece piece;
    size_t end = format.find('%');
    if (end == 0) {
      end = std::min(format.find_first_not_of("EO:*#_^-0123456789", 1), format.size() - 1);
      piece.letter = format[end++];
    }
    piece.text = format.substr(0, end);
    format.remove_prefix(piece.text.size());
    pieces.push_back(piece);
  }
  return pieces;
}

// Whether the text behind a conversion begins with a Z of its own: "Z", " Z", ".000Z".
bool BeginsWithZ(absl::string_view text) {
  const size_t at = text.find_first_not_of(" .,0123456789");
  if (at == absl::string_view::npos || (text[at] != 'Z' && text[at] != 'z')) return false;
  return at + 1 == text.size() || !absl::ascii_isalpha(text[at + 1]);
}

// Whether times would be written with a zone that absl::ParseTime passes over.
bool HoldsIgnoredZone(absl::string_view format) {
  bool behind_conversion = false;
  for (const Piece& piece : SplitTimeFormat(format)) {
    if (piece.letter == 'Z') return true;
    if (piece.letter == '\0' && behind_conversion && BeginsWithZ(piece.text)) return true;
    behind_conversion = piece.letter != '\0';
  }
  return false;
}

// Whether `format` reads back what it writes of a time, with its offset or else in its zone: to the
// day at least, and nothing that it leaves out in between.
bool ReadsBack(const std::string& format, absl::CivilSecond sample) {
  const absl::TimeZone utc = absl::UTCTimeZone();
  const absl::TimeZone east = absl::FixedTimeZone(19'800);
  const std::string written = absl::FormatTime(format, absl::FromCivil(sample, east), east);
  const bool zoned = written != absl::FormatTime(format, absl::FromCivil(sample, utc), utc);
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(format, written, zoned ? utc : east, &time, &error)) return false;
  const absl::CivilSecond read = absl::ToCivilSecond(time, east);
  return read == sample || read == absl::CivilMinute(sample) || read == absl::CivilHour(sample) ||
         read == absl::CivilDay(sample);
}

bool IsTimeFormat(const std::string& format) {
  return ReadsBack(format, absl::CivilSecond(2013, 11, 25, 21, 34, 56)) &&
         ReadsBack(format, absl::CivilSecond(2024, 2, 6, 9, 8, 7));
}

absl::Status CheckTimeFormat(const std::string& format) {
  constexpr char kField[] = "csv.time_format";
  if (format.empty()) return absl::OkStatus();
  const bool text = format.size() <= kMaxTimeFormat && IsValidUtf8(format);
  if (text && HoldsIgnoredZone(format)) {
    return OptionError(kField,
                       "holds a zone that would be ignored, '%Z' or a bare 'Z': use %Ez, which "
                       "reads 'Z' and '+02:00'");
  }
  if (text && IsTimeFormat(format)) return absl::OkStatus();
  return OptionError(kField,
                     "must hold year, month and day (and %p beside %I), as strftime writes them: "
                     "'%d.%m.%Y %H:%M'");
}

// Whether the second of a text that was read as `time` is 60 or 61: absl::ParseTime makes them
// seconds of the next minute. There a 62 is refused, and a 59 is an earlier time by as much.
bool HasSecondPast59(const std::string& format, absl::string_view text, absl::TimeZone zone,
                     absl::Time time) {
  absl::Time other;
  std::string error;
  for (size_t at = text.find('6'); at != absl::string_view::npos; at = text.find('6', at + 1)) {
    const absl::string_view number = text.substr(at, 2);
    if (number != "60" && number != "61") continue;
    std::string changed(text);
    changed.replace(at, 2, "62");
    if (absl::ParseTime(format, changed, zone, &other, &error)) continue;
    changed.replace(at, 2, "59");
    if (absl::ParseTime(format, changed, zone, &other, &error) && other < time &&
        time - other <= absl::Seconds(2)) {
      return true;
    }
  }
  return false;
}

// Reads a time as absl::ParseTime does, but for seconds past 59.
std::optional<absl::Time> ParseByFormat(const std::string& format, absl::string_view text,
                                        absl::TimeZone zone) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(format, text, zone, &time, &error)) return std::nullopt;
  if (HasSecondPast59(format, text, zone, time)) return std::nullopt;
  return time;
}

}  // namespace

std::optional<absl::Time> ImportFormat::ParseTime(absl::string_view text) const {
  text = absl::StripAsciiWhitespace(text);
  const std::optional<absl::Time> time =
      time_format.empty() ? ParseIsoTime(text, zone) : ParseByFormat(time_format, text, zone);
  if (!time || !IsInRange(*time)) return std::nullopt;
  return time;
}

std::optional<absl::CivilDay> ImportFormat::ParseWrittenDay(absl::string_view text) const {
  const std::optional<absl::Time> time = ParseTime(text);
  if (!time) return std::nullopt;
  std::string without_offset;
  for (const Piece& piece : SplitTimeFormat(time_format)) {
    if (piece.letter == 's') return absl::ToCivilDay(*time, zone);
    // "%Z" passes over whatever stands there.
    absl::StrAppend(&without_offset, piece.letter == 'z' ? "%Z" : piece.text);
  }
  const ImportFormat written{.zone = absl::UTCTimeZone(), .time_format = without_offset};
  const std::optional<absl::Time> local = written.ParseTime(text);
  if (!local) return std::nullopt;
  return absl::ToCivilDay(*local, absl::UTCTimeZone());
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
  ABSL_RETURN_IF_ERROR(CheckTimeFormat(format.time_format));
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
