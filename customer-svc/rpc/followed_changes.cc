#include "customer-svc/rpc/followed_changes.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/timestamps.h"
#include "customer-svc/rpc/consent_changes.h"
#include "customer-svc/rpc/memberships.h"
#include "customer-svc/rpc/timeline.h"
#include "customer-svc/store/customers.h"
#include "customer-svc/store/followed.h"

namespace regulars::customer {
namespace {

using Message = v1::TimelineEvent::MessageEntry;

constexpr int64_t kMembershipsAtOnce = 64;

absl::StatusOr<std::optional<customers::CustomerRef>> Find(Snapshot& db, const std::string& name) {
  return customers::FindById(db, absl::StripPrefix(absl::string_view(name), "customers/"));
}

void MoveTo(absl::Time time, std::optional<absl::Time>& last) {
  last = std::max(last.value_or(time), time);
}

void Count(Message::What what, absl::Time time, EngagementFacts& engagement) {
  switch (what) {
    case Message::WHAT_SENT:
      ++engagement.sends;
      return MoveTo(time, engagement.last_send_time);
    case Message::WHAT_OPENED:
      ++engagement.opens;
      return MoveTo(time, engagement.last_open_time);
    case Message::WHAT_CLICKED:
      ++engagement.clicks;
      return MoveTo(time, engagement.last_click_time);
    case Message::WHAT_BOUNCED:
      ++engagement.bounces;
      return;
    default:
      return;
  }
}

absl::Status ForgetAfter(Transaction& tx, int64_t customer_key, int64_t last) {
  for (const char* reference : {kPostingReference, kTierReference}) {
    ABSL_RETURN_IF_ERROR(followed::DeleteEntriesAfter(tx, customer_key, reference, last));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ChangeLoyalty(Transaction& tx, const std::string& customer,
                           const std::function<void(std::optional<LoyaltyFacts>&)>& change) {
  ABSL_ASSIGN_OR_RETURN(const auto found, Find(tx, customer));
  if (!found) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const auto before, followed::LoadLoyalty(tx, found->key));
  std::optional<LoyaltyFacts> after = before;
  change(after);
  if (after == before) return absl::OkStatus();
  ABSL_RETURN_IF_ERROR(followed::SaveLoyalty(tx, found->key, after));
  return MoveMemberships(tx, found->key, kLoyaltyFacts);
}

absl::Status RebuildLoyalty(Transaction& tx, const std::string& customer,
                            const std::optional<LoyaltyFacts>& loyalty, int64_t generation) {
  ABSL_RETURN_IF_ERROR(ChangeLoyalty(tx, customer, [&](auto& facts) { facts = loyalty; }));
  ABSL_ASSIGN_OR_RETURN(const auto found, Find(tx, customer));
  return found ? followed::MarkLoyalty(tx, found->key, generation) : absl::OkStatus();
}

absl::StatusOr<bool> EndUnseenMemberships(Transaction& tx, int64_t generation) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<int64_t> unseen,
                        followed::ListUnmarkedLoyalty(tx, generation, kMembershipsAtOnce));
  for (const int64_t key : unseen) {
    ABSL_RETURN_IF_ERROR(followed::SaveLoyalty(tx, key, std::nullopt));
    ABSL_RETURN_IF_ERROR(ForgetAfter(tx, key, 0));
    ABSL_RETURN_IF_ERROR(MoveMemberships(tx, key, kLoyaltyFacts));
    if (tx.MustYield()) return false;
  }
  return unseen.size() < kMembershipsAtOnce;
}

absl::Status RememberLoyalty(Transaction& tx, const std::string& customer,
                             absl::string_view reference, const v1::TimelineEvent& event) {
  ABSL_ASSIGN_OR_RETURN(const auto found, Find(tx, customer));
  if (!found) return absl::OkStatus();
  return CorrectTimeline(tx, found->key, reference, event);
}

absl::Status ForgetLoyaltyAfter(Transaction& tx, const std::string& customer, int64_t last) {
  ABSL_ASSIGN_OR_RETURN(const auto found, Find(tx, customer));
  return found ? ForgetAfter(tx, found->key, last) : absl::OkStatus();
}

absl::Status TellOfMessage(Transaction& tx, const std::string& customer, const Message& entry,
                           absl::Time time) {
  ABSL_ASSIGN_OR_RETURN(const auto found, Find(tx, customer));
  if (!found) return absl::OkStatus();
  v1::TimelineEvent event;
  event.set_kind(v1::TimelineEvent::KIND_MESSAGE);
  *event.mutable_event_time() = rpc::ToTimestamp(time);
  *event.mutable_message() = entry;
  const std::string reference =
      absl::StrCat(entry.message(), " ", Message::What_Name(entry.what()));
  ABSL_ASSIGN_OR_RETURN(const bool is_new, RememberInTimeline(tx, found->key, reference, event));
  if (!is_new) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(EngagementFacts engagement, followed::LoadEngagement(tx, found->key));
  const EngagementFacts before = engagement;
  Count(entry.what(), time, engagement);
  if (engagement == before) return absl::OkStatus();
  ABSL_RETURN_IF_ERROR(followed::SaveEngagement(tx, found->key, engagement));
  return MoveMemberships(tx, found->key, kEngagementFacts);
}

absl::Status Unsubscribe(Transaction& tx, const std::string& customer, const std::string& channel,
                         const std::string& topic, const std::string& message, absl::Time time) {
  ABSL_ASSIGN_OR_RETURN(const auto found, Find(tx, customer));
  if (!found) return absl::OkStatus();
  return ApplyConsent(tx, *found,
                      {.channel = channel,
                       .topic = topic,
                       .state = ConsentState::kWithdrawn,
                       .change_time = time,
                       .source = "unsubscribe-link",
                       .proof = message},
                      /*timed=*/true)
      .status();
}

}  // namespace regulars::customer
