// Feeds events to a service's handlers within a change, without any network.
//
//   ASSERT_OK(store.Write([&](Transaction& tx) {
//     return testing::Feed(tx, handlers, "customers/1", order_recorded);
//   }));
#ifndef CHASSIS_TESTING_FEED_EVENTS_H_
#define CHASSIS_TESTING_FEED_EVENTS_H_

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/feed/event.h"
#include "chassis/feed/feed_handlers.h"

namespace regulars::testing {

// Runs the handler of `payload`'s type as the follower would; what the handler answers.
// UNIMPLEMENTED when the type is not followed. `event` holds what is to differ from the usual.
inline absl::Status Feed(Transaction& tx, const FeedHandlers& handlers, absl::string_view subject,
                         const google::protobuf::Message& payload, FollowedEvent event = {}) {
  event.type = EventTypeOf(*payload.GetDescriptor());
  event.subject = std::string(subject);
  if (event.position == 0) event.position = 1;
  if (event.id.empty()) event.id = absl::StrCat("epoch-", event.position);
  if (event.time == absl::Time()) event.time = tx.now();
  const FeedHandlers::Type* type = handlers.Find(event.type);
  if (type == nullptr) {
    return Error(absl::StatusCode::kUnimplemented, absl::StrCat(event.type, " is not followed"),
                 {.reason = "TYPE_NOT_FOLLOWED"});
  }
  return type->apply(tx, event, payload);
}

}  // namespace regulars::testing

#endif  // CHASSIS_TESTING_FEED_EVENTS_H_
