// Events of customers and of the company.
#ifndef LOYALTY_SVC_FOLLOW_CUSTOMERS_H_
#define LOYALTY_SVC_FOLLOW_CUSTOMERS_H_

#include <string>

#include "absl/status/status.h"
#include "chassis/feed/feed_handlers.h"
#include "chassis/storage/transaction.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::loyalty {

absl::Status FollowCustomerDeleted(Transaction& tx, const FollowedEvent& event,
                                   const customer::v1::CustomerDeleted& payload);
absl::Status FollowErasureRequested(Transaction& tx, const FollowedEvent& event,
                                    const customer::v1::ErasureRequested& payload);
absl::Status FollowCompanySettingsUpdated(Transaction& tx, const FollowedEvent& event,
                                          const customer::v1::CompanySettingsUpdated& payload);

// Closes the membership of a customer, "customers/…", who is no more. Doing it again does no harm.
absl::Status EndMembership(Transaction& tx, const std::string& customer);

// Whether an erasure is confirmed also where nothing was left to erase.
enum class Confirm { kAlways, kIfItChanged };

// Closes the customer's membership and cuts what leads from the customer to it, parked events
// included; a task goes through the replies that are kept for repeats, and says in the feed that it
// is done. Doing it again does no harm.
absl::Status Erase(Transaction& tx, const std::string& erasure, const std::string& customer,
                   Confirm confirm);

// The company's currency, "" if nothing is said of it.
absl::Status LearnBaseCurrency(Transaction& tx, const std::string& currency);

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_FOLLOW_CUSTOMERS_H_
