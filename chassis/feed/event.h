// The events of a feed, between protobuf messages and what a store keeps.
//
//   tx.Publish(PackEvent("members/06g1…", /*realm=*/"", points_posted));
#ifndef CHASSIS_FEED_EVENT_H_
#define CHASSIS_FEED_EVENT_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>

#include "absl/strings/string_view.h"
#include "chassis/storage/transaction.h"

namespace regulars {

// The type of events with this payload: regulars.loyalty.v1.PointsPosted is
// "regulars.loyalty.points_posted.v1". Payloads live in packages regulars.<service>.<version>.
std::string EventTypeOf(const google::protobuf::Descriptor& payload);

// An event to publish. `realm` is the store or brand that it belongs to, or "".
Event PackEvent(absl::string_view subject, absl::string_view realm,
                const google::protobuf::Message& payload);

}  // namespace regulars

#endif  // CHASSIS_FEED_EVENT_H_
