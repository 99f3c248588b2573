#include "loyalty-svc/follow/orders.h"

#include "chassis/base/fingerprint.h"
#include "chassis/base/status_macros.h"
#include "loyalty-svc/follow/order_reading.h"
#include "loyalty-svc/rpc/receipt_changes.h"

namespace regulars::loyalty {
namespace {

// Event ids are "<epoch>-<position>".
Seen SeenIn(const FollowedEvent& event) {
  Fingerprint print;
  print.Add(absl::string_view(event.id).substr(0, event.id.rfind('-')));
  return {static_cast<int64_t>(print.Take()), event.position};
}

absl::Status Apply(Transaction& tx, const FollowedEvent& event,
                   const customer::v1::OrderFacts& facts, bool is_cancelled) {
  ABSL_ASSIGN_OR_RETURN(OrderFacts order, ReadFacts(facts));
  order.is_cancelled = is_cancelled;
  return ApplyOrder(tx, order, SeenIn(event));
}

}  // namespace

absl::Status FollowOrderRecorded(Transaction& tx, const FollowedEvent& event,
                                 const customer::v1::OrderRecorded& payload) {
  return Apply(tx, event, payload.order(), /*is_cancelled=*/false);
}

absl::Status FollowOrderChanged(Transaction& tx, const FollowedEvent& event,
                                const customer::v1::OrderChanged& payload) {
  return Apply(tx, event, payload.order(), /*is_cancelled=*/false);
}

absl::Status FollowOrderCancelled(Transaction& tx, const FollowedEvent& event,
                                  const customer::v1::OrderCancelled& payload) {
  return Apply(tx, event, payload.order(), /*is_cancelled=*/true);
}

}  // namespace regulars::loyalty
