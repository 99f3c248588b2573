#include "campaign-svc/rpc/campaign_tasks.h"

#include <any>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "campaign-svc/delivery/outcomes.h"
#include "campaign-svc/delivery/sender.h"
#include "campaign-svc/store/campaigns.h"
#include "campaign-svc/store/messages.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/transient.h"
#include "chassis/rpc/names.h"
#include "regulars/customer/v1/segment_service.grpc.pb.h"

namespace regulars::campaign {
namespace {

// The input of each is the campaign's id.
constexpr char kStartTask[] = "campaign_start";
constexpr char kAudienceTask[] = "campaign_audience";
constexpr char kWatchTask[] = "campaign_watch";
constexpr char kCancelTask[] = "campaign_cancel";

constexpr char kSegmentComputing[] = "SEGMENT_COMPUTING";

// Members read at once: what one step writes without holding up others.
constexpr int kAudiencePage = 250;
constexpr int64_t kCancelledAtOnce = 100;
// A campaign whose time has come waits for others to finish where too many run.
constexpr absl::Duration kLookForRoomAgain = absl::Minutes(1);
// A watched segment is looked for again where customer-svc cannot be asked.
constexpr absl::Duration kLookForSegmentAgain = absl::Minutes(1);
// An audience is asked for again where it cannot be read yet.
constexpr absl::Duration kAskForAudienceAgain = absl::Seconds(5);

absl::Status NotConnected() {
  return Unavailable("CUSTOMERS_UNAVAILABLE", "customer-svc is not connected", absl::Minutes(1));
}

struct AudiencePage {
  std::vector<std::string> customers;
  std::string next;
  // Why it cannot be read yet; OK otherwise.
  absl::Status waits_for;
};

// Whether a segment will be readable without anybody's doing, however long that takes.
bool PassesByItself(const absl::Status& status) {
  return IsTransient(status) && !tasks::IsBrokenOff(status);
}

absl::Status WhatItWaitsFor(const absl::Status& why) {
  if (GetErrorDetails(why).reason == kSegmentComputing) return why;
  return Unavailable("CUSTOMERS_UNAVAILABLE", absl::StrCat("customer-svc: ", why.message()),
                     kAskForAudienceAgain);
}

// A segment whose members are still being found has some of them, or those of another filter.
absl::Status CheckReady(const Context& context, const Origin& origin, const std::string& segment) {
  customer::v1::GetSegmentRequest request;
  request.set_name(rpc::Name("segments", segment));
  ABSL_ASSIGN_OR_RETURN(const auto reply,
                        context.upstreams.customer->Call(
                            origin, &customer::v1::SegmentService::Stub::GetSegment, request));
  if (reply.state() == customer::v1::Segment::STATE_READY) return absl::OkStatus();
  if (reply.state() == customer::v1::Segment::STATE_FAILED) {
    return FailedPrecondition("SEGMENT_FAILED", "finding the segment's members failed");
  }
  return Unavailable(kSegmentComputing, "the segment's members are being found", absl::Seconds(1));
}

absl::StatusOr<AudiencePage> FetchPage(const Context& context, const Origin& origin,
                                       const std::string& segment, const std::string& cursor) {
  if (context.upstreams.customer == nullptr) return NotConnected();
  if (cursor.empty()) {
    ABSL_RETURN_IF_ERROR(CheckReady(context, origin, segment));
  }
  customer::v1::ListSegmentMembersRequest request;
  request.set_parent(rpc::Name("segments", segment));
  request.set_page_size(kAudiencePage);
  request.set_page_token(cursor);
  auto reply = context.upstreams.customer->Call(
      origin, &customer::v1::SegmentService::Stub::ListSegmentMembers, request);
  if (!reply.ok() && GetErrorDetails(reply.status()).reason == "INVALID_PAGE_TOKEN") {
    // The token is too old, after a long stop: from the beginning. Who is written down stays so.
    request.clear_page_token();
    reply = context.upstreams.customer->Call(
        origin, &customer::v1::SegmentService::Stub::ListSegmentMembers, request);
  }
  if (!reply.ok()) return reply.status();
  AudiencePage page;
  for (const auto& member : reply->members()) {
    ABSL_ASSIGN_OR_RETURN(std::string id, rpc::ParseName("customers", member.customer()));
    page.customers.push_back(std::move(id));
  }
  page.next = reply->next_page_token();
  return page;
}

// One that has ended takes nobody in any more.
bool HasEnded(const Campaign& campaign) {
  return campaign.state == CampaignState::kFinished || campaign.state == CampaignState::kCancelled;
}

// The segment of the task's campaign; "" when that has ended.
absl::StatusOr<std::string> SegmentOf(const Context& context, const Task& task) {
  std::string segment;
  ABSL_RETURN_IF_ERROR(
      context.environment.store->readers().Run(Origin(), [&](Snapshot& db) -> absl::Status {
        ABSL_ASSIGN_OR_RETURN(const auto campaign, campaigns::Find(db, task.input));
        if (campaign && !HasEnded(*campaign)) segment = campaign->segment;
        return absl::OkStatus();
      }));
  return segment;
}

void SetError(Campaign& campaign, const absl::Status& why) {
  campaign.error_code = why.code();
  campaign.error_reason = GetErrorDetails(why).reason;
  campaign.error_message = std::string(why.message());
}

absl::StatusOr<std::any> PrepareAudience(const Context& context, const Task& task) {
  ABSL_ASSIGN_OR_RETURN(const std::string segment, SegmentOf(context, task));
  if (segment.empty()) return std::any(AudiencePage());
  auto page = FetchPage(context, tasks::OriginOf(task), segment, task.cursor);
  if (page.ok()) return std::any(*std::move(page));
  if (!PassesByItself(page.status())) return page.status();
  return std::any(AudiencePage{.waits_for = WhatItWaitsFor(page.status())});
}

// Shows what holds a running campaign up; OK: nothing any more. What paused it says more.
absl::Status ShowWait(Transaction& tx, Campaign& campaign, const absl::Status& why) {
  const std::string reason = GetErrorDetails(why).reason;
  if (campaign.state != CampaignState::kRunning ||
      (campaign.error_code == why.code() && campaign.error_reason == reason)) {
    return absl::OkStatus();
  }
  SetError(campaign, why);
  return campaigns::Update(tx, campaign);
}

absl::StatusOr<StepEnd> StepAudience(Transaction& tx, Task& task, std::any& prepared) {
  const auto& page = std::any_cast<const AudiencePage&>(prepared);
  ABSL_ASSIGN_OR_RETURN(auto campaign, campaigns::Find(tx, task.input));
  if (!campaign || HasEnded(*campaign)) return StepEnd::Done();
  ABSL_RETURN_IF_ERROR(ShowWait(tx, *campaign, page.waits_for));
  if (!page.waits_for.ok()) return StepEnd::Later(tx.now() + kAskForAudienceAgain);
  CampaignCounts delta;
  for (const std::string& customer : page.customers) {
    ABSL_ASSIGN_OR_RETURN(const bool added, AddRecipient(tx, *campaign, customer));
    if (added) ++delta.recipients;
  }
  ABSL_RETURN_IF_ERROR(campaigns::AddCounts(tx, campaign->key, delta));
  task.progress_done += static_cast<int64_t>(page.customers.size());
  EffectPool::Ring(tx, kCampaignEffect);
  if (!page.next.empty()) {
    task.cursor = page.next;
    return StepEnd::Again();
  }
  ABSL_ASSIGN_OR_RETURN(campaign, campaigns::FindByKey(tx, campaign->key));
  campaign->audience_complete = true;
  if (IsThrough(*campaign)) {
    ABSL_RETURN_IF_ERROR(MoveCampaign(tx, *campaign, CampaignState::kFinished));
  } else {
    ABSL_RETURN_IF_ERROR(campaigns::Update(tx, *campaign));
  }
  return StepEnd::Done();
}

// The segment cannot be read.
absl::Status AbandonSegment(Transaction& tx, const Task& task) {
  ABSL_ASSIGN_OR_RETURN(auto campaign, campaigns::Find(tx, task.input));
  if (!campaign ||
      (campaign->state != CampaignState::kRunning && campaign->state != CampaignState::kPaused)) {
    return absl::OkStatus();
  }
  return PauseFor(tx, *campaign,
                  task.error.ok() ? absl::CancelledError("the task was cancelled") : task.error);
}

// Whether the segment could be asked for. Who is found to be its member enters it, so it need not
// be ready.
absl::StatusOr<std::any> PrepareWatch(const Context& context, const Task& task) {
  ABSL_ASSIGN_OR_RETURN(const std::string segment, SegmentOf(context, task));
  if (segment.empty()) return std::any(true);
  if (context.upstreams.customer == nullptr) return std::any(false);
  const absl::Status ready = CheckReady(context, tasks::OriginOf(task), segment);
  if (GetErrorDetails(ready).reason == kSegmentComputing) return std::any(true);
  if (!ready.ok() && !PassesByItself(ready)) return ready;
  return std::any(ready.ok());
}

absl::StatusOr<StepEnd> StepWatch(Transaction& tx, Task&, std::any& prepared) {
  if (std::any_cast<bool>(prepared)) return StepEnd::Done();
  return StepEnd::Later(tx.now() + kLookForSegmentAgain);
}

absl::StatusOr<StepEnd> StepStart(Transaction& tx, Task& task, std::any&) {
  ABSL_ASSIGN_OR_RETURN(auto campaign, campaigns::Find(tx, task.input));
  if (!campaign || campaign->state != CampaignState::kScheduled) return StepEnd::Done();
  if (campaign->planned_time && *campaign->planned_time > tx.now()) {
    return StepEnd::Later(*campaign->planned_time);
  }
  const absl::Status room = CheckRoom(tx);
  if (absl::IsResourceExhausted(room)) return StepEnd::Later(tx.now() + kLookForRoomAgain);
  ABSL_RETURN_IF_ERROR(room);
  ABSL_RETURN_IF_ERROR(MoveCampaign(tx, *campaign, CampaignState::kRunning));
  ABSL_RETURN_IF_ERROR(ScheduleCampaign(tx, *campaign, /*read_audience=*/true));
  return StepEnd::Done();
}

absl::StatusOr<StepEnd> StepCancel(Transaction& tx, Task& task, std::any&) {
  ABSL_ASSIGN_OR_RETURN(const auto campaign, campaigns::Find(tx, task.input));
  if (!campaign) return StepEnd::Done();
  ABSL_ASSIGN_OR_RETURN(std::vector<Message> waiting,
                        messages::Waiting(tx, campaign->key, kCancelledAtOnce));
  if (waiting.empty()) return StepEnd::Done();
  Outcomes outcomes(tx);
  for (Message& message : waiting) ABSL_RETURN_IF_ERROR(outcomes.Write(message));
  ABSL_RETURN_IF_ERROR(outcomes.Finish());
  return StepEnd::Again();
}

// Unless one waits: that of a pause, or of a store that was restored.
absl::Status Schedule(Transaction& tx, const char* kind, const Campaign& campaign,
                      absl::Time due = absl::InfinitePast()) {
  const std::string resource = rpc::Name("campaigns", campaign.id);
  ABSL_ASSIGN_OR_RETURN(const auto waiting, tasks::FindWaiting(tx, kind, resource));
  if (waiting) return absl::OkStatus();
  ABSL_RETURN_IF_ERROR(
      tasks::Schedule(tx,
                      {.kind = kind, .input = campaign.id, .resource = resource, .due_time = due})
          .status());
  tx.RingForTasks();
  return absl::OkStatus();
}

}  // namespace

absl::Status PauseFor(Transaction& tx, Campaign& campaign, const absl::Status& why) {
  SetError(campaign, why);
  return MoveCampaign(tx, campaign, CampaignState::kPaused);
}

absl::Status PauseWatching(Transaction& tx, const std::string& segment, absl::Time time) {
  const absl::Status gone =
      NotFound("SEGMENT_NOT_FOUND", absl::StrCat("the segment '", segment, "' was deleted"));
  ABSL_ASSIGN_OR_RETURN(auto watching, campaigns::EntryCampaigns(tx, segment));
  for (Campaign& campaign : watching) {
    const bool known = campaign.error_reason == "SEGMENT_NOT_FOUND" &&
                       campaign.error_code != absl::StatusCode::kOk;
    if (known || (campaign.running_time && time < *campaign.running_time)) continue;
    ABSL_RETURN_IF_ERROR(PauseFor(tx, campaign, gone));
  }
  return absl::OkStatus();
}

absl::Status CheckRoom(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(const auto running,
                        campaigns::InState(db, CampaignState::kRunning, kMaxRunningCampaigns));
  if (static_cast<int64_t>(running.size()) < kMaxRunningCampaigns) return absl::OkStatus();
  return Error(absl::StatusCode::kResourceExhausted,
               absl::StrCat(kMaxRunningCampaigns, " campaigns run, the most there may be"),
               {.reason = "TOO_MANY_CAMPAIGNS"});
}

absl::StatusOr<bool> AddRecipient(Transaction& tx, const Campaign& campaign,
                                  const std::string& customer) {
  Message message;
  message.id = tx.NewId();
  message.origin = MessageOrigin::kCampaign;
  message.campaign = campaign.key;
  message.template_key = campaign.template_key;
  message.template_number = campaign.template_number;
  message.customer = customer;
  message.create_time = message.due_time = tx.now();
  return messages::Insert(tx, message);
}

absl::Status ScheduleCampaign(Transaction& tx, const Campaign& campaign, bool read_audience) {
  switch (campaign.state) {
    case CampaignState::kScheduled:
      return Schedule(tx, kStartTask, campaign, *campaign.planned_time);
    case CampaignState::kRunning:
      EffectPool::Ring(tx, kCampaignEffect);
      // It may have gone while the campaign was a draft, or paused.
      if (campaign.trigger == Trigger::kEntry) return Schedule(tx, kWatchTask, campaign);
      if (campaign.audience_complete || !read_audience) return absl::OkStatus();
      return Schedule(tx, kAudienceTask, campaign);
    case CampaignState::kCancelled:
      return Schedule(tx, kCancelTask, campaign);
    default:
      return absl::OkStatus();
  }
}

void AddCampaignTasks(const Context& context, TaskRunner& runner) {
  runner.Add(kStartTask, {.step = StepStart});
  runner.Add(kAudienceTask,
             {.prepare = [&context](const Task& task) { return PrepareAudience(context, task); },
              .step = StepAudience,
              .abandoned = AbandonSegment});
  runner.Add(kWatchTask,
             {.prepare = [&context](const Task& task) { return PrepareWatch(context, task); },
              .step = StepWatch,
              .abandoned = AbandonSegment});
  runner.Add(kCancelTask, {.step = StepCancel});
}

}  // namespace regulars::campaign
