#include "recommend-svc/follow/reconcile.h"

#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "chassis/base/money.h"
#include "chassis/rpc/timestamps.h"
#include "recommend-svc/domain/basket.h"
#include "recommend-svc/store/counts.h"
#include "recommend-svc/store/customers.h"
#include "recommend-svc/store/items.h"
#include "recommend-svc/store/settings.h"

namespace regulars::recommend {
namespace {

using receipts::Receipt;
using receipts::TakenBack;

constexpr int64_t kDayMicros = int64_t{24} * 60 * 60 * 1'000'000;

// Quantities beyond all sense stay at the largest number.
int64_t AddQuantities(int64_t a, int64_t b) {
  return CheckedAdd(a, b).value_or(std::numeric_limits<int64_t>::max() >> 1);
}

int64_t DayOf(absl::Time time) {
  const int64_t micros = absl::ToUnixMicros(time);
  return micros / kDayMicros - (micros % kDayMicros < 0 ? 1 : 0);
}

// Whether the facts are of before what is known of the order. Names differ once customer-svc was
// restored, and versions begin anew.
absl::StatusOr<bool> IsOlder(Snapshot& db, const customer::v1::OrderFacts& order,
                             const std::optional<Receipt>& receipt) {
  if (order.version() == 0) return false;
  if (receipt && receipt->order_name == order.order()) return order.version() < receipt->version;
  ABSL_ASSIGN_OR_RETURN(const int64_t cancelled, receipts::CancelledVersion(db, order.order()));
  return order.version() <= cancelled;
}

// What a receipt counts for; nothing if there is none.
Basket BasketOf(const std::optional<Receipt>& receipt) {
  if (!receipt) return {};
  return {DayOf(receipt->order_time), CountedItems(receipt->sold)};
}

// Moves what all returns took back, from what a receipt's returns said to what they say; the names
// of the orders that this concerns.
absl::StatusOr<std::set<std::string>> MoveTakenBack(Transaction& tx, const TakenBack& before,
                                                    const TakenBack& after) {
  std::map<std::pair<std::string, int64_t>, int64_t> moves = after;
  for (const auto& [key, quantity] : before) moves[key] -= quantity;
  std::set<std::string> orders;
  for (const auto& [key, by] : moves) {
    if (by == 0) continue;
    ABSL_RETURN_IF_ERROR(receipts::AddTakenBack(tx, key.first, key.second, by));
    orders.insert(key.first);
  }
  return orders;
}

// Decides anew which items of a stored receipt count.
absl::Status Recount(Transaction& tx, const std::string& order_name, CountChange& change) {
  ABSL_ASSIGN_OR_RETURN(std::optional<Receipt> receipt, receipts::FindByOrder(tx, order_name));
  if (!receipt) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const Quantities returned, receipts::LoadTakenBack(tx, order_name));
  std::vector<SoldItem> sold = receipt->sold;
  MarkCounted(returned, sold);
  if (sold == receipt->sold) return absl::OkStatus();
  const Basket before = BasketOf(receipt);
  receipt->sold = std::move(sold);
  change.Replace(before, BasketOf(receipt));
  return receipts::Put(tx, *receipt);
}

// Puts `after` (or nothing) in the place of `before` (or nothing).
absl::Status Replace(Transaction& tx, const std::optional<Receipt>& before,
                     std::optional<Receipt> after) {
  CountChange change;
  ABSL_ASSIGN_OR_RETURN(const std::set<std::string> orders,
                        MoveTakenBack(tx, before ? before->returned : TakenBack(),
                                      after ? after->returned : TakenBack()));
  if (after) {
    ABSL_ASSIGN_OR_RETURN(const Quantities returned,
                          receipts::LoadTakenBack(tx, after->order_name));
    MarkCounted(returned, after->sold);
    if (after != before) ABSL_RETURN_IF_ERROR(receipts::Put(tx, *after));
  } else if (before) {
    ABSL_RETURN_IF_ERROR(receipts::Delete(tx, before->key));
  }
  if (before && before->customer && (!after || after->customer != before->customer)) {
    ABSL_RETURN_IF_ERROR(customers::DropUnused(tx, *before->customer));
  }
  change.Replace(BasketOf(before), BasketOf(after));
  for (const std::string& order : orders) ABSL_RETURN_IF_ERROR(Recount(tx, order, change));
  if (change.empty()) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const Settings settings, settings::Load(tx));
  return counts::Post(tx, change, settings.best_seller_days);
}

}  // namespace

absl::StatusOr<Receipt> ReadReceipt(Transaction& tx, const customer::v1::OrderFacts& order) {
  Receipt receipt;
  receipt.source = order.source();
  receipt.number = order.receipt_number();
  receipt.order_name = order.order();
  receipt.version = order.version();
  receipt.store = order.store();
  ABSL_ASSIGN_OR_RETURN(receipt.order_time, rpc::FromTimestamp(order.order_time(), "order_time"));
  const absl::string_view customer = absl::StripPrefix(order.customer(), "customers/");
  if (!customer.empty()) {
    ABSL_ASSIGN_OR_RETURN(receipt.customer, customers::Know(tx, customer));
  }
  std::map<int64_t, int64_t> sold;
  for (const customer::v1::OrderLineFacts& line : order.lines()) {
    if (line.kind() == customer::v1::OrderLine::KIND_CHARGE || line.item().empty()) continue;
    ABSL_ASSIGN_OR_RETURN(const int64_t item, items::Learn(tx, line.item()));
    if (line.type() != customer::v1::OrderLine::TYPE_RETURN) {
      sold[item] = AddQuantities(sold[item], line.quantity_micros());
      continue;
    }
    for (const customer::v1::ReturnLink& link : line.return_links()) {
      // Of the sold line's item, however the return calls it.
      int64_t back = item;
      if (!link.item().empty()) {
        ABSL_ASSIGN_OR_RETURN(back, items::Learn(tx, link.item()));
      }
      int64_t& quantity = receipt.returned[{link.order(), back}];
      quantity = AddQuantities(quantity, link.quantity_micros());
    }
  }
  for (const auto& [item, quantity] : sold) receipt.sold.push_back({item, quantity, false});
  return receipt;
}

absl::Status Reconcile(Transaction& tx, const customer::v1::OrderFacts& order, int64_t generation) {
  ABSL_ASSIGN_OR_RETURN(const std::optional<Receipt> before,
                        receipts::Find(tx, order.source(), order.receipt_number()));
  if (generation != 0) {
    ABSL_RETURN_IF_ERROR(receipts::SetCancelled(tx, order.order(), 0));
  } else {
    ABSL_ASSIGN_OR_RETURN(const bool older, IsOlder(tx, order, before));
    if (older) return absl::OkStatus();
  }
  ABSL_ASSIGN_OR_RETURN(Receipt after, ReadReceipt(tx, order));
  if (before) {
    after.key = before->key;
    after.generation = before->generation;
  }
  if (generation != 0) after.generation = generation;
  return Replace(tx, before, std::move(after));
}

absl::Status Cancel(Transaction& tx, const customer::v1::OrderFacts& order) {
  ABSL_RETURN_IF_ERROR(receipts::SetCancelled(tx, order.order(), order.version()));
  return TakeOut(tx, order.source(), order.receipt_number());
}

absl::Status TakeOut(Transaction& tx, absl::string_view source, absl::string_view number) {
  ABSL_ASSIGN_OR_RETURN(const std::optional<Receipt> before, receipts::Find(tx, source, number));
  if (!before) return absl::OkStatus();
  return Replace(tx, before, std::nullopt);
}

}  // namespace regulars::recommend
