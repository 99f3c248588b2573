#include "campaign-svc/rpc/tracking_service.h"

#include <any>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "campaign-svc/delivery/outcomes.h"
#include "campaign-svc/rpc/tracking_pages.h"
#include "campaign-svc/store/hits.h"
#include "campaign-svc/store/messages.h"
#include "campaign-svc/store/settings.h"
#include "campaign-svc/store/suppressions.h"
#include "campaign-svc/store/templates.h"
#include "chassis/base/status_macros.h"
#include "chassis/tasks/task.h"
#include "regulars/campaign/v1/tracking_service.grpc.pb.h"

namespace regulars::campaign {
namespace {

using google::api::HttpBody;

constexpr char kCountTask[] = "count_hits";
// Hits wait for others, so that a wave of them is counted in few changes.
constexpr absl::Duration kCountAfter = absl::Milliseconds(300);
constexpr int64_t kHitsAtOnce = 200;

absl::Status AppendHit(Transaction& tx, const Link& link) {
  ABSL_RETURN_IF_ERROR(hits::Append(tx, link.message, link.kind == LinkKind::kClick));
  ABSL_ASSIGN_OR_RETURN(const auto waiting, tasks::FindWaiting(tx, kCountTask));
  if (waiting) return absl::OkStatus();
  ABSL_RETURN_IF_ERROR(
      tasks::Schedule(tx, {.kind = kCountTask, .due_time = tx.now() + kCountAfter}).status());
  tx.RingForTasks();
  return absl::OkStatus();
}

absl::StatusOr<StepEnd> CountHits(Transaction& tx, Task&, std::any&) {
  ABSL_ASSIGN_OR_RETURN(const auto oldest, hits::Oldest(tx, kHitsAtOnce));
  if (oldest.empty()) return StepEnd::Done();
  Outcomes outcomes(tx);
  for (const hits::Hit& hit : oldest) {
    ABSL_ASSIGN_OR_RETURN(auto message, messages::Find(tx, hit.message));
    if (!message || message->origin == MessageOrigin::kTest) continue;
    ABSL_RETURN_IF_ERROR(hit.click ? outcomes.Clicked(*message, hit.time, hit.cause)
                                   : outcomes.Opened(*message, hit.time, hit.cause));
  }
  ABSL_RETURN_IF_ERROR(outcomes.Finish());
  ABSL_RETURN_IF_ERROR(hits::DeleteUpTo(tx, oldest.back().key));
  return static_cast<int64_t>(oldest.size()) < kHitsAtOnce ? StepEnd::Done() : StepEnd::Again();
}

// The reader does not wait for it, and gets the answer even while the store takes no write: then
// the hit is not counted. Nor is it a deed of anybody's for the audit.
void SubmitHit(const Context& context, const Origin& origin, const Link& link) {
  Change change;
  change.origin = origin;
  change.run = [link](Transaction& tx) { return AppendHit(tx, link); };
  change.done = [](const absl::Status&, int64_t) {};
  context.environment.store->writer().Submit(std::move(change)).IgnoreError();
}

absl::StatusOr<HttpBody> LoadPixel(const Context& context, const Origin& origin,
                                   const v1::LoadPixelRequest& request) {
  const auto link = context.signer.Verify(request.token(), LinkKind::kOpen);
  if (link) SubmitHit(context, origin, *link);
  return PixelReply();
}

absl::StatusOr<HttpBody> FollowLink(const Context& context, const Origin& origin,
                                    const v1::FollowLinkRequest& request) {
  const auto link = context.signer.Verify(request.token(), LinkKind::kClick);
  if (!link) return NotOursReply();
  SubmitHit(context, origin, *link);
  return RedirectReply(link->target);
}

absl::StatusOr<HttpBody> CheckLink(const LinkSigner& signer, const v1::CheckLinkRequest& request) {
  const auto link = signer.Verify(request.token(), LinkKind::kClick);
  return link ? RedirectReply(link->target) : NotOursReply();
}

absl::StatusOr<HttpBody> ShowUnsubscribe(const LinkSigner& signer, Snapshot& db,
                                         const v1::ShowUnsubscribeRequest& request) {
  if (!signer.Verify(request.token(), LinkKind::kUnsubscribe)) return NotOursReply();
  ABSL_ASSIGN_OR_RETURN(const Settings settings, settings::Load(db));
  return AskReply(settings.company_name);
}

absl::StatusOr<HttpBody> Unsubscribe(const LinkSigner& signer, Transaction& tx,
                                     const v1::UnsubscribeRequest& request) {
  const auto link = signer.Verify(request.token(), LinkKind::kUnsubscribe);
  if (!link) return NotOursReply();
  ABSL_ASSIGN_OR_RETURN(const Settings settings, settings::Load(tx));
  const HttpBody done = DoneReply(settings.company_name);
  // The link itself names the person and the topic; an erased person's says nothing any more.
  const std::pair<std::string, std::string> whom = absl::StrSplit(link->target, ' ');
  ABSL_ASSIGN_OR_RETURN(auto message, messages::Find(tx, link->message));
  const bool test = message && message->origin == MessageOrigin::kTest;
  const bool erased = message && message->customer.empty();
  if (whom.first.empty() || whom.second.empty() || test || erased) return done;
  ABSL_ASSIGN_OR_RETURN(const auto added,
                        suppressions::Add(tx, {.id = tx.NewId(),
                                               .cause = SuppressionCause::kUnsubscribe,
                                               .topic = whom.second,
                                               .customer = whom.first,
                                               .create_time = tx.now()}));
  // The message may be unknown, in a store that was restored: customer-svc must hear of it all the
  // same.
  if (!message) message = Message{.id = link->message, .origin = MessageOrigin::kCall};
  message->customer = whom.first;
  Outcomes outcomes(tx);
  ABSL_RETURN_IF_ERROR(
      outcomes.Unsubscribed(*message, whom.second, added.row.create_time, added.news));
  ABSL_RETURN_IF_ERROR(outcomes.Finish());
  return done;
}

}  // namespace

std::unique_ptr<rpc::Service> RegisterTracking(const Context& context, TaskRunner& runner) {
  runner.Add(kCountTask, {.step = CountHits});
  auto service =
      std::make_unique<rpc::Service>(context.environment, v1::TrackingService::service_full_name());
  const LinkSigner& signer = context.signer;
  service->Read("LoadPixel", [&context](Snapshot& db, const v1::LoadPixelRequest& request) {
    return LoadPixel(context, db.origin(), request);
  });
  service->Read("FollowLink", [&context](Snapshot& db, const v1::FollowLinkRequest& request) {
    return FollowLink(context, db.origin(), request);
  });
  service->Read("CheckPixel",
                [](Snapshot&, const v1::CheckPixelRequest&) -> absl::StatusOr<HttpBody> {
                  return PixelReply();
                });
  service->Read("CheckLink", [&signer](Snapshot&, const v1::CheckLinkRequest& request) {
    return CheckLink(signer, request);
  });
  service->Read("ShowUnsubscribe",
                [&signer](Snapshot& db, const v1::ShowUnsubscribeRequest& request) {
                  return ShowUnsubscribe(signer, db, request);
                });
  service->Write(
      "Unsubscribe",
      [&signer](const v1::UnsubscribeRequest& request) -> std::optional<HttpBody> {
        if (signer.Verify(request.token(), LinkKind::kUnsubscribe)) return std::nullopt;
        return NotOursReply();
      },
      [&signer](Transaction& tx, const v1::UnsubscribeRequest& request) {
        return Unsubscribe(signer, tx, request);
      });
  service->Finish();
  return service;
}

}  // namespace regulars::campaign
