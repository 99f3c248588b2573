#include "customer-svc/follow/campaign.h"

#include <string>
#include <utility>

#include "absl/strings/strip.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/timestamps.h"
#include "customer-svc/rpc/erasure_changes.h"
#include "customer-svc/rpc/followed_changes.h"
#include "regulars/campaign/v1/events.pb.h"
#include "regulars/campaign/v1/message_service.grpc.pb.h"

namespace regulars::customer {
namespace {

namespace campaign = ::regulars::campaign::v1;

using Entry = v1::TimelineEvent::MessageEntry;

constexpr int kPageSize = 500;
// The only channel so far.
constexpr char kEmail[] = "email";

Entry EntryOf(const campaign::MessageFacts& facts, Entry::What what) {
  Entry entry;
  entry.set_message(facts.message());
  entry.set_what(what);
  entry.set_campaign(facts.campaign());
  entry.set_template_(facts.template_());
  entry.set_channel(kEmail);
  return entry;
}

absl::Status Tell(Transaction& tx, const campaign::MessageFacts& facts, Entry::What what) {
  ABSL_ASSIGN_OR_RETURN(const absl::Time time, rpc::FromTimestamp(facts.time(), "time"));
  return TellOfMessage(tx, facts.customer(), EntryOf(facts, what), time);
}

// Follows events that say one thing of a message.
template <typename Payload>
void Follow(FeedHandlers& handlers, Entry::What what) {
  handlers.On<Payload>([what](Transaction& tx, const FollowedEvent&, const Payload& payload) {
    return Tell(tx, payload.message(), what);
  });
}

absl::Status FollowUnsubscribed(Transaction& tx, const FollowedEvent&,
                                const campaign::Unsubscribed& payload) {
  const campaign::MessageFacts& facts = payload.message();
  ABSL_RETURN_IF_ERROR(Tell(tx, facts, Entry::WHAT_UNSUBSCRIBED));
  ABSL_ASSIGN_OR_RETURN(const absl::Time time, rpc::FromTimestamp(facts.time(), "time"));
  return Unsubscribe(tx, facts.customer(), kEmail, facts.topic(), facts.message(), time);
}

absl::Status FollowErasureConfirmed(Transaction& tx, const FollowedEvent&,
                                    const campaign::ErasureConfirmed& confirmed) {
  return ConfirmErasure(tx, absl::StripPrefix(absl::string_view(confirmed.erasure()), "erasures/"),
                        "campaign");
}

campaign::MessageFacts FactsOf(const campaign::Message& message) {
  campaign::MessageFacts facts;
  facts.set_message(message.name());
  facts.set_customer(message.customer());
  facts.set_campaign(message.campaign());
  // "templates/{template}/versions/{version}" without its version.
  const std::string& version = message.template_version();
  facts.set_template_(version.substr(0, version.find("/versions/")));
  facts.set_channel(message.channel());
  facts.set_topic(message.topic());
  return facts;
}

// What became of a message that has come to this state.
Entry::What EndOf(campaign::Message::State state) {
  switch (state) {
    case campaign::Message::STATE_SENT:
      return Entry::WHAT_SENT;
    case campaign::Message::STATE_BOUNCED:
      return Entry::WHAT_BOUNCED;
    case campaign::Message::STATE_FAILED:
    case campaign::Message::STATE_UNKNOWN:
      return Entry::WHAT_FAILED;
    default:
      return Entry::WHAT_UNSPECIFIED;
  }
}

// Tells all that is known of a message, as its events would have.
absl::Status ApplyMessage(Transaction& tx, const campaign::Message& message, int64_t) {
  campaign::MessageFacts facts = FactsOf(message);
  const auto tell = [&](bool happened, const google::protobuf::Timestamp& time, Entry::What what) {
    if (!happened) return absl::OkStatus();
    *facts.mutable_time() = time;
    return Tell(tx, facts, what);
  };
  // Nothing is published of tests but that their reader unsubscribed.
  if (message.origin() != campaign::Message::ORIGIN_TEST) {
    const Entry::What end = EndOf(message.state());
    ABSL_RETURN_IF_ERROR(tell(end != Entry::WHAT_UNSPECIFIED, message.finish_time(), end));
    ABSL_RETURN_IF_ERROR(tell(message.has_open_time(), message.open_time(), Entry::WHAT_OPENED));
    ABSL_RETURN_IF_ERROR(tell(message.has_click_time(), message.click_time(), Entry::WHAT_CLICKED));
  }
  if (!message.has_unsubscribe_time()) return absl::OkStatus();
  campaign::Unsubscribed unsubscribed;
  *facts.mutable_time() = message.unsubscribe_time();
  *unsubscribed.mutable_message() = std::move(facts);
  return FollowUnsubscribed(tx, {}, unsubscribed);
}

RebuildPlan<campaign::Message> RebuildFromCampaign(Peer& peer) {
  using Page = RebuildPlan<campaign::Message>::Page;
  return {
      .fetch = [&peer](const Origin& origin, const std::string& cursor) -> absl::StatusOr<Page> {
        campaign::ListMessagesRequest request;
        request.set_page_size(kPageSize);
        request.set_page_token(cursor);
        ABSL_ASSIGN_OR_RETURN(
            auto reply, peer.Call(origin, &campaign::MessageService::Stub::ListMessages, request));
        Page page{.next = reply.next_page_token()};
        for (auto& message : *reply.mutable_messages()) {
          page.items.push_back(std::move(message));
        }
        return page;
      },
      // What was sent stays sent, whatever campaign-svc was restored from: nothing is swept.
      .apply = ApplyMessage,
      .finish = [](Transaction& tx,
                   int64_t generation) { return AskAgain(tx, "campaign", generation); }};
}

}  // namespace

FeedHandlers CampaignHandlers(Peer* peer) {
  FeedHandlers handlers;
  Follow<campaign::MessageSent>(handlers, Entry::WHAT_SENT);
  Follow<campaign::MessageFailed>(handlers, Entry::WHAT_FAILED);
  Follow<campaign::MessageBounced>(handlers, Entry::WHAT_BOUNCED);
  Follow<campaign::MessageOpened>(handlers, Entry::WHAT_OPENED);
  Follow<campaign::MessageClicked>(handlers, Entry::WHAT_CLICKED);
  // A withdrawal must not wait for somebody to look at what is parked; consents go by their time.
  handlers.OnAtOnce<campaign::Unsubscribed>(FollowUnsubscribed);
  handlers.OnAtOnce<campaign::ErasureConfirmed>(FollowErasureConfirmed);
  if (peer != nullptr) handlers.Rebuild<campaign::Message>(RebuildFromCampaign(*peer));
  return handlers;
}

}  // namespace regulars::customer
