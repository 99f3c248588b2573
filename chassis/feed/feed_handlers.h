// What a service does with another's feed: one function per type of event, and how to read the
// other's state when events alone no longer tell it. Kept apart from the Follower that drives it,
// so that tests call it without any network (chassis/testing/feed_events.h).
//
//   FeedHandlers handlers;
//   handlers.On<customer::v1::OrderRecorded>(FollowOrderRecorded);
//   handlers.On<customer::v1::OrderCancelled>(FollowOrderCancelled);
//   handlers.Rebuild<customer::v1::OrderFacts>({
//       .fetch = [peer](const Origin& origin, const std::string& cursor) { … one page … },
//       .apply = [](Transaction& tx, const customer::v1::OrderFacts& order, int64_t generation) {
//         return Reconcile(tx, order, generation);   // What the events' functions call too.
//       },
//       .finish = [](Transaction& tx, int64_t generation) { … sweep … return done; }});
//
// Functions are added before the follower starts; then the object is read only.
#ifndef CHASSIS_FEED_FEED_HANDLERS_H_
#define CHASSIS_FEED_FEED_HANDLERS_H_

#include <google/protobuf/any.pb.h>
#include <google/protobuf/message.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/feed/event.h"
#include "chassis/storage/transaction.h"

namespace regulars {

// An event of another service, without its payload.
struct FollowedEvent {
  // Its place in the upstream's feed.
  int64_t position = 0;
  // Unique for ever: "<epoch>-<position>".
  std::string id;
  // "regulars.customer.order_recorded.v1".
  std::string type;
  // The name of the resource that it happened to. Events of one subject keep their order.
  std::string subject;
  // Store or brand that it belongs to, or "".
  std::string realm;
  // When it happened, by the upstream's clock.
  absl::Time time;
};

// How to rebuild from an upstream's current state. Rebuilding begins when the upstream was
// restored, when the events to go on from are gone, and when a type is followed for the first time
// or backfill_version is raised; a crash continues it at the last page, and it begins again when
// `fetch` answers INVALID_PAGE_TOKEN to a later page's cursor. Then events are followed from a
// position that was noted before the first page (see also follows_the_gap), so some describe what a
// page held already: `apply` and the events' functions must end in the same state in any such
// order.
template <typename Item>
struct RebuildPlan {
  struct Page {
    std::vector<Item> items;
    // Where the next page begins; "" after the last.
    std::string next;
  };
  // Reads one page from `cursor` on, "" for the first. Outside any change, on the follower's
  // thread; may call the peer. Transient errors are tried again.
  std::function<absl::StatusOr<Page>(const Origin& origin, const std::string& cursor)> fetch;
  // Makes one item part of this store. Called again with the same item after a crash.
  std::function<absl::Status(Transaction& tx, const Item& item, int64_t generation)> apply;
  // After the last page: removes what the upstream no longer has, a bounded piece at each call
  // (until tx.MustYield()); true when nothing is left to remove. `apply` leaves `generation`, which
  // grows with every rebuild, on what it touches; what bears a smaller one was not seen. May be
  // empty, for what is never forgotten.
  std::function<absl::StatusOr<bool>(Transaction& tx, int64_t generation)> finish;
  // For those whose events tell what no state does. As long as the feed has the events behind the
  // last one that was followed, these are followed after the rebuild, though its state is of a
  // later time. Every function must bear that, and nobody must mind that this store is for a while
  // where the other was. What was parked is dropped all the same.
  bool follows_the_gap = false;
};

class FeedHandlers {
 public:
  // Follows events with this payload. `function` is a change:
  //   absl::Status(Transaction& tx, const FollowedEvent& event, const Payload& payload)
  // Transient errors (UNAVAILABLE, RESOURCE_EXHAUSTED, ABORTED, DEADLINE_EXCEEDED) are tried again
  // with growing delays; any other parks the event and the later ones of its subject.
  template <typename Payload, typename F>
  void On(F function) {
    Type type;
    type.decode = [](const google::protobuf::Any& data) -> std::unique_ptr<const Message> {
      auto payload = std::make_unique<Payload>();
      if (!data.UnpackTo(payload.get())) return nullptr;
      return payload;
    };
    type.apply = [function = std::move(function)](Transaction& tx, const FollowedEvent& event,
                                                  const Message& payload) -> absl::Status {
      return function(tx, event, static_cast<const Payload&>(payload));
    };
    types_[EventTypeOf(*Payload::descriptor())] = std::move(type);
  }

  // The same for events that wait behind nothing: they have their effect though earlier ones of
  // their subject are parked, which come after them then, if ever. For what must not be held up,
  // such as the end of a person, and whose effect what is parked must not undo.
  template <typename Payload, typename F>
  void OnAtOnce(F function) {
    On<Payload>(std::move(function));
    types_[EventTypeOf(*Payload::descriptor())].at_once = true;
  }

  template <typename Item>
  void Rebuild(RebuildPlan<Item> plan) {
    plan_.fetch = [fetch = std::move(plan.fetch)](
                      const Origin& origin, const std::string& cursor) -> absl::StatusOr<Page> {
      auto fetched = fetch(origin, cursor);
      if (!fetched.ok()) return std::move(fetched).status();
      auto items = std::make_shared<std::vector<Item>>(std::move(fetched->items));
      return Page{items->size(), std::move(fetched->next), items};
    };
    plan_.apply = [apply = std::move(plan.apply)](Transaction& tx, const Page& page, size_t index,
                                                  int64_t generation) {
      const auto& items = *std::static_pointer_cast<const std::vector<Item>>(page.items);
      return apply(tx, items[index], generation);
    };
    plan_.finish = std::move(plan.finish);
    plan_.follows_the_gap = plan.follows_the_gap;
  }

  // The rest is for the follower and for tests.

  using Message = google::protobuf::Message;
  struct Type {
    // Null when the data is not of the type.
    std::function<std::unique_ptr<const Message>(const google::protobuf::Any& data)> decode;
    std::function<absl::Status(Transaction&, const FollowedEvent&, const Message&)> apply;
    // Whether it waits behind nothing.
    bool at_once = false;
  };
  struct Page {
    size_t size = 0;
    std::string next;
    std::shared_ptr<const void> items;
  };
  struct Plan {
    std::function<absl::StatusOr<Page>(const Origin&, const std::string& cursor)> fetch;
    std::function<absl::Status(Transaction&, const Page&, size_t index, int64_t generation)> apply;
    std::function<absl::StatusOr<bool>(Transaction&, int64_t generation)> finish;
    bool follows_the_gap = false;
  };

  // Null for types that are not followed.
  const Type* Find(absl::string_view type) const;
  // Names of the types, in order.
  std::vector<std::string> types() const;
  // Null when there is no plan: then the follower goes on from what the feed still has, or, in
  // another epoch, from the newest event.
  const Plan* plan() const { return plan_.fetch ? &plan_ : nullptr; }

 private:
  std::map<std::string, Type> types_;
  Plan plan_;
};

}  // namespace regulars

#endif  // CHASSIS_FEED_FEED_HANDLERS_H_
