#include "campaign-svc/follow/rebuild.h"

#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "campaign-svc/delivery/sender.h"
#include "campaign-svc/rpc/campaign_tasks.h"
#include "campaign-svc/store/campaigns.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/timestamps.h"
#include "regulars/customer/v1/segment_service.grpc.pb.h"

namespace regulars::campaign {
namespace {

constexpr int kPage = 500;

// A cursor: "<segment> <page token>". The segment that comes next after `segment`, or "".
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

absl::StatusOr<RebuildPlan<Entered>::Page> Fetch(const Context& context, const Origin& origin,
                                                 const std::string& cursor) {
  Store& store = *context.environment.store;
  RebuildPlan<Entered>::Page page;
  std::pair<std::string, std::string> at = absl::StrSplit(cursor, absl::MaxSplits(' ', 1));
  if (at.first.empty()) {
    ABSL_ASSIGN_OR_RETURN(at.first, NextSegment(store, ""));
  }
  if (at.first.empty()) return page;
  customer::v1::ListSegmentMembersRequest request;
  request.set_parent(rpc::Name("segments", at.first));
  request.set_page_size(kPage);
  request.set_page_token(at.second);
  const auto reply = context.upstreams.customer->Call(
      origin, &customer::v1::SegmentService::Stub::ListSegmentMembers, request);
  // A segment that is gone has no members.
  if (!reply.ok() && !absl::IsNotFound(reply.status())) return reply.status();
  if (reply.ok()) {
    for (const auto& member : reply->members()) {
      ABSL_ASSIGN_OR_RETURN(std::string id, rpc::ParseName("customers", member.customer()));
      ABSL_ASSIGN_OR_RETURN(const absl::Time entered,
                            rpc::FromTimestamp(member.enter_time(), "enter_time"));
      page.items.push_back({at.first, std::move(id), entered});
    }
    if (!reply->next_page_token().empty()) {
      page.next = absl::StrCat(at.first, " ", reply->next_page_token());
      return page;
    }
  }
  ABSL_ASSIGN_OR_RETURN(const std::string next, NextSegment(store, at.first));
  if (!next.empty()) page.next = absl::StrCat(next, " ");
  return page;
}

absl::Status Apply(Transaction& tx, const Entered& entered) {
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

}  // namespace

RebuildPlan<Entered> RebuildEntered(const Context& context) {
  RebuildPlan<Entered> plan;
  plan.fetch = [&context](const Origin& origin, const std::string& cursor) {
    return Fetch(context, origin, cursor);
  };
  plan.apply = [](Transaction& tx, const Entered& entered, int64_t) { return Apply(tx, entered); };
  return plan;
}

}  // namespace regulars::campaign
