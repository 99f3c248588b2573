#include "chassis/base/currency.h"

#include <unicode/ucurr.h>

#include <algorithm>
#include <array>

#include "chassis/base/money.h"

namespace regulars {
namespace {

constexpr int kUsualFractionDigits = 2;

}  // namespace

int FractionDigits(absl::string_view currency) {
  std::array<UChar, 4> code = {};
  if (currency.size() != 3) return kUsualFractionDigits;
  std::copy(currency.begin(), currency.end(), code.begin());
  UErrorCode error = U_ZERO_ERROR;
  const int digits = ucurr_getDefaultFractionDigits(code.data(), &error);
  return U_SUCCESS(error) ? digits : kUsualFractionDigits;
}

std::string FormatAmount(int64_t micros, absl::string_view currency) {
  std::string amount = FormatMicros(micros);
  const auto wanted = static_cast<size_t>(FractionDigits(currency));
  const size_t dot = amount.find('.');
  const size_t decimals = dot == std::string::npos ? 0 : amount.size() - dot - 1;
  if (decimals >= wanted) return amount;
  if (decimals == 0) amount += '.';
  return amount.append(wanted - decimals, '0');
}

}  // namespace regulars
