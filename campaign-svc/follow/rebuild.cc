#include "campaign-svc/follow/rebuild.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "campaign-svc/delivery/sender.h"
#include "campaign-svc/follow/customer.h"
#include "campaign-svc/follow/erase.h"
#include "campaign-svc/rpc/campaign_tasks.h"
#include "campaign-svc/store/campaigns.h"
#include "campaign-svc/store/suppressions.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/timestamps.h"
#include "regulars/customer/v1/consent_service.grpc.pb.h"
#include "regulars/customer/v1/erasure_service.grpc.pb.h"
#include "regulars/customer/v1/segment_service.grpc.pb.h"

namespace regulars::campaign {
namespace {

constexpr int kPage = 500;

using Page = RebuildPlan<RebuildItem>::Page;

// Customers whose consents are asked for on one page, one by one.
constexpr int64_t kCustomersAtOnce = 50;

// A cursor: "<segment> <page token>"; or one of these, and the id of the last customer whose
// consents were read, or a page token of ListErasures. No segment's id ends in a colon.
constexpr char kConsents[] = "consents: ";
constexpr char kErasures[] = "erasures: ";

// The segment that comes next after `segment`, or "".
absl::StatusOr<std::string> NextSegment(Store& store, const std::string& segment) {
  std::string next;
  ABSL_RETURN_IF_ERROR(store.readers().Run(Origin(), [&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const auto watched, campaigns::WatchedSegments(db));
    for (const std::string& other : watched) {
      if (other > segment) {
        next = other;
        break;
      }
    }
    return absl::OkStatus();
  }));
  return next;
}

absl::StatusOr<Page> FetchErasures(const Context& context, const Origin& origin,
                                   absl::string_view token) {
  customer::v1::ListErasuresRequest request;
  request.set_page_size(kPage);
  request.set_page_token(std::string(token));
  ABSL_ASSIGN_OR_RETURN(const auto reply,
                        context.upstreams.customer->Call(
                            origin, &customer::v1::ErasureService::Stub::ListErasures, request));
  Page page;
  for (const auto& erasure : reply.erasures()) {
    page.items.emplace_back(Erased{erasure.name(), erasure.customer()});
  }
  if (!reply.next_page_token().empty()) {
    page.next = absl::StrCat(kErasures, reply.next_page_token());
  }
  return page;
}

// Adds what one customer agrees to by e-mail.
absl::Status FetchConsents(const Context& context, const Origin& origin,
                           const std::string& customer, Page& page) {
  customer::v1::ListConsentsRequest request;
  request.set_customer(rpc::Name("customers", customer));
  // More than there are topics on all channels.
  request.set_page_size(1000);
  const auto reply = context.upstreams.customer->Call(
      origin, &customer::v1::ConsentService::Stub::ListConsents, request);
  // Who is gone agrees to nothing.
  if (absl::IsNotFound(reply.status())) return absl::OkStatus();
  if (!reply.ok()) return reply.status();
  for (const auto& consent : reply->consents()) {
    if (!IsGrantByEmail(consent.channel(), consent.state())) continue;
    ABSL_ASSIGN_OR_RETURN(const absl::Time said,
                          rpc::FromTimestamp(consent.change_time(), "change_time"));
    ABSL_ASSIGN_OR_RETURN(const absl::Time known,
                          rpc::FromTimestamp(consent.create_time(), "create_time"));
    // As the event has it: a clock that is fast does not lift what is said next.
    page.items.emplace_back(Agreed{customer, consent.topic(), std::min(said, known)});
  }
  return absl::OkStatus();
}

absl::StatusOr<Page> FetchAgreed(const Context& context, const Origin& origin,
                                 absl::string_view after) {
  std::vector<std::string> customers;
  ABSL_RETURN_IF_ERROR(
      context.environment.store->readers().Run(Origin(), [&](Snapshot& db) -> absl::Status {
        ABSL_ASSIGN_OR_RETURN(customers,
                              suppressions::WhoUnsubscribed(db, after, kCustomersAtOnce));
        return absl::OkStatus();
      }));
  Page page;
  page.next = kErasures;
  if (customers.empty()) return page;
  for (const std::string& customer : customers) {
    ABSL_RETURN_IF_ERROR(FetchConsents(context, origin, customer, page));
  }
  page.next = absl::StrCat(kConsents, customers.back());
  return page;
}

// Adds the members on one page; the token of the next, or "".
absl::StatusOr<std::string> FetchMembers(const Context& context, const Origin& origin,
                                         const std::string& segment, const std::string& token,
                                         Page& page) {
  customer::v1::ListSegmentMembersRequest request;
  request.set_parent(rpc::Name("segments", segment));
  request.set_page_size(kPage);
  request.set_page_token(token);
  const auto reply = context.upstreams.customer->Call(
      origin, &customer::v1::SegmentService::Stub::ListSegmentMembers, request);
  if (absl::IsNotFound(reply.status())) {
    page.items.emplace_back(Gone{segment});
    return std::string();
  }
  if (!reply.ok()) return reply.status();
  for (const auto& member : reply->members()) {
    ABSL_ASSIGN_OR_RETURN(std::string id, rpc::ParseName("customers", member.customer()));
    ABSL_ASSIGN_OR_RETURN(const absl::Time entered,
                          rpc::FromTimestamp(member.enter_time(), "enter_time"));
    page.items.emplace_back(Entered{segment, std::move(id), entered});
  }
  return reply->next_page_token();
}

absl::StatusOr<Page> Fetch(const Context& context, const Origin& origin,
                           const std::string& cursor) {
  absl::string_view token = cursor;
  if (absl::ConsumePrefix(&token, kConsents)) return FetchAgreed(context, origin, token);
  if (absl::ConsumePrefix(&token, kErasures)) return FetchErasures(context, origin, token);
  Store& store = *context.environment.store;
  std::pair<std::string, std::string> at = absl::StrSplit(cursor, absl::MaxSplits(' ', 1));
  if (at.first.empty()) {
    ABSL_ASSIGN_OR_RETURN(at.first, NextSegment(store, ""));
  }
  Page page;
  page.next = kConsents;
  if (at.first.empty()) return page;
  ABSL_ASSIGN_OR_RETURN(const std::string more,
                        FetchMembers(context, origin, at.first, at.second, page));
  if (!more.empty()) {
    page.next = absl::StrCat(at.first, " ", more);
    return page;
  }
  ABSL_ASSIGN_OR_RETURN(const std::string next, NextSegment(store, at.first));
  if (!next.empty()) page.next = absl::StrCat(next, " ");
  return page;
}

absl::Status WriteDown(Transaction& tx, const Entered& entered) {
  ABSL_ASSIGN_OR_RETURN(const auto waiting, campaigns::EntryCampaigns(tx, entered.segment));
  for (const Campaign& campaign : waiting) {
    if (!campaign.start_time || entered.time < *campaign.start_time) continue;
    ABSL_ASSIGN_OR_RETURN(const bool added, AddRecipient(tx, campaign, entered.customer));
    if (!added) continue;
    ABSL_RETURN_IF_ERROR(campaigns::AddCounts(tx, campaign.key, {.recipients = 1}));
    EffectPool::Ring(tx, kCampaignEffect);
  }
  return absl::OkStatus();
}

absl::Status Apply(Transaction& tx, const RebuildItem& item) {
  if (const auto* erased = std::get_if<Erased>(&item)) {
    return Erase(tx, erased->erasure, erased->customer);
  }
  if (const auto* agreed = std::get_if<Agreed>(&item)) {
    return TakeConsent(tx, agreed->customer, agreed->topic, agreed->time);
  }
  if (const auto* gone = std::get_if<Gone>(&item)) {
    return PauseWatching(tx, gone->segment, tx.now());
  }
  return WriteDown(tx, std::get<Entered>(item));
}

}  // namespace

RebuildPlan<RebuildItem> RebuildFromCustomer(const Context& context) {
  RebuildPlan<RebuildItem> plan;
  plan.fetch = [&context](const Origin& origin, const std::string& cursor) {
    return Fetch(context, origin, cursor);
  };
  plan.apply = [](Transaction& tx, const RebuildItem& item, int64_t) { return Apply(tx, item); };
  return plan;
}

}  // namespace regulars::campaign
