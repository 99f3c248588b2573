#include "cli/demo/dice.h"

#include <cmath>
#include <numeric>

namespace regulars::demo {
namespace {

constexpr double kTwoPi = 6.283185307179586;

uint64_t Mix(uint64_t seed, uint64_t purpose, uint64_t index) {
  const uint64_t first = Mixer(seed).Next();
  const uint64_t second = Mixer(first ^ purpose).Next();
  return Mixer(second ^ index).Next();
}

}  // namespace

Dice::Dice(uint64_t seed, uint64_t purpose, uint64_t index) : mixer_(Mix(seed, purpose, index)) {}

int64_t Dice::Below(int64_t n) {
  // Lemire's multiplication; what it favours is below one in 2^32.
  return static_cast<int64_t>((mixer_.Next() >> 32) * static_cast<uint64_t>(n) >> 32);
}

double Dice::Unit() {
  return (static_cast<double>(mixer_.Next() >> 12) + 0.5) / static_cast<double>(uint64_t{1} << 52);
}

double Dice::Exponential(double rate) { return -std::log(Unit()) / rate; }

double Dice::Normal() {
  // Box and Muller 1958.
  return std::sqrt(-2 * std::log(Unit())) * std::cos(kTwoPi * Unit());
}

double Dice::Gamma(double shape, double rate) {
  // Marsaglia and Tsang 2000; below shape 1 by their section 6.
  if (shape < 1) return Gamma(shape + 1, rate) * std::pow(Unit(), 1 / shape);
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {  // Goes round 1.05 times on average.
    const double x = Normal();
    const double v = std::pow(1 + c * x, 3);
    if (v <= 0) continue;
    if (std::log(Unit()) < x * x / 2 + d - d * v + d * std::log(v)) return d * v / rate;
  }
}

double Dice::Beta(double a, double b) {
  const double x = Gamma(a, 1);
  const double y = Gamma(b, 1);
  return x / (x + y);
}

size_t Dice::Weighted(absl::Span<const int> weights) {
  int64_t left = Below(std::accumulate(weights.begin(), weights.end(), int64_t{0}));
  size_t i = 0;
  while (left >= weights[i]) left -= weights[i++];
  return i;
}

}  // namespace regulars::demo
