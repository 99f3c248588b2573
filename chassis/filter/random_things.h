// Random things and filters about them, for this folder's tests. The values that they draw from are
// few and nasty, so that comparisons often meet equal ones.
#ifndef CHASSIS_FILTER_RANDOM_THINGS_H_
#define CHASSIS_FILTER_RANDOM_THINGS_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "chassis/base/ids.h"
#include "chassis/filter/thing.h"

namespace regulars::filter {

// From REGULARS_TEST_SEED, or a fixed one. Printed, so that a failure can be repeated.
uint64_t SeedForTest();

class Random {
 public:
  explicit Random(uint64_t seed) : mixer_(seed) {}

  size_t Below(size_t bound) { return mixer_.Next() % bound; }
  bool OneIn(size_t n) { return Below(n) == 0; }
  // In [begin, end); begin where they are equal.
  absl::Time Between(absl::Time begin, absl::Time end);

  Thing NextThing(int64_t id);
  // A filter that compiles against ThingSchema(), of any fields; or only of times and windows.
  std::string NextFilter() { return Tree(0, /*times_only=*/false); }
  std::string NextTimeFilter() { return Tree(1, /*times_only=*/true); }
  absl::Time NextNow();
  absl::TimeZone NextZone();

 private:
  std::string Tree(int depth, bool times_only);
  std::string Condition();
  std::string TimeCondition();
  std::string Ordering();
  std::string Number();
  std::string Moment();
  std::string Text();
  std::string Pattern();

  Value MaybeMissing(Value value) { return OneIn(4) ? Value() : std::move(value); }
  int64_t NextInt();
  absl::Time NextTime();
  std::string NextText();

  Mixer mixer_;
};

}  // namespace regulars::filter

#endif  // CHASSIS_FILTER_RANDOM_THINGS_H_
