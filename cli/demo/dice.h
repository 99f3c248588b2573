// Random draws that a seed and a few numbers determine, the same on every machine of one kind: the
// standard library's distributions differ between implementations.
//
//   Dice dice(seed, kOrders, customer_index);
//   const int64_t pieces = 1 + dice.Below(3);
//
// Thread-compatible. Not for secrets.
#ifndef CLI_DEMO_DICE_H_
#define CLI_DEMO_DICE_H_

#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "chassis/base/ids.h"

namespace regulars::demo {

class Dice {
 public:
  // Other purposes and other indices of one seed draw independently.
  Dice(uint64_t seed, uint64_t purpose, uint64_t index);

  // 0 to n - 1, all alike. `n` is positive and below 2^32.
  int64_t Below(int64_t n);
  // Whether something happens that happens to `per_mille` of a thousand.
  bool Chance(int64_t per_mille) { return Below(1000) < per_mille; }
  // A number between 0 and 1, never either.
  double Unit();
  double Exponential(double rate);
  // Mean shape / rate.
  double Gamma(double shape, double rate);
  double Beta(double a, double b);
  // The place of one of the weights, drawn in proportion. Their sum is positive.
  size_t Weighted(absl::Span<const int> weights);

  template <typename T>
  const T& Of(absl::Span<const T> items) {
    return items[static_cast<size_t>(Below(static_cast<int64_t>(items.size())))];
  }

 private:
  double Normal();

  Mixer mixer_;
};

}  // namespace regulars::demo

#endif  // CLI_DEMO_DICE_H_
