// The first byte chooses zone and decimal separator; then come two lines, a format of times and the
// text of a cell. Whatever value is read of it prints as a text that reads as the same value.
#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "chassis/base/check.h"
#include "chassis/base/money.h"
#include "chassis/base/text.h"
#include "customer-svc/domain/import_format.h"
#include "customer-svc/domain/locale_rules.h"

namespace regulars::customer {
namespace {

constexpr const char* kZones[] = {"UTC", "Europe/London", "America/St_Johns", "Pacific/Apia"};

ImportFormat Format(uint8_t kind, absl::string_view time_format) {
  CsvFormat format;
  format.time_zone = kZones[kind % std::size(kZones)];
  format.decimal_separator = kind / 4 % 2 == 0 ? "." : ",";
  format.time_format = std::string(time_format);
  absl::StatusOr<ImportFormat> read = ReadFormat(format, absl::UTCTimeZone());
  if (read.ok()) return *std::move(read);
  CHECK(read.status().code() == absl::StatusCode::kInvalidArgument);
  format.time_format.clear();
  return ReadFormat(format, absl::UTCTimeZone()).value();
}

void CheckTime(const ImportFormat& format, absl::string_view text) {
  const std::optional<absl::Time> time = format.ParseTime(text);
  CHECK(format.ParseTime(absl::StrCat("\t", text, " ")) == time);
  if (!time) return;
  const int64_t year = absl::ToCivilYear(*time, absl::UTCTimeZone()).year();
  CHECK(year >= 1 && year <= 9999);
  if (!format.time_format.empty()) return;  // It may leave out what others have.
  const std::string printed =
      absl::FormatTime("%E4Y-%m-%d %H:%M:%E*SZ", *time, absl::UTCTimeZone());
  CHECK(format.ParseTime(printed) == time);
}

void CheckNumber(const ImportFormat& format, absl::string_view text) {
  const absl::StatusOr<int64_t> micros = format.ParseMicros(text);
  CHECK(format.ParseMicros(absl::StrCat(" ", text, "\n")) == micros);
  if (!micros.ok()) {
    CHECK(micros.status().code() == absl::StatusCode::kInvalidArgument);
    return;
  }
  const std::string printed = FormatMicros(*micros);
  CHECK(ParseMicros(printed) == micros);
  // The shortest text of the value.
  CHECK(printed.size() <= text.size() + 1);
}

void CheckOthers(absl::string_view text) {
  const absl::string_view whole = WithoutDecimals(text);
  CHECK(WithoutDecimals(whole) == whole && text.substr(0, whole.size()) == whole);
  if (IsValidUtf8(text)) {
    const std::string folded = FoldCase(text);
    CHECK(IsValidUtf8(folded) && FoldCase(folded) == folded);
  }
  if (const std::optional<absl::CivilDay> day = ParseDay(text)) {
    CHECK(day->year() >= 1 && day->year() <= 9999 && FormatDay(*day) == text);
    CHECK(IsBirthday(text, *day) && !IsBirthday(text, *day - 1));
  }
  if (const std::optional<std::string> language = CanonicalLanguage(text)) {
    CHECK(CanonicalLanguage(*language) == language);
  }
}

}  // namespace
}  // namespace regulars::customer

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::pair<absl::string_view, absl::string_view> lines =
      absl::StrSplit(text, absl::MaxSplits('\n', 1));
  const auto format = regulars::customer::Format(data[0], lines.first);
  regulars::customer::CheckTime(format, lines.second);
  regulars::customer::CheckNumber(format, lines.second);
  regulars::customer::CheckOthers(lines.second);
  return 0;
}
