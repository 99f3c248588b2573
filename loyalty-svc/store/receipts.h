// Orders as far as points are concerned, and what returns took back of them.
#ifndef LOYALTY_SVC_STORE_RECEIPTS_H_
#define LOYALTY_SVC_STORE_RECEIPTS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/storage/transaction.h"
#include "loyalty-svc/domain/earning.h"

namespace regulars::loyalty {

// The event that a receipt's state is from; position 0: a rebuild read it.
struct Seen {
  // A fingerprint of the feed's epoch.
  int64_t epoch = 0;
  int64_t position = 0;
};

struct Receipt {
  // 0 until it is stored.
  int64_t key = 0;
  std::string order_id;
  std::string source;
  std::string number;
  // Key of the customer, if known.
  std::optional<int64_t> holder;
  absl::Time order_time;
  std::string store;
  bool is_cancelled = false;
  bool has_sale = false;
  bool has_links = false;
  int64_t earned = 0;
  int64_t unlinked = 0;
  std::vector<CountedLine> counted;
  // What stands in the ledger, and with whom.
  int64_t standing = 0;
  std::optional<int64_t> standing_member;
  Seen seen;
};

namespace receipts {

absl::StatusOr<std::optional<Receipt>> Find(Snapshot& db, absl::string_view source,
                                            absl::string_view number);
absl::StatusOr<std::optional<Receipt>> FindByOrder(Snapshot& db, absl::string_view order_id);
absl::StatusOr<std::optional<Receipt>> FindByKey(Snapshot& db, int64_t key);

// Stores a receipt and gives it its key.
absl::Status Insert(Transaction& tx, Receipt& receipt);
// Writes everything but what stands and the natural key.
absl::Status Update(Transaction& tx, const Receipt& receipt);
absl::Status SaveStanding(Transaction& tx, const Receipt& receipt);

// Keys of a customer's receipts behind key `after`, of this order time or a later one: the first
// `limit`.
absl::StatusOr<std::vector<int64_t>> KeysOfHolder(Snapshot& db, int64_t holder,
                                                  std::optional<absl::Time> from, int64_t after,
                                                  int64_t limit);

// What stands with a member, by the keys of the receipts.
absl::StatusOr<std::map<int64_t, int64_t>> StandingWith(Snapshot& db, int64_t member);

// The latest order time; nullopt while there are no receipts.
absl::StatusOr<std::optional<absl::Time>> LatestOrderTime(Snapshot& db);

// Ids of the orders that this receipt takes something back of.
absl::StatusOr<std::vector<std::string>> LinkedOrders(Snapshot& db, int64_t return_receipt);
// Makes these the links of the receipt.
absl::Status ReplaceLinks(Transaction& tx, int64_t return_receipt,
                          const std::vector<SoldPart>& links);
// What all returns took back of an order.
absl::StatusOr<std::vector<ReturnedLine>> ReturnedOf(Snapshot& db, absl::string_view order_id);
// Customer-svc was restored and gave an order another id: what was taken back of it stays so.
absl::Status RenameOrder(Transaction& tx, absl::string_view before, absl::string_view after);

}  // namespace receipts
}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_STORE_RECEIPTS_H_
