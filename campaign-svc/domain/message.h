// One message to one person, as the store keeps it and the sender works on it.
#ifndef CAMPAIGN_SVC_DOMAIN_MESSAGE_H_
#define CAMPAIGN_SVC_DOMAIN_MESSAGE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "chassis/base/cause.h"

namespace regulars::campaign {

// Numbers are stored. What SendMessage and SendTestMessage ask for is a lane of its own.
enum class MessageOrigin { kCampaign = 1, kCall = 2, kTest = 3 };

enum class MessageState {
  kPending = 1,
  // Claimed by a process that sends; nothing has left it.
  kClaimed = 2,
  // Written down right before it is handed to the mail server.
  kSending = 3,
  kSent = 4,
  kSkipped = 5,
  kFailed = 6,
  kBounced = 7,
  kUnknown = 8,
};

// The reason of messages whose customer is not there any more; such a row names nobody.
inline constexpr char kCustomerGone[] = "CUSTOMER_GONE";

inline bool IsFinal(MessageState state) { return state >= MessageState::kSent; }

struct Message {
  int64_t key = 0;
  std::string id;
  MessageOrigin origin = MessageOrigin::kCampaign;
  // Keys of its campaign (0: none) and template.
  int64_t campaign = 0;
  int64_t template_key = 0;
  int64_t template_number = 0;
  // Id of the customer; "" when it goes to nobody known, or the person was erased.
  std::string customer;
  // Only for test messages, and only until they are sent.
  std::string address;
  // Values that the sender filled, as JSON; forgotten once the state is final.
  std::string variables;
  // The sender's own key, or "".
  std::string sender_key;
  MessageState state = MessageState::kPending;
  std::string reason;
  int64_t smtp_code = 0;
  int64_t attempts = 0;
  // How many of them ended without anybody knowing whether the mail went out.
  int64_t doubts = 0;
  // How many of them the mail server put off, or broke. The others are those that a process did not
  // live to make.
  int64_t refusals = 0;
  absl::Time create_time;
  absl::Time due_time;
  // Since when it could not be tried, though it was its turn; unset once it could.
  std::optional<absl::Time> first_time;
  std::optional<absl::Time> finish_time;
  std::optional<absl::Time> open_time;
  std::optional<absl::Time> click_time;
  std::optional<absl::Time> unsubscribe_time;
  // What asked for it: a call, the task that read the campaign's audience, an event that was
  // followed. What becomes of it is published as set off by that.
  Cause cause;
};

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DOMAIN_MESSAGE_H_
