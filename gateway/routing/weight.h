// Weights in headers that say what a caller takes (RFC 9110 §12.4.2). Pure; safe from any thread.
#ifndef GATEWAY_ROUTING_WEIGHT_H_
#define GATEWAY_ROUTING_WEIGHT_H_

#include "absl/strings/string_view.h"

namespace regulars::gateway {

// The weight among the parameters of one thing in a list, from 0 to 1: "level=1; q=0.5" → 0.5. It
// is 1 where there is none, and 0, "not at all", for what is no weight. The first of several
// counts.
double WeightIn(absl::string_view parameters);

}  // namespace regulars::gateway

#endif  // GATEWAY_ROUTING_WEIGHT_H_
