// What the demo shop needs before it can sell, and what it is looked at with: custom attributes,
// currency rates, segments.
//
// Pure and thread-safe.
#ifndef CLI_DEMO_SETUP_H_
#define CLI_DEMO_SETUP_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace regulars::demo {

struct Attribute {
  std::string id;
  std::string display_name;
  // "TYPE_ENUM", as the interface calls it.
  std::string type;
  std::vector<std::string> enum_values;
};

// The first one is of this shop alone: when it was declared tells when the shop was first filled.
std::vector<Attribute> DemoAttributes();

struct DayRate {
  std::string currency;
  // "2026-03-31"
  std::string day;
  // Exact decimal.
  std::string rate;
};

// A rate every week from before the shop's first day until `now`, of the currency that the base
// currency is not. Empty if that is neither EUR nor GBP.
std::vector<DayRate> DemoRates(uint64_t seed, absl::string_view base_currency, absl::Time now);

struct ReadySegment {
  std::string id;
  std::string display_name;
  std::string description;
  std::string filter;
};

std::vector<ReadySegment> DemoSegments();

}  // namespace regulars::demo

#endif  // CLI_DEMO_SETUP_H_
