#include "customer-svc/follow/loyalty.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/timestamps.h"
#include "customer-svc/rpc/erasure_changes.h"
#include "customer-svc/rpc/followed_changes.h"
#include "regulars/loyalty/v1/events.pb.h"
#include "regulars/loyalty/v1/member_service.grpc.pb.h"

namespace regulars::customer {
namespace {

namespace loyalty = ::regulars::loyalty::v1;

constexpr int kPageSize = 500;

// The membership that an event is about, which may be the first that is heard of it.
LoyaltyFacts& MemberIn(std::optional<LoyaltyFacts>& facts, const std::string& member) {
  if (!facts || facts->member != member) facts = LoyaltyFacts{.member = member};
  return *facts;
}

// What a posting is known by: who was enrolled anew by a loyalty-svc that was restored has another
// name there, and the same postings.
std::string NumberOf(const std::string& posting) { return posting.substr(posting.rfind('/') + 1); }

absl::Status FollowMemberEnrolled(Transaction& tx, const FollowedEvent&,
                                  const loyalty::MemberEnrolled& enrolled) {
  return ChangeLoyalty(tx, enrolled.customer(),
                       [&](auto& facts) { MemberIn(facts, enrolled.member()); });
}

absl::Status FollowPointsPosted(Transaction& tx, const FollowedEvent& event,
                                const loyalty::PointsPosted& posted) {
  ABSL_RETURN_IF_ERROR(ChangeLoyalty(tx, posted.customer(), [&](auto& facts) {
    MemberIn(facts, posted.member()).balance = posted.balance_after();
  }));
  v1::TimelineEvent entry;
  entry.set_kind(v1::TimelineEvent::KIND_POINTS);
  *entry.mutable_event_time() = rpc::ToTimestamp(event.time);
  entry.mutable_points()->set_posting(posted.posting());
  entry.mutable_points()->set_kind(std::string(
      absl::StripPrefix(absl::string_view(loyalty::Posting::Kind_Name(posted.kind())), "KIND_")));
  entry.mutable_points()->set_points(posted.points());
  entry.mutable_points()->set_balance_after(posted.balance_after());
  entry.mutable_points()->set_order(posted.order());
  const std::string reference = absl::StrCat("posting ", NumberOf(posted.posting()));
  return RememberLoyalty(tx, posted.customer(), reference, entry);
}

absl::Status FollowTierChanged(Transaction& tx, const FollowedEvent& event,
                               const loyalty::TierChanged& changed) {
  ABSL_RETURN_IF_ERROR(ChangeLoyalty(tx, changed.customer(), [&](auto& facts) {
    MemberIn(facts, changed.member()).tier = changed.tier();
  }));
  v1::TimelineEvent entry;
  entry.set_kind(v1::TimelineEvent::KIND_TIER);
  *entry.mutable_event_time() = rpc::ToTimestamp(event.time);
  entry.mutable_tier()->set_previous_tier(changed.previous_tier());
  entry.mutable_tier()->set_tier(changed.tier());
  const std::string cause = changed.posting().empty() ? event.id : NumberOf(changed.posting());
  return RememberLoyalty(tx, changed.customer(), absl::StrCat("tier ", cause), entry);
}

absl::Status FollowMemberClosed(Transaction& tx, const FollowedEvent&,
                                const loyalty::MemberClosed& closed) {
  return ChangeLoyalty(tx, closed.customer(), [](auto& facts) { facts.reset(); });
}

absl::Status FollowErasureConfirmed(Transaction& tx, const FollowedEvent&,
                                    const loyalty::ErasureConfirmed& confirmed) {
  return ConfirmErasure(tx, absl::StripPrefix(absl::string_view(confirmed.erasure()), "erasures/"),
                        "loyalty");
}

RebuildPlan<loyalty::Member> RebuildFromLoyalty(Peer& peer) {
  using Page = RebuildPlan<loyalty::Member>::Page;
  return {
      .fetch = [&peer](const Origin& origin, const std::string& cursor) -> absl::StatusOr<Page> {
        loyalty::ListMembersRequest request;
        request.set_page_size(kPageSize);
        request.set_page_token(cursor);
        ABSL_ASSIGN_OR_RETURN(
            auto reply, peer.Call(origin, &loyalty::MemberService::Stub::ListMembers, request));
        Page page{.next = reply.next_page_token()};
        for (auto& member : *reply.mutable_members()) page.items.push_back(std::move(member));
        return page;
      },
      .apply =
          [](Transaction& tx, const loyalty::Member& member, int64_t generation) {
            std::optional<LoyaltyFacts> facts;
            if (member.state() == loyalty::Member::STATE_ACTIVE) {
              facts = {member.name(), member.tier(), member.balance()};
            }
            return RebuildLoyalty(tx, member.customer(), facts, generation);
          },
      .finish = [](Transaction& tx, int64_t generation) -> absl::StatusOr<bool> {
        ABSL_ASSIGN_OR_RETURN(const bool ended, EndUnseenMemberships(tx, generation));
        if (!ended) return false;
        return AskAgain(tx, "loyalty", generation);
      }};
}

}  // namespace

FeedHandlers LoyaltyHandlers(Peer* peer) {
  FeedHandlers handlers;
  handlers.On<loyalty::MemberEnrolled>(FollowMemberEnrolled);
  handlers.On<loyalty::PointsPosted>(FollowPointsPosted);
  handlers.On<loyalty::TierChanged>(FollowTierChanged);
  handlers.On<loyalty::MemberClosed>(FollowMemberClosed);
  handlers.On<loyalty::ErasureConfirmed>(FollowErasureConfirmed);
  if (peer != nullptr) handlers.Rebuild<loyalty::Member>(RebuildFromLoyalty(*peer));
  return handlers;
}

}  // namespace regulars::customer
