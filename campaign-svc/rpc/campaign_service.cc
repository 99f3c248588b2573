#include "campaign-svc/rpc/campaign_service.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "campaign-svc/delivery/outcomes.h"
#include "campaign-svc/rpc/campaign_tasks.h"
#include "campaign-svc/rpc/campaign_writes.h"
#include "campaign-svc/rpc/messages.h"
#include "campaign-svc/store/campaigns.h"
#include "campaign-svc/store/settings.h"
#include "campaign-svc/store/templates.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/etag.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/page_token.h"
#include "regulars/campaign/v1/campaign_service.grpc.pb.h"

namespace regulars::campaign {
namespace {

absl::StatusOr<v1::Campaign> GetCampaign(Snapshot& db, const v1::GetCampaignRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("campaigns", request.name()));
  ABSL_ASSIGN_OR_RETURN(const Campaign campaign, FindCampaign(db, id));
  return ToMessage(db, campaign);
}

absl::StatusOr<v1::ListCampaignsResponse> ListCampaigns(Snapshot& db,
                                                        const v1::ListCampaignsRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now()));
  ABSL_ASSIGN_OR_RETURN(const int64_t before, rpc::PositionOf(page));
  ABSL_ASSIGN_OR_RETURN(auto rows, campaigns::List(db, before, page.size + 1));
  v1::ListCampaignsResponse response;
  if (static_cast<int64_t>(rows.size()) > page.size) {
    rows.pop_back();
    response.set_next_page_token(
        rpc::NextPageToken(request, db.now(), {absl::StrCat(rows.back().key)}));
  }
  for (const Campaign& row : rows) {
    ABSL_ASSIGN_OR_RETURN(*response.add_campaigns(), ToMessage(db, row));
  }
  return response;
}

// What must be there before a campaign starts; fixes the version that it sends.
absl::Status MakeReady(Transaction& tx, const Context& context, Campaign& campaign) {
  if (context.upstreams.customer == nullptr) {
    return FailedPrecondition("CUSTOMERS_NOT_CONNECTED",
                              "customer-svc is not connected (--customer-svc)");
  }
  ABSL_ASSIGN_OR_RETURN(const Settings settings, settings::Load(tx));
  ABSL_RETURN_IF_ERROR(NeedSender(settings));
  ABSL_ASSIGN_OR_RETURN(const auto row, templates::FindByKey(tx, campaign.template_key));
  if (row) campaign.template_number = row->number;
  return absl::OkStatus();
}

// Start, pause, resume, cancel: they differ in where they lead.
template <typename Request>
absl::StatusOr<v1::Campaign> Act(Transaction& tx, const Context& context, const Request& request,
                                 CampaignAction action) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("campaigns", request.name()));
  ABSL_ASSIGN_OR_RETURN(Campaign campaign, FindCampaign(tx, id));
  ABSL_RETURN_IF_ERROR(CheckEtag(request.etag(), MakeEtag(campaign.version, campaign.update_time)));
  ABSL_ASSIGN_OR_RETURN(const CampaignState next, Next(campaign, action, tx.now()));
  if (action == CampaignAction::kStart) {
    ABSL_RETURN_IF_ERROR(MakeReady(tx, context, campaign));
  }
  if (next == CampaignState::kRunning) ABSL_RETURN_IF_ERROR(CheckRoom(tx));
  // A pause leaves the task that reads the audience alone; it is gone when reading failed.
  const bool read_audience = !campaign.start_time || campaign.error_code != absl::StatusCode::kOk;
  // What a running campaign waits for is no reason for where it is taken.
  if (action == CampaignAction::kResume || campaign.state == CampaignState::kRunning) {
    campaign.error_code = absl::StatusCode::kOk;
  }
  ABSL_RETURN_IF_ERROR(MoveCampaign(tx, campaign, next));
  // What was left when it was paused may be nothing.
  if (IsThrough(campaign)) {
    ABSL_RETURN_IF_ERROR(MoveCampaign(tx, campaign, CampaignState::kFinished));
  }
  ABSL_RETURN_IF_ERROR(ScheduleCampaign(tx, campaign, read_audience));
  return ToMessage(tx, campaign);
}

}  // namespace

std::unique_ptr<rpc::Service> RegisterCampaigns(const Context& context, TaskRunner& runner) {
  AddCampaignTasks(context, runner);
  auto service =
      std::make_unique<rpc::Service>(context.environment, v1::CampaignService::service_full_name());
  service->Write("CreateCampaign", CreateCampaign);
  service->Read("GetCampaign", GetCampaign);
  service->Read("ListCampaigns", ListCampaigns);
  service->Write("UpdateCampaign", UpdateCampaign);
  service->Write("DeleteCampaign", DeleteCampaign);
  service->Write("StartCampaign",
                 [&context](Transaction& tx, const v1::StartCampaignRequest& request) {
                   return Act(tx, context, request, CampaignAction::kStart);
                 });
  service->Write("PauseCampaign",
                 [&context](Transaction& tx, const v1::PauseCampaignRequest& request) {
                   return Act(tx, context, request, CampaignAction::kPause);
                 });
  service->Write("ResumeCampaign",
                 [&context](Transaction& tx, const v1::ResumeCampaignRequest& request) {
                   return Act(tx, context, request, CampaignAction::kResume);
                 });
  service->Write("CancelCampaign",
                 [&context](Transaction& tx, const v1::CancelCampaignRequest& request) {
                   return Act(tx, context, request, CampaignAction::kCancel);
                 });
  service->Finish();
  return service;
}

}  // namespace regulars::campaign
