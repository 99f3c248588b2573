// What campaign-svc does with the feed of customer-svc: one function per type of event.
#ifndef CAMPAIGN_SVC_FOLLOW_CUSTOMER_H_
#define CAMPAIGN_SVC_FOLLOW_CUSTOMER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "campaign-svc/rpc/context.h"
#include "chassis/feed/feed_handlers.h"
#include "chassis/storage/transaction.h"
#include "regulars/customer/v1/consent.pb.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::campaign {

// Writes the customer down in every campaign that waits for who enters the segment, and had begun
// when this one did.
absl::Status FollowSegmentEntered(Transaction& tx, const FollowedEvent& event,
                                  const customer::v1::SegmentEntered& payload);
// Pauses every campaign that waits for who enters the segment.
absl::Status FollowSegmentDeleted(Transaction& tx, const FollowedEvent& event,
                                  const customer::v1::SegmentDeleted& payload);
// Skips what waits for the customer.
absl::Status FollowCustomerDeleted(Transaction& tx, const FollowedEvent& event,
                                   const customer::v1::CustomerDeleted& payload);
// Whether a consent opens the way that messages take.
bool IsGrantByEmail(absl::string_view channel, customer::v1::Consent::State state);
// Who agrees again to what they unsubscribed from gets messages again: by e-mail, to one topic or
// to all (""). Where they unsubscribed once more since, that is told: the first time it was not,
// for nothing was known yet of the consent in between.
absl::Status TakeConsent(Transaction& tx, const std::string& customer, const std::string& topic,
                         absl::Time said);
absl::Status FollowConsentChanged(Transaction& tx, const FollowedEvent& event,
                                  const customer::v1::ConsentChanged& payload);
// Takes the person out of everything, and says so.
absl::Status FollowErasureRequested(Transaction& tx, const FollowedEvent& event,
                                    const customer::v1::ErasureRequested& payload);

// All of them; and a rebuild, which finds those who entered a watched segment since its campaign
// began, and segments that are gone, who agreed again to what they had unsubscribed from, and those
// who are to be forgotten. `context` must outlive them.
FeedHandlers CustomerHandlers(const Context& context);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_FOLLOW_CUSTOMER_H_
