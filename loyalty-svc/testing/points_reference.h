// For tests: what orders come to in points, worked out anew each time from all of them. Slow and
// obvious; shares no arithmetic with the service.
#ifndef LOYALTY_SVC_TESTING_POINTS_REFERENCE_H_
#define LOYALTY_SVC_TESTING_POINTS_REFERENCE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "loyalty-svc/domain/earning.h"

namespace regulars::loyalty {

// Orders as they stand in the end, by receipt number, and all ids that each ever had.
struct KnownOrders {
  std::map<std::string, OrderFacts> by_receipt;
  // Order id → receipt number.
  std::map<std::string, std::string> receipt_of;
};

// Points of each customer who has an order, as if all of them were members from the start.
std::map<std::string, int64_t> ExpectedPoints(const EarningRule& rule, const KnownOrders& orders);

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_TESTING_POINTS_REFERENCE_H_
