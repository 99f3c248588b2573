// Reads of a customer what segments ask about, and nothing else.
#ifndef CUSTOMER_SVC_STORE_SEGMENT_RECORD_H_
#define CUSTOMER_SVC_STORE_SEGMENT_RECORD_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/customer_record.h"

namespace regulars::customer {

// `zone` is the company's. nullopt if there is no such customer.
absl::StatusOr<std::optional<CustomerFacts>> LoadFacts(Snapshot& db, int64_t customer_key,
                                                       const FactNeeds& needs, absl::TimeZone zone);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_STORE_SEGMENT_RECORD_H_
