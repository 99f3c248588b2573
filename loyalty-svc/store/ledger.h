// The ledger's tables: postings, lots, and the programme's accounts.
#ifndef LOYALTY_SVC_STORE_LEDGER_H_
#define LOYALTY_SVC_STORE_LEDGER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "chassis/storage/transaction.h"
#include "loyalty-svc/domain/ledger.h"
#include "loyalty-svc/domain/ledger_totals.h"

namespace regulars::loyalty {

// A posting as it is stored.
struct Posting {
  // Key of the member, and the posting's number among the member's.
  int64_t member = 0;
  int64_t number = 0;
  PostingKind kind = PostingKind::kEarn;
  int64_t points = 0;
  int64_t balance_after = 0;
  int64_t qualifying = 0;
  // Its number among those of the account on its other side; Append() gives it.
  int64_t account_number = 0;
  // Keys of the receipt whose points these are, and of the one that set the posting off.
  std::optional<int64_t> receipt;
  std::optional<int64_t> cause;
  std::string reason_code;
  std::string reference;
  absl::Time create_time;
};

// The order of a receipt, for those who read a posting.
struct PostedOrder {
  std::string order_id;
  std::string source;
  std::string number;
};

namespace ledger {

// Adds a posting, and moves the account on its other side. FAILED_PRECONDITION with
// BALANCE_OUT_OF_RANGE when that would get beyond kMaxAccountBalance.
absl::Status Append(Transaction& tx, const Posting& posting);

// The member's lots by number.
absl::StatusOr<std::vector<Lot>> AllLots(Snapshot& db, int64_t member);
// Those that Move() wants for a taking.
absl::StatusOr<std::vector<Lot>> LotsToTake(Snapshot& db, int64_t member, const Movement& movement);
// Writes what a movement left of the lots.
absl::Status SaveLots(Transaction& tx, int64_t member, const Moved& moved);

// Postings with smaller numbers than `before` (0: from the newest), newest first.
struct ReadPosting {
  Posting posting;
  std::optional<PostedOrder> order;
  // Id of the order that set it off.
  std::string cause_order;
};
absl::StatusOr<std::vector<ReadPosting>> NewestFirst(Snapshot& db, int64_t member, int64_t before,
                                                     int64_t limit);

// All postings of a member, oldest first, one by one.
absl::Status EachPosting(Snapshot& db, int64_t member,
                         const std::function<absl::Status(const Posting&)>& each);

// The programme's accounts.
absl::StatusOr<std::vector<KeptAccount>> Accounts(Snapshot& db);

}  // namespace ledger
}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_STORE_LEDGER_H_
