#include "customer-svc/domain/rate.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "chassis/base/errors.h"
#include "chassis/base/money.h"

namespace regulars::customer {
namespace {

constexpr size_t kMaxWholeDigits = 6;
constexpr size_t kMaxDecimals = 12;

bool IsDigits(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isdigit(c); });
}

absl::Status Refuse(absl::string_view why) { return FieldError("rate", "INVALID_RATE", why); }

}  // namespace

absl::StatusOr<Rate> Rate::Parse(absl::string_view text) {
  const size_t point = text.find('.');
  absl::string_view whole = text.substr(0, point);
  const absl::string_view decimals =
      point == absl::string_view::npos ? absl::string_view() : text.substr(point + 1);
  const bool dangling = point != absl::string_view::npos && decimals.empty();
  if (whole.empty() || dangling || !IsDigits(whole) || !IsDigits(decimals)) {
    return Refuse("must be a decimal like '0.8561', without sign, spaces or exponent");
  }
  whole = whole.substr(std::min(whole.find_first_not_of('0'), whole.size()));
  if (whole.size() > kMaxWholeDigits) return Refuse("must be less than 1000000");
  if (decimals.size() > kMaxDecimals) return Refuse("must have at most 12 decimals");
  int64_t picos = 0;
  for (const char c : whole) picos = picos * 10 + (c - '0');
  for (size_t i = 0; i < kMaxDecimals; ++i) {
    picos = picos * 10 + (i < decimals.size() ? decimals[i] - '0' : 0);
  }
  if (picos == 0) return Refuse("must be more than 0");
  return Rate(picos);
}

std::string Rate::ToText() const {
  std::string text = absl::StrCat(picos_ / kPicosPerUnit);
  if (const int64_t rest = picos_ % kPicosPerUnit; rest != 0) {
    absl::StrAppendFormat(&text, ".%012d", rest);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text;
}

std::optional<int64_t> Rate::Convert(int64_t micros) const {
  return MultiplyDivide(micros, picos_, kPicosPerUnit);
}

}  // namespace regulars::customer
