#include "loyalty-svc/rpc/member_changes.h"

#include <utility>
#include <vector>

#include "chassis/base/status_macros.h"
#include "chassis/feed/event.h"
#include "loyalty-svc/rpc/messages.h"
#include "loyalty-svc/store/members.h"
#include "regulars/loyalty/v1/events.pb.h"

namespace regulars::loyalty {
namespace {

// Events about a member keep their order with those about the customer. Without one, they have the
// member itself.
std::string SubjectOf(const Member& member) {
  return member.customer_id.empty() ? MemberName(member.id) : CustomerName(member.customer_id);
}

template <typename Payload>
void PublishAbout(Transaction& tx, const Member& member, Payload payload) {
  payload.set_member(MemberName(member.id));
  payload.set_customer(CustomerName(member.customer_id));
  tx.Publish(PackEvent(SubjectOf(member), /*realm=*/"", payload));
}

}  // namespace

absl::StatusOr<Member> MakeMember(Transaction& tx, const Programme& programme, int64_t holder,
                                  const std::string& customer_id,
                                  std::optional<absl::Time> counted_from) {
  Member member{.key = holder,
                .id = tx.NewId(),
                .customer_id = customer_id,
                .tier = TierOf(programme.tiers, 0),
                .counted_from = counted_from,
                .create_time = tx.now()};
  ABSL_RETURN_IF_ERROR(members::Insert(tx, member));
  PublishAbout(tx, member, v1::MemberEnrolled());
  if (!member.tier.empty()) {
    v1::TierChanged event;
    event.set_tier(member.tier);
    PublishAbout(tx, member, std::move(event));
  }
  return member;
}

bool MoveTier(Transaction& tx, const Programme& programme, Member& member, int64_t posting) {
  std::string tier = TierOf(programme.tiers, member.balance.qualifying);
  if (tier == member.tier) return false;
  v1::TierChanged event;
  event.set_previous_tier(member.tier);
  event.set_tier(tier);
  if (posting != 0) event.set_posting(PostingName(member.id, posting));
  member.tier = std::move(tier);
  PublishAbout(tx, member, std::move(event));
  return true;
}

absl::StatusOr<Posting> Post(Transaction& tx, const Programme& programme, Member& member,
                             Posting posting, absl::string_view order_id) {
  const Movement movement{
      .points = posting.points, .qualifying = posting.qualifying, .receipt = posting.receipt};
  std::vector<Lot> lots;
  if (movement.points < 0) {
    ABSL_ASSIGN_OR_RETURN(lots, ledger::LotsToTake(tx, member.key, movement));
  }
  ABSL_ASSIGN_OR_RETURN(const Moved moved, Move(member.balance, lots, movement));
  member.balance = moved.after;
  posting.member = member.key;
  posting.number = moved.after.posting_count;
  posting.balance_after = moved.after.points;
  posting.create_time = tx.now();
  ABSL_RETURN_IF_ERROR(ledger::Append(tx, posting));
  ABSL_RETURN_IF_ERROR(ledger::SaveLots(tx, member.key, moved));
  v1::PointsPosted event;
  event.set_posting(PostingName(member.id, posting.number));
  event.set_kind(static_cast<v1::Posting::Kind>(posting.kind));
  event.set_points(posting.points);
  event.set_balance_after(posting.balance_after);
  event.set_qualifying_points_after(member.balance.qualifying);
  event.set_order(OrderName(order_id));
  PublishAbout(tx, member, std::move(event));
  if (member.is_active()) MoveTier(tx, programme, member, posting.number);
  ABSL_RETURN_IF_ERROR(members::Update(tx, member));
  return posting;
}

absl::Status CloseMembership(Transaction& tx, const Programme& programme, Member& member) {
  if (!member.is_active()) return absl::OkStatus();
  member.state = MemberState::kClosed;
  member.close_time = tx.now();
  if (member.balance.points != 0) {
    Posting rest{.kind = PostingKind::kClose, .points = -member.balance.points};
    ABSL_RETURN_IF_ERROR(Post(tx, programme, member, std::move(rest), "").status());
  }
  ABSL_RETURN_IF_ERROR(members::Update(tx, member));
  PublishAbout(tx, member, v1::MemberClosed());
  return absl::OkStatus();
}

}  // namespace regulars::loyalty
