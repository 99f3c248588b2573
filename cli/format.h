// Values as people read them: money with its currency, times with their zone, names without their
// collection. What comes from the server is made safe for a terminal.
#ifndef CLI_FORMAT_H_
#define CLI_FORMAT_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cli/json.h"

namespace regulars::cli {

// How far a text reaches on a terminal: 2 columns for wide East Asian characters, none for marks.
size_t DisplayWidth(absl::string_view text);

// The beginning of `text` that fits into `width` columns, with "…" if it was cut.
std::string FitWidth(absl::string_view text, size_t width);

// Without control characters and direction marks.
std::string Safe(absl::string_view text);

// {"currencyCode": "GBP", "micros": "1234500000"} → "1,234.50 GBP"; "" if there is no currency.
std::string FormatMoney(const Json& money);

// The same with the decimals of the currency and no more: for sums whose parts were converted.
std::string FormatRoundedMoney(const Json& money);

// 1500000 → "1.5", 6000000 → "6".
std::string FormatQuantity(int64_t micros);

// 1234567 → "1,234,567".
std::string FormatCount(int64_t count);

// "2026-03-31T12:05:09Z" → "2026-03-31 14:05:09 CEST"; "" stays "".
std::string FormatApiTime(absl::string_view time, absl::TimeZone zone);

// 1536 → "1.5 KiB".
std::string FormatBytes(int64_t bytes);

// 75 s → "1m15s".
std::string FormatSpan(absl::Duration duration);

// "STATE_RUNNING" with prefix "STATE_" → "running"; "UNSPECIFIED" → "".
std::string FormatEnum(absl::string_view value, absl::string_view prefix);

// "customers/06g…" → "06g…".
std::string ShortName(absl::string_view name);

}  // namespace regulars::cli

#endif  // CLI_FORMAT_H_
