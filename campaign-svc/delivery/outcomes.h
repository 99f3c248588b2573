// What becomes of messages, in one change: rows, counts, suppressions, events, and the end of
// campaigns that are through.
//
//   Outcomes outcomes(tx);
//   message.state = MessageState::kSent;
//   ABSL_RETURN_IF_ERROR(outcomes.Write(message));
//   return outcomes.Finish();   // Once, at the change's end.
#ifndef CAMPAIGN_SVC_DELIVERY_OUTCOMES_H_
#define CAMPAIGN_SVC_DELIVERY_OUTCOMES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "campaign-svc/domain/campaign.h"
#include "campaign-svc/domain/message.h"
#include "campaign-svc/domain/template.h"
#include "chassis/base/cause.h"
#include "chassis/storage/transaction.h"
#include "regulars/campaign/v1/events.pb.h"

namespace regulars::campaign {

class Outcomes {
 public:
  explicit Outcomes(Transaction& tx) : tx_(tx) {}

  // Writes a message's state back. A final one gets its time, is counted and published as set off
  // by the message's own cause, whatever this change's is, as is the end of its campaign; a bounce
  // suppresses the address (its hash, and with it the customer's name). A message that is to wait
  // on, of a campaign that was cancelled, is skipped.
  absl::Status Write(Message& message, absl::string_view address_hash = "");

  // The first opening or click: counts and publishes it, unless there was one. `cause` is what the
  // reader did.
  absl::Status Opened(Message& message, absl::Time time, const Cause& cause);
  absl::Status Clicked(Message& message, absl::Time time, const Cause& cause);
  // Its reader wants no more of the topic. Counted once for each message, and published where it is
  // news. The message may be one that has no row.
  absl::Status Unsubscribed(Message& message, const std::string& topic, absl::Time time, bool news);

  // Adds to the counts, and finishes campaigns that are through.
  absl::Status Finish();

 private:
  absl::StatusOr<v1::MessageFacts> Facts(const Message& message, absl::Time time);
  absl::StatusOr<const Campaign*> CampaignOf(const Message& message);
  absl::Status WriteFinal(Message& message, absl::string_view address_hash);
  void Count(const Message& message);
  absl::Status FinishCampaign(Campaign& campaign);
  template <typename Event>
  absl::Status Publish(const Message& message, absl::Time time, const Cause& cause, Event event);

  Transaction& tx_;
  std::map<int64_t, CampaignCounts> counts_;
  // By campaign: of the message that became final last.
  std::map<int64_t, Cause> causes_;
  std::map<int64_t, std::optional<Campaign>> campaigns_;
  std::map<std::pair<int64_t, int64_t>, std::optional<Template>> templates_;
};

// Changes a campaign's state, with its times, its version and its event.
absl::Status MoveCampaign(Transaction& tx, Campaign& campaign, CampaignState state);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DELIVERY_OUTCOMES_H_
