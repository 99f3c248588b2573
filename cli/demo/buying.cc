#include "cli/demo/buying.h"

#include <array>

namespace regulars::demo {
namespace {

constexpr std::array<int, 12> kSeason = {95, 70, 80, 90, 95, 105, 110, 95, 85, 90, 135, 150};
constexpr int kBusiest = 150;
constexpr int64_t kNeverBuyPerMille = 40;
constexpr double kHoursPerWeek = 7 * 24;

// Whether what would happen at `time` in the busiest season happens then.
bool InSeason(Dice& dice, absl::Time time) {
  const int month = static_cast<int>(absl::ToCivilMonth(time, absl::UTCTimeZone()).month());
  return dice.Below(kBusiest) < SeasonOf(month);
}

}  // namespace

int SeasonOf(int month) { return kSeason[static_cast<size_t>(month - 1)]; }

absl::Time DrawMoment(Dice& dice, absl::Time from, absl::Time to) {
  // At the end of the span it sells half as much again as at the beginning.
  for (;;) {  // Goes round twice on average.
    const double place = dice.Unit();
    if (dice.Unit() * 1.5 > 1 + place / 2) continue;
    const absl::Time time = from + (to - from) * place;
    if (InSeason(dice, time)) return time;
  }
}

std::vector<absl::Time> DrawPurchases(Dice& dice, absl::Time from, absl::Time to) {
  std::vector<absl::Time> times;
  if (dice.Chance(kNeverBuyPerMille)) return times;
  const double rate = dice.Gamma(kRateShape, kRateScale);
  const double leave = dice.Beta(kLeaveA, kLeaveB);
  absl::Time time = DrawMoment(dice, from, to);
  times.push_back(time);
  // Candidates come as in the busiest season; the calendar lets some of them through.
  const double busiest_rate = rate * kBusiest / 100;
  do {
    do {
      const double hours = dice.Exponential(busiest_rate) * kHoursPerWeek;
      // Compared before it is added: the rarest buyers would overflow any clock.
      if (hours > absl::ToDoubleHours(to - time)) return times;
      time += absl::Hours(1) * hours;
    } while (!InSeason(dice, time));
    times.push_back(time);
    // The first purchase makes nobody leave, so the paper has it.
  } while (times.size() < kMaxPurchases && dice.Unit() > leave);
  return times;
}

}  // namespace regulars::demo
