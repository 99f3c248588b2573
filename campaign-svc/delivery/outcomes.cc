#include "campaign-svc/delivery/outcomes.h"

#include <utility>

#include "campaign-svc/store/campaigns.h"
#include "campaign-svc/store/messages.h"
#include "campaign-svc/store/suppressions.h"
#include "campaign-svc/store/templates.h"
#include "chassis/base/status_macros.h"
#include "chassis/feed/event.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/timestamps.h"

namespace regulars::campaign {

absl::StatusOr<const Campaign*> Outcomes::CampaignOf(const Message& message) {
  if (message.campaign == 0) return nullptr;
  const auto [at, added] = campaigns_.try_emplace(message.campaign);
  if (added) {
    ABSL_ASSIGN_OR_RETURN(at->second, campaigns::FindByKey(tx_, message.campaign));
  }
  return at->second ? &*at->second : nullptr;
}

absl::StatusOr<v1::MessageFacts> Outcomes::Facts(const Message& message, absl::Time time) {
  v1::MessageFacts facts;
  if (!message.id.empty()) facts.set_message(rpc::Name("messages", message.id));
  facts.set_customer(rpc::Name("customers", message.customer));
  ABSL_ASSIGN_OR_RETURN(const Campaign* campaign, CampaignOf(message));
  if (campaign != nullptr) facts.set_campaign(rpc::Name("campaigns", campaign->id));
  const auto [at, added] = templates_.try_emplace({message.template_key, message.template_number});
  if (added) {
    ABSL_ASSIGN_OR_RETURN(
        at->second, templates::FindWithVersion(tx_, message.template_key, message.template_number));
  }
  if (at->second) {
    facts.set_template_(rpc::Name("templates", at->second->id));
    facts.set_topic(at->second->topic);
  }
  facts.set_channel(v1::CHANNEL_EMAIL);
  *facts.mutable_time() = rpc::ToTimestamp(time);
  return facts;
}

template <typename Event>
absl::Status Outcomes::Publish(const Message& message, absl::Time time, const Cause& cause,
                               Event event) {
  // Nobody follows tests, nor what has no person any more.
  if (message.origin == MessageOrigin::kTest || message.customer.empty()) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(*event.mutable_message(), Facts(message, time));
  tx_.PublishFor(cause, PackEvent(event.message().customer(), "", event));
  return absl::OkStatus();
}

void Outcomes::Count(const Message& message) {
  if (message.campaign == 0) return;
  CampaignCounts& counts = counts_[message.campaign];
  switch (message.state) {
    case MessageState::kSent:
      ++counts.sent;
      break;
    case MessageState::kSkipped:
      ++counts.skipped;
      break;
    case MessageState::kFailed:
      ++counts.failed;
      break;
    case MessageState::kBounced:
      ++counts.bounced;
      break;
    case MessageState::kUnknown:
      ++counts.unknown;
      break;
    case MessageState::kPending:
    case MessageState::kClaimed:
    case MessageState::kSending:
      break;
  }
}

absl::Status Outcomes::WriteFinal(Message& message, absl::string_view address_hash) {
  message.finish_time = tx_.now();
  ABSL_RETURN_IF_ERROR(messages::Save(tx_, message));
  Count(message);
  if (message.campaign != 0) causes_[message.campaign] = message.cause;
  // Who is gone may have been erased before the message was written down: then nobody comes again
  // to take them out of it.
  if (message.reason == kCustomerGone) ABSL_RETURN_IF_ERROR(messages::Forget(tx_, message.key));
  switch (message.state) {
    case MessageState::kSent:
      return Publish(message, tx_.now(), message.cause, v1::MessageSent());
    case MessageState::kBounced: {
      if (message.origin != MessageOrigin::kTest) {
        ABSL_RETURN_IF_ERROR(suppressions::Add(tx_, {.id = tx_.NewId(),
                                                     .cause = SuppressionCause::kBounce,
                                                     .customer = message.customer,
                                                     .address_hash = std::string(address_hash),
                                                     .create_time = tx_.now()})
                                 .status());
      }
      v1::MessageBounced event;
      event.set_smtp_code(static_cast<int32_t>(message.smtp_code));
      return Publish(message, tx_.now(), message.cause, std::move(event));
    }
    case MessageState::kFailed:
    case MessageState::kUnknown: {
      v1::MessageFailed event;
      event.set_reason(message.state == MessageState::kUnknown ? "OUTCOME_UNKNOWN"
                                                               : message.reason);
      return Publish(message, tx_.now(), message.cause, std::move(event));
    }
    default:
      return absl::OkStatus();
  }
}

absl::Status Outcomes::Write(Message& message, absl::string_view address_hash) {
  if (!IsFinal(message.state)) {
    ABSL_ASSIGN_OR_RETURN(const Campaign* campaign, CampaignOf(message));
    if (campaign == nullptr || campaign->state != CampaignState::kCancelled) {
      return messages::Save(tx_, message);
    }
    message.state = MessageState::kSkipped;
    message.reason = "CAMPAIGN_CANCELLED";
  }
  return WriteFinal(message, address_hash);
}

absl::Status Outcomes::Opened(Message& message, absl::Time time, const Cause& cause) {
  if (message.open_time) return absl::OkStatus();
  message.open_time = time;
  if (message.campaign != 0) ++counts_[message.campaign].opened;
  ABSL_RETURN_IF_ERROR(messages::SetOpened(tx_, message.key, time));
  return Publish(message, time, cause, v1::MessageOpened());
}

absl::Status Outcomes::Clicked(Message& message, absl::Time time, const Cause& cause) {
  if (message.click_time) return absl::OkStatus();
  message.click_time = time;
  if (message.campaign != 0) ++counts_[message.campaign].clicked;
  ABSL_RETURN_IF_ERROR(messages::SetClicked(tx_, message.key, time));
  return Publish(message, time, cause, v1::MessageClicked());
}

absl::Status Outcomes::Unsubscribed(Message& message, const std::string& topic, absl::Time time,
                                    bool news) {
  if (message.campaign != 0 && !message.unsubscribe_time) ++counts_[message.campaign].unsubscribed;
  message.unsubscribe_time = time;
  ABSL_RETURN_IF_ERROR(messages::SetUnsubscribed(tx_, message.key, time));
  if (!news) return absl::OkStatus();
  v1::Unsubscribed event;
  ABSL_ASSIGN_OR_RETURN(*event.mutable_message(), Facts(message, time));
  event.mutable_message()->set_topic(topic);
  tx_.Publish(PackEvent(event.message().customer(), "", event));
  return absl::OkStatus();
}

absl::Status Outcomes::FinishCampaign(Campaign& campaign) {
  Origin origin = tx_.origin();
  if (const auto last = causes_.find(campaign.key); last != causes_.end()) {
    origin.correlation_id = last->second.correlation_id;
    origin.hops = last->second.hops;
  }
  return tx_.As(origin, [&campaign](Transaction& tx) {
    return MoveCampaign(tx, campaign, CampaignState::kFinished);
  });
}

absl::Status Outcomes::Finish() {
  for (const auto& [key, delta] : counts_) {
    ABSL_RETURN_IF_ERROR(campaigns::AddCounts(tx_, key, delta));
    ABSL_ASSIGN_OR_RETURN(auto campaign, campaigns::FindByKey(tx_, key));
    if (campaign && IsThrough(*campaign)) ABSL_RETURN_IF_ERROR(FinishCampaign(*campaign));
  }
  counts_.clear();
  causes_.clear();
  return absl::OkStatus();
}

absl::Status MoveCampaign(Transaction& tx, Campaign& campaign, CampaignState state) {
  campaign.state = state;
  if (state == CampaignState::kRunning) {
    campaign.running_time = tx.now();
    if (!campaign.start_time) campaign.start_time = tx.now();
  }
  if (state == CampaignState::kFinished || state == CampaignState::kCancelled) {
    campaign.finish_time = tx.now();
  }
  ++campaign.version;
  campaign.update_time = tx.now();
  ABSL_RETURN_IF_ERROR(campaigns::Update(tx, campaign));
  v1::CampaignStateChanged event;
  event.set_campaign(rpc::Name("campaigns", campaign.id));
  event.set_state(static_cast<v1::Campaign::State>(state));
  tx.Publish(PackEvent(event.campaign(), "", event));
  return absl::OkStatus();
}

}  // namespace regulars::campaign
