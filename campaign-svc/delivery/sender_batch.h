// What the two halves of Sender share: sender_claims.cc, which takes messages from the store and
// writes back what came of them, and sender.cc, which sends them. Nobody else needs it.
#ifndef CAMPAIGN_SVC_DELIVERY_SENDER_BATCH_H_
#define CAMPAIGN_SVC_DELIVERY_SENDER_BATCH_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "campaign-svc/delivery/sender.h"
#include "campaign-svc/domain/settings.h"
#include "campaign-svc/domain/smtp_outcome.h"
#include "campaign-svc/domain/template.h"
#include "chassis/base/mailbox.h"

namespace regulars::campaign {

// Messages that one change claims: the people of one batch are asked about together.
inline constexpr int64_t kMessagesAtOnce = 100;

// Messages of one template that were claimed together, and what all of them need. The first job
// asks, the others wait for it.
struct Sender::Batch {
  int64_t template_key = 0;
  int64_t template_number = 0;
  int64_t holder = 0;
  // Test messages are rendered for people who need not have consented to anything.
  bool test = false;
  std::vector<std::string> customers;

  std::once_flag prepared;
  absl::Status status;
  Settings settings;
  Mailbox from;
  // With the topic of the version.
  std::optional<Template> row;
  std::shared_ptr<const CompiledTemplate> compiled;
  std::map<std::string, Person> people;
  absl::Time asked_time;
};

inline bool IsSingle(const Message& message) { return message.origin != MessageOrigin::kCampaign; }
inline SendLane LaneOf(const Message& message) {
  return IsSingle(message) ? SendLane::kSingle : SendLane::kCampaign;
}

// Whether a message whose outcome nobody knows is given up, after this attempt is counted.
inline bool GivesUp(const Message& message, SenderOptions::InFlight policy) {
  return policy == SenderOptions::InFlight::kGiveUp || message.doubts >= kMaxDoubts ||
         message.attempts >= kMaxAttempts;
}

inline void Final(Message& message, MessageState state, absl::string_view reason) {
  message.state = state;
  message.reason = std::string(reason);
}

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DELIVERY_SENDER_BATCH_H_
