#include "cli/demo/setup.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "cli/demo/catalogue.h"
#include "cli/demo/dice.h"
#include "cli/demo/shop.h"

namespace regulars::demo {
namespace {

constexpr uint64_t kPurpose = 6;
constexpr int kDaysPerRate = 7;
// Rates begin before the first order, whose day may be another one in its own zone.
constexpr int kDaysBefore = 14;
// Base units per unit, in ten-thousandths, and the week's largest step.
constexpr int64_t kPoundInEuros = 11550;
constexpr int64_t kEuroInPounds = 8650;
constexpr int64_t kLargestStep = 40;
// How far a rate may stray from where it began.
constexpr int64_t kLargestStray = 500;

}  // namespace

std::vector<Attribute> DemoAttributes() {
  Attribute favourite{kFavouriteCategory, "Favourite category", "TYPE_ENUM", {}};
  for (const Category& category : Catalogue()) favourite.enum_values.push_back(category.id);
  return {favourite, {kShoeSize, "Shoe size (EU)", "TYPE_INTEGER", {}}};
}

std::vector<DayRate> DemoRates(uint64_t seed, absl::string_view base_currency, absl::Time now) {
  const bool in_euros = base_currency == "EUR";
  if (!in_euros && base_currency != "GBP") return {};
  const int64_t first = in_euros ? kPoundInEuros : kEuroInPounds;
  Dice dice(seed, kPurpose, 0);
  std::vector<DayRate> rates;
  int64_t rate = first;
  const absl::CivilDay last = absl::ToCivilDay(now, absl::UTCTimeZone());
  const absl::CivilDay begin = absl::ToCivilDay(now - kHistory, absl::UTCTimeZone());
  for (absl::CivilDay day = begin - kDaysBefore; day <= last; day += kDaysPerRate) {
    rate += dice.Below(2 * kLargestStep + 1) - kLargestStep;
    rate = std::clamp(rate, first - kLargestStray, first + kLargestStray);
    rates.push_back({in_euros ? "GBP" : "EUR", absl::FormatCivilTime(day),
                     absl::StrFormat("%d.%04d", rate / 10000, rate % 10000)});
  }
  return rates;
}

std::vector<ReadySegment> DemoSegments() {
  return {
      {"new-customers", "New customers", "First order within the last 90 days",
       "purchases.first_order_time >= ago(\"90d\")"},
      {"regulars", "Regulars", "Ordered on at least four days, the last time within half a year",
       "purchases.order_days >= 4 AND purchases.last_order_time >= ago(\"180d\")"},
      {"at-risk", "At risk", "Came several times, and not for half a year",
       "purchases.order_days >= 3 AND purchases.last_order_time < ago(\"180d\")"},
      {"big-spenders", "Big spenders", "The fifth of all buyers who left the most money",
       "rfm.monetary = 5"}};
}

}  // namespace regulars::demo
