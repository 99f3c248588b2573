#include "loyalty-svc/domain/rate_text.h"

#include "absl/strings/ascii.h"
#include "chassis/base/money.h"

namespace regulars::loyalty {

std::optional<int64_t> Convert(int64_t micros, absl::string_view rate) {
  constexpr size_t kMaxWholeDigits = 6;
  constexpr size_t kDecimals = 12;
  constexpr int64_t kPicosPerUnit = 1'000'000'000'000;
  const size_t point = rate.find('.');
  const absl::string_view whole = rate.substr(0, point);
  const absl::string_view decimals =
      point == absl::string_view::npos ? absl::string_view() : rate.substr(point + 1);
  if (whole.empty() || whole.size() > kMaxWholeDigits || decimals.size() > kDecimals) {
    return std::nullopt;
  }
  int64_t picos = 0;
  const auto add = [&](char c) {
    if (!absl::ascii_isdigit(c)) return false;
    picos = picos * 10 + (c - '0');
    return true;
  };
  for (const char c : whole) {
    if (!add(c)) return std::nullopt;
  }
  for (size_t i = 0; i < kDecimals; ++i) {
    if (!add(i < decimals.size() ? decimals[i] : '0')) return std::nullopt;
  }
  return MultiplyDivide(micros, picos, kPicosPerUnit);
}

}  // namespace regulars::loyalty
