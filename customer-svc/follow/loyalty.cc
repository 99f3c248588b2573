#include "customer-svc/follow/loyalty.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/timestamps.h"
#include "customer-svc/rpc/erasure_changes.h"
#include "customer-svc/rpc/followed_changes.h"
#include "regulars/loyalty/v1/events.pb.h"
#include "regulars/loyalty/v1/ledger_service.grpc.pb.h"
#include "regulars/loyalty/v1/member_service.grpc.pb.h"

namespace regulars::customer {
namespace {

namespace loyalty = ::regulars::loyalty::v1;

constexpr int kMembersAtOnce = 100;
constexpr int kPostingsAtOnce = 500;

// The membership that an event is about, which may be the first that is heard of it.
LoyaltyFacts& MemberIn(std::optional<LoyaltyFacts>& facts, const std::string& member) {
  if (!facts || facts->member != member) facts = LoyaltyFacts{.member = member};
  return *facts;
}

// What a posting is known by: who was enrolled anew by a loyalty-svc that was restored has another
// name there, and the same postings.
std::string NumberOf(const std::string& posting) { return posting.substr(posting.rfind('/') + 1); }

absl::Status RememberPosting(Transaction& tx, const std::string& customer,
                             const loyalty::Posting& posting) {
  v1::TimelineEvent entry;
  entry.set_kind(v1::TimelineEvent::KIND_POINTS);
  *entry.mutable_event_time() = posting.create_time();
  entry.mutable_points()->set_posting(posting.name());
  entry.mutable_points()->set_kind(std::string(
      absl::StripPrefix(absl::string_view(loyalty::Posting::Kind_Name(posting.kind())), "KIND_")));
  entry.mutable_points()->set_points(posting.points());
  entry.mutable_points()->set_balance_after(posting.balance_after());
  entry.mutable_points()->set_order(posting.order());
  const std::string reference = absl::StrCat(kPostingReference, NumberOf(posting.name()));
  return RememberLoyalty(tx, customer, reference, entry);
}

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
  loyalty::Posting posting;
  posting.set_name(posted.posting());
  posting.set_kind(posted.kind());
  posting.set_points(posted.points());
  posting.set_balance_after(posted.balance_after());
  posting.set_order(posted.order());
  *posting.mutable_create_time() = rpc::ToTimestamp(event.time);
  return RememberPosting(tx, posted.customer(), posting);
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
  return RememberLoyalty(tx, changed.customer(), absl::StrCat(kTierReference, cause), entry);
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

struct CustomersPosting {
  std::string customer;
  loyalty::Posting posting;
};
using Item = std::variant<loyalty::Member, CustomersPosting>;
using Page = RebuildPlan<Item>::Page;

// Where a reading goes on: in a page of members, at one of them, in the pages of its postings.
struct Place {
  // Token of ListMembers.
  std::string members;
  // Its place in that page.
  int member = 0;
  // Token of ListPostings; "": the member itself comes first.
  std::string postings;
};

// Tokens hold no blanks.
std::string WritePlace(const Place& place) {
  return absl::StrCat(place.members, " ", place.member, " ", place.postings);
}

Place ReadPlace(const std::string& cursor) {
  const std::vector<std::string> parts = absl::StrSplit(cursor, ' ');
  Place place{.members = parts[0]};
  if (parts.size() == 3 && absl::SimpleAtoi(parts[1], &place.member)) place.postings = parts[2];
  return place;
}

// Adds some postings of a member to a page; the token of the next ones.
absl::StatusOr<std::string> AddPostings(Peer& peer, const Origin& origin,
                                        const loyalty::Member& member, const std::string& token,
                                        Page& page) {
  if (member.customer().empty() || member.posting_count() == 0) return std::string();
  loyalty::ListPostingsRequest request;
  request.set_parent(member.name());
  request.set_page_size(kPostingsAtOnce);
  request.set_page_token(token);
  ABSL_ASSIGN_OR_RETURN(auto reply,
                        peer.Call(origin, &loyalty::LedgerService::Stub::ListPostings, request));
  for (auto& posting : *reply.mutable_postings()) {
    page.items.emplace_back(CustomersPosting{member.customer(), std::move(posting)});
  }
  return reply.next_page_token();
}

// Members, each before its postings: of these somewhat more than kPostingsAtOnce in a page.
absl::StatusOr<Page> FetchMembers(Peer& peer, const Origin& origin, const std::string& cursor) {
  Place place = ReadPlace(cursor);
  loyalty::ListMembersRequest request;
  request.set_page_size(kMembersAtOnce);
  request.set_page_token(place.members);
  ABSL_ASSIGN_OR_RETURN(const auto reply,
                        peer.Call(origin, &loyalty::MemberService::Stub::ListMembers, request));
  Page page;
  for (; place.member < reply.members_size(); ++place.member) {
    const loyalty::Member& member = reply.members(place.member);
    if (place.postings.empty()) page.items.emplace_back(member);
    ABSL_ASSIGN_OR_RETURN(place.postings, AddPostings(peer, origin, member, place.postings, page));
    if (place.postings.empty() && page.items.size() < kPostingsAtOnce) continue;
    if (place.postings.empty()) ++place.member;
    page.next = WritePlace(place);
    return page;
  }
  if (!reply.next_page_token().empty()) {
    page.next = WritePlace({.members = reply.next_page_token()});
  }
  return page;
}

absl::Status Apply(Transaction& tx, const loyalty::Member& member, int64_t generation) {
  std::optional<LoyaltyFacts> facts;
  if (member.state() == loyalty::Member::STATE_ACTIVE) {
    facts = {member.name(), member.tier(), member.balance()};
  }
  ABSL_RETURN_IF_ERROR(RebuildLoyalty(tx, member.customer(), facts, generation));
  return ForgetLoyaltyAfter(tx, member.customer(), member.posting_count());
}

absl::Status Apply(Transaction& tx, const CustomersPosting& each, int64_t) {
  return RememberPosting(tx, each.customer, each.posting);
}

RebuildPlan<Item> RebuildFromLoyalty(Peer& peer) {
  return {
      .fetch = [&peer](const Origin& origin,
                       const std::string& cursor) { return FetchMembers(peer, origin, cursor); },
      .apply =
          [](Transaction& tx, const Item& item, int64_t generation) {
            return std::visit([&](const auto& each) { return Apply(tx, each, generation); }, item);
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
  handlers.OnAtOnce<loyalty::ErasureConfirmed>(FollowErasureConfirmed);
  if (peer != nullptr) handlers.Rebuild<Item>(RebuildFromLoyalty(*peer));
  return handlers;
}

}  // namespace regulars::customer
