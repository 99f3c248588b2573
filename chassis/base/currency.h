// Amounts as people read them, with the digits that their currency has.
#ifndef CHASSIS_BASE_CURRENCY_H_
#define CHASSIS_BASE_CURRENCY_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace regulars {

// The decimals that a currency's amounts are written with: 2 of "GBP", 0 of "JPY", 3 of "KWD"; 2
// where nothing is known.
int FractionDigits(absl::string_view currency);

// The amount with at least that many decimals, and none lost: "12.50", "1500", "0.123456".
std::string FormatAmount(int64_t micros, absl::string_view currency);

}  // namespace regulars

#endif  // CHASSIS_BASE_CURRENCY_H_
