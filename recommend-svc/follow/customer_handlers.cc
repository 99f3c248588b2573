#include "recommend-svc/follow/customer_handlers.h"

#include <optional>

#include "absl/strings/strip.h"
#include "chassis/rpc/timestamps.h"
#include "recommend-svc/follow/erase.h"
#include "recommend-svc/follow/rebuild.h"
#include "recommend-svc/follow/reconcile.h"
#include "recommend-svc/store/customers.h"
#include "recommend-svc/store/items.h"

namespace regulars::recommend {
namespace {

absl::string_view CustomerId(absl::string_view name) {
  return absl::StripPrefix(name, "customers/");
}

// Events that say that a customer was interested in an item. What somebody takes out of the cart
// again was still looked at.
bool IsView(absl::string_view event_name) {
  return event_name == "product_viewed" || event_name == "product_added";
}

}  // namespace

absl::Status FollowOrderRecorded(Transaction& tx, const FollowedEvent&,
                                 const customer::v1::OrderRecorded& payload) {
  return Reconcile(tx, payload.order());
}

absl::Status FollowOrderChanged(Transaction& tx, const FollowedEvent&,
                                const customer::v1::OrderChanged& payload) {
  return Reconcile(tx, payload.order());
}

absl::Status FollowOrderCancelled(Transaction& tx, const FollowedEvent&,
                                  const customer::v1::OrderCancelled& payload) {
  return Cancel(tx, payload.order());
}

// Views of codes that neither orders nor the catalogue know are left aside: whoever may report
// behaviour could make up any number of them.
absl::Status FollowBehaviourRecorded(Transaction& tx, const FollowedEvent&,
                                     const customer::v1::BehaviourRecorded& payload) {
  if (!IsView(payload.event_name()) || payload.item().empty() || payload.customer().empty()) {
    return absl::OkStatus();
  }
  ABSL_ASSIGN_OR_RETURN(const std::optional<int64_t> item, items::FindKey(tx, payload.item()));
  if (!item) return absl::OkStatus();
  customers::View view{.item = *item, .store = payload.store()};
  ABSL_ASSIGN_OR_RETURN(view.time, rpc::FromTimestamp(payload.event_time(), "event_time"));
  ABSL_ASSIGN_OR_RETURN(const auto customer, customers::Know(tx, CustomerId(payload.customer())));
  return customer ? customers::AddView(tx, *customer, view) : absl::OkStatus();
}

absl::Status FollowCustomerDeleted(Transaction& tx, const FollowedEvent&,
                                   const customer::v1::CustomerDeleted& payload) {
  return Forget(tx, payload.customer());
}

absl::Status FollowErasureRequested(Transaction& tx, const FollowedEvent&,
                                    const customer::v1::ErasureRequested& payload) {
  return Erase(tx, payload.erasure(), payload.customer());
}

FeedHandlers CustomerHandlers(Peer* peer, Store* store) {
  FeedHandlers handlers;
  handlers.On<customer::v1::OrderRecorded>(FollowOrderRecorded);
  handlers.On<customer::v1::OrderChanged>(FollowOrderChanged);
  handlers.On<customer::v1::OrderCancelled>(FollowOrderCancelled);
  handlers.On<customer::v1::BehaviourRecorded>(FollowBehaviourRecorded);
  handlers.On<customer::v1::CustomerDeleted>(FollowCustomerDeleted);
  handlers.OnAtOnce<customer::v1::ErasureRequested>(FollowErasureRequested);
  if (peer != nullptr) handlers.Rebuild<RebuildItem>(RebuildFromCustomer(*peer, *store));
  return handlers;
}

}  // namespace regulars::recommend
