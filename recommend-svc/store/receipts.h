// Orders as they are counted, by their natural key, and what customers bought.
#ifndef RECOMMEND_SVC_STORE_RECEIPTS_H_
#define RECOMMEND_SVC_STORE_RECEIPTS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/storage/transaction.h"
#include "recommend-svc/domain/basket.h"

namespace regulars::recommend::receipts {

// What returns took back, by order name and item, in millionths.
using TakenBack = std::map<std::pair<std::string, int64_t>, int64_t>;

struct Receipt {
  // 0 if it is not stored yet.
  int64_t key = 0;
  std::string source;
  std::string number;
  // "orders/{order}".
  std::string order_name;
  std::optional<int64_t> customer;
  std::string store;
  absl::Time order_time;
  // Ascending by item.
  std::vector<SoldItem> sold;
  // By the returns among its lines.
  TakenBack returned;
  int64_t generation = 0;
  // Grows with each change of the order; 0 if unknown.
  int64_t version = 0;

  friend bool operator==(const Receipt&, const Receipt&) = default;
};

absl::StatusOr<std::optional<Receipt>> Find(Snapshot& db, absl::string_view source,
                                            absl::string_view number);
absl::StatusOr<std::optional<Receipt>> FindByOrder(Snapshot& db, absl::string_view order_name);

// Stores it anew, or over the stored one with its key.
absl::Status Put(Transaction& tx, const Receipt& receipt);
absl::Status Delete(Transaction& tx, int64_t key);
// One that bears a smaller generation.
absl::StatusOr<std::optional<Receipt>> FindOlder(Snapshot& db, int64_t generation);

// Remembers that an order was cancelled, in this version of it; 0: it was not.
absl::Status SetCancelled(Transaction& tx, absl::string_view order_name, int64_t version);
// 0 for orders of which that is not known.
absl::StatusOr<int64_t> CancelledVersion(Snapshot& db, absl::string_view order_name);

// What all returns took back of an order.
absl::StatusOr<Quantities> LoadTakenBack(Snapshot& db, absl::string_view order_name);
// Adds to it; what comes to nothing goes.
absl::Status AddTakenBack(Transaction& tx, absl::string_view order_name, int64_t item, int64_t by);

// A customer's receipts, latest order first. `each` may end the walk with an error.
absl::Status EachOf(Snapshot& db, int64_t customer,
                    const std::function<absl::Status(const Receipt&)>& each);

// What a customer bought, latest order first, an order's items ascending; of the latest
// `max_orders`, at least 1, that sold something in stores whose data the caller may see, among the
// latest 5,000 receipts. `each` answers false to end.
struct Purchase {
  int64_t item = 0;
  absl::Time time;
};
absl::Status EachPurchase(Snapshot& db, int64_t customer, int64_t max_orders,
                          const std::function<bool(const Purchase&)>& each);

}  // namespace regulars::recommend::receipts

#endif  // RECOMMEND_SVC_STORE_RECEIPTS_H_
