// Messages, one row per recipient (table message).
#ifndef CAMPAIGN_SVC_STORE_MESSAGES_H_
#define CAMPAIGN_SVC_STORE_MESSAGES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "campaign-svc/domain/message.h"
#include "chassis/storage/transaction.h"

namespace regulars::campaign::messages {

absl::StatusOr<std::optional<Message>> Find(Snapshot& db, absl::string_view id);
absl::StatusOr<std::optional<Message>> FindBySenderKey(Snapshot& db, absl::string_view key);

struct Wanted {
  // Key of a campaign, 0 for any; id of a customer, "" for any. Not both.
  int64_t campaign = 0;
  std::string customer;
};
// Newest first, below key `before` (0: from the newest).
absl::StatusOr<std::vector<Message>> List(Snapshot& db, const Wanted& wanted, int64_t before,
                                          int64_t limit);

// Gives it its key, and the change's cause. For campaigns: false, and nothing done, when the
// customer has a row already.
absl::StatusOr<bool> Insert(Transaction& tx, Message& message);

// How many single messages wait.
absl::StatusOr<int64_t> CountWaitingSingles(Snapshot& db);

// --- Sending ------------------------------------------------------------------------------------

// Claims messages of one lane that are due, oldest first: those of one campaign, or single ones
// (0).
absl::StatusOr<std::vector<Message>> Claim(Transaction& tx, int64_t campaign, int64_t limit,
                                           int64_t holder, absl::Time lease_until);

// The two lanes of sending: each claims, and takes up what was left behind, for itself alone.
enum class Of { kCampaigns, kSingles };

// Messages of a lane whose holder is gone, or whose lease has ended: claimed or being sent.
absl::StatusOr<std::vector<Message>> Abandoned(Snapshot& db, Of lane, int64_t holder,
                                               int64_t limit);
// When the first lease of the lane ends.
absl::StatusOr<std::optional<absl::Time>> NextLeaseEnd(Snapshot& db, Of lane);

// Writes down that a claimed message is handed over now. False, and nothing done, when it is no
// longer to be: its campaign does not run, its person was erased, or the claim is void.
absl::StatusOr<bool> MarkSending(Transaction& tx, const Message& message, int64_t holder);

// Writes back state, reason, code, attempts and times; a final state forgets address and values.
absl::Status Save(Transaction& tx, const Message& message);

// When the next waiting single message is due.
absl::StatusOr<std::optional<absl::Time>> NextDueSingle(Snapshot& db);

// Claimed messages of either lane, whoever holds them; at most `limit`.
absl::StatusOr<std::vector<Message>> Claimed(Snapshot& db, int64_t limit);
// Single messages that are claimed wait again.
absl::Status ReleaseSingles(Transaction& tx);

// The next `limit` waiting messages of a campaign, or single ones (0).
absl::StatusOr<std::vector<Message>> Waiting(Snapshot& db, int64_t campaign, int64_t limit);

// --- What readers did ---------------------------------------------------------------------------

absl::Status SetOpened(Transaction& tx, int64_t key, absl::Time time);
absl::Status SetClicked(Transaction& tx, int64_t key, absl::Time time);
absl::Status SetUnsubscribed(Transaction& tx, int64_t key, absl::Time time);
// The message by which the customer unsubscribed at this time.
absl::StatusOr<std::optional<Message>> UnsubscribedAt(Snapshot& db, absl::string_view customer,
                                                      absl::Time time);

// Waiting messages to a customer, at most `limit`.
absl::StatusOr<std::vector<Message>> WaitingOf(Snapshot& db, absl::string_view customer,
                                               int64_t limit);
// Takes a message's customer, address, values and key out of its row.
absl::Status Forget(Transaction& tx, int64_t key);
// Takes a customer's name, address, values and keys out of at most `limit` of its rows; how many.
absl::StatusOr<int64_t> Anonymise(Transaction& tx, absl::string_view customer, int64_t limit);

}  // namespace regulars::campaign::messages

#endif  // CAMPAIGN_SVC_STORE_MESSAGES_H_
