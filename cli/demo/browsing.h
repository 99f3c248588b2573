// What the demo shop's customers do short of buying, and what they agreed to. Both follow from the
// customer's number, profile and receipts, so that the same shop has the same again. Pure and
// thread-safe.
#ifndef CLI_DEMO_BROWSING_H_
#define CLI_DEMO_BROWSING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cli/demo/model.h"

namespace regulars::demo {

// Who bought in the web shop had looked before, more than once now and then; some look and do not
// buy. `index` is the customer's number, `now` the end of the shop's history.
std::vector<Visit> MakeVisits(uint64_t seed, int64_t index, const Buyer& buyer,
                              const std::vector<Receipt>& receipts, absl::Time now);

// What the customer has said about e-mails, in the order of time.
std::vector<ConsentWord> MakeConsents(uint64_t seed, int64_t index, const Buyer& buyer,
                                      absl::Time now);

}  // namespace regulars::demo

#endif  // CLI_DEMO_BROWSING_H_
