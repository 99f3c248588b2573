// What customer-svc makes of what other services tell of customers: fields for segments, entries of
// the timeline, consents withdrawn. The functions in follow/ call these, one for each event. All
// may be told twice, and end in the same state; customers who are not (or no longer) known are
// skipped.
#ifndef CUSTOMER_SVC_RPC_FOLLOWED_CHANGES_H_
#define CUSTOMER_SVC_RPC_FOLLOWED_CHANGES_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/customer_record.h"
#include "regulars/customer/v1/timeline_service.pb.h"

namespace regulars::customer {

// Lets `change` make another membership of what is known ("customers/{customer}" names whose), and
// moves segments where it did. nullopt: no member.
absl::Status ChangeLoyalty(Transaction& tx, const std::string& customer,
                           const std::function<void(std::optional<LoyaltyFacts>&)>& change);

// What loyalty-svc says of a customer while its state is read anew; nullopt: no member.
absl::Status RebuildLoyalty(Transaction& tx, const std::string& customer,
                            const std::optional<LoyaltyFacts>& loyalty, int64_t generation);
// Ends memberships that were not seen in that reading, some at a time; whether none is left. What
// the timeline told of their postings goes.
absl::StatusOr<bool> EndUnseenMemberships(Transaction& tx, int64_t generation);

// Remembers points or a tier in the timeline, or corrects what was told of them under this
// reference: loyalty-svc may have been restored, and its numbers are others' now.
absl::Status RememberLoyalty(Transaction& tx, const std::string& customer,
                             absl::string_view reference, const v1::TimelineEvent& event);

// What the references of postings, and of the tiers that they led to, begin with; their number
// among the customer's follows. A tier that no posting led to has no number, but an event's id.
inline constexpr char kPostingReference[] = "posting ";
inline constexpr char kTierReference[] = "tier ";

// Takes postings with greater numbers than `last`, and the tiers that they led to, out of the
// timeline: a loyalty-svc that was restored has them no more.
absl::Status ForgetLoyaltyAfter(Transaction& tx, const std::string& customer, int64_t last);

// Something that became of a message. Its first telling counts it, moves times and segments and
// enters the timeline.
absl::Status TellOfMessage(Transaction& tx, const std::string& customer,
                           const v1::TimelineEvent::MessageEntry& entry, absl::Time time);

// A customer unsubscribed by a message: withdraws the consent to its topic, "" being the whole
// channel.
absl::Status Unsubscribe(Transaction& tx, const std::string& customer, const std::string& channel,
                         const std::string& topic, const std::string& message, absl::Time time);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_FOLLOWED_CHANGES_H_
