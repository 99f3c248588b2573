// Customers that were seen (holders), and those of them who are members.
#ifndef LOYALTY_SVC_STORE_MEMBERS_H_
#define LOYALTY_SVC_STORE_MEMBERS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/filter/expression.h"
#include "chassis/storage/transaction.h"
#include "loyalty-svc/domain/member.h"

namespace regulars::loyalty::members {

// The key of a customer's id.
absl::StatusOr<std::optional<int64_t>> FindHolder(Snapshot& db, absl::string_view customer_id);
// The same, given at the first sight of the customer; nullopt for one who was erased.
absl::StatusOr<std::optional<int64_t>> FindOrAddHolder(Transaction& tx,
                                                       absl::string_view customer_id);
// From now on nothing leads from the customer's id to a key, and nothing will; whether something
// did.
absl::StatusOr<bool> Forget(Transaction& tx, absl::string_view customer_id);

absl::StatusOr<std::optional<Member>> FindByKey(Snapshot& db, int64_t key);
absl::StatusOr<std::optional<Member>> FindById(Snapshot& db, absl::string_view id);
absl::StatusOr<std::optional<Member>> FindByCustomer(Snapshot& db, absl::string_view customer_id);

absl::Status Insert(Transaction& tx, const Member& member);
// Writes state, balance and tier.
absl::Status Update(Transaction& tx, const Member& member);

// Keys of members behind `after`, by key.
absl::StatusOr<std::vector<int64_t>> KeysAfter(Snapshot& db, int64_t after, int64_t limit);

// Customers behind key `after`, by key; without those who were erased.
struct KnownCustomer {
  int64_t key = 0;
  std::string customer_id;
  // See SetLost().
  bool is_lost = false;
};
absl::StatusOr<std::vector<KnownCustomer>> CustomersAfter(Snapshot& db, int64_t after,
                                                          int64_t limit);
// Of them those who are active members and not lost.
absl::StatusOr<std::vector<KnownCustomer>> ActiveCustomersAfter(Snapshot& db, int64_t after,
                                                                int64_t limit);
// Notes whether a customer-svc that was restored lacks the customer, whom nobody deleted.
absl::Status SetLost(Transaction& tx, absl::string_view customer_id, bool is_lost);

// Reads a filter on members. INVALID_ARGUMENT as of filter::CompileRequest.
absl::StatusOr<filter::Expression> CompileMemberFilter(absl::string_view text);

// Members who meet the filter, of those who joined after the one with id `after`.
struct MemberPage {
  std::vector<Member> members;
  // The next page has those behind this id; "" when there are none.
  std::string next;
};
absl::StatusOr<MemberPage> List(Snapshot& db, const filter::Expression& filter,
                                absl::string_view after, int64_t limit);

}  // namespace regulars::loyalty::members

#endif  // LOYALTY_SVC_STORE_MEMBERS_H_
