// When a customer of the demo shop buys. The model is BG/NBD with the figures that its paper found
// for a real shop (Fader, Hardie and Lee 2005, '"Counting Your Customers" the Easy Way', Marketing
// Science 24(2)): after the first purchase a customer buys at a rate of their own, drawn from a
// gamma distribution, and after each repeated purchase leaves for good with a chance of their own,
// drawn from a beta distribution. Most therefore buy once, and a few again and again. The calendar
// is laid over it: December, summer, and the weak months between.
//
// Pure and thread-safe.
#ifndef CLI_DEMO_BUYING_H_
#define CLI_DEMO_BUYING_H_

#include <vector>

#include "absl/time/time.h"
#include "cli/demo/dice.h"

namespace regulars::demo {

// Per week.
inline constexpr double kRateShape = 0.243;
inline constexpr double kRateScale = 4.414;
inline constexpr double kLeaveA = 0.793;
inline constexpr double kLeaveB = 2.426;

// The longest history of one customer.
inline constexpr size_t kMaxPurchases = 300;

// How busy the shop is in a month (1 to 12), in percent of the year's mean.
int SeasonOf(int month);

// A moment between `from` and `to`, as busy as the shop is then: it grows, and it has seasons.
absl::Time DrawMoment(Dice& dice, absl::Time from, absl::Time to);

// Moments of the purchases between `from` and `to`, the first one somewhere within, in their order;
// empty for the few who sign up and never buy.
std::vector<absl::Time> DrawPurchases(Dice& dice, absl::Time from, absl::Time to);

}  // namespace regulars::demo

#endif  // CLI_DEMO_BUYING_H_
