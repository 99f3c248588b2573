// What must not be written to.
#ifndef CAMPAIGN_SVC_DOMAIN_SUPPRESSION_H_
#define CAMPAIGN_SVC_DOMAIN_SUPPRESSION_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace regulars::campaign {

// Numbers as in message.proto; stored.
enum class SuppressionCause { kBounce = 1, kUnsubscribe = 2, kManual = 3 };

struct Suppression {
  int64_t key = 0;
  std::string id;
  SuppressionCause cause = SuppressionCause::kManual;
  // "": all topics, and messages without one.
  std::string topic;
  // Id of the customer, or "".
  std::string customer;
  // See AddressHash(), or "".
  std::string address_hash;
  absl::Time create_time;
};

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DOMAIN_SUPPRESSION_H_
