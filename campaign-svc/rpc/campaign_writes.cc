#include "campaign-svc/rpc/campaign_writes.h"

#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "campaign-svc/domain/text_rules.h"
#include "campaign-svc/rpc/campaign_service.h"
#include "campaign-svc/rpc/messages.h"
#include "campaign-svc/store/campaigns.h"
#include "campaign-svc/store/templates.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/etag.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/timestamps.h"

namespace regulars::campaign {
namespace {

constexpr size_t kMaxDisplayName = 200;
constexpr size_t kMaxDescription = 2000;

absl::Status CheckTexts(Campaign& campaign) {
  if (campaign.display_name.empty()) campaign.display_name = campaign.id;
  ABSL_RETURN_IF_ERROR(CheckText("campaign.display_name", campaign.display_name, kMaxDisplayName));
  return CheckProse("campaign.description", campaign.description, kMaxDescription);
}

absl::Status TakeTemplate(Snapshot& db, const v1::Campaign& message, Campaign& campaign) {
  if (message.template_().empty() && campaign.template_key != 0) {
    // One that is gone has no name: whoever read the campaign gives none back.
    ABSL_ASSIGN_OR_RETURN(const auto there, templates::FindByKey(db, campaign.template_key));
    if (!there) return absl::OkStatus();
  }
  ABSL_ASSIGN_OR_RETURN(const std::string id,
                        rpc::ParseName("templates", message.template_(), "campaign.template"));
  ABSL_ASSIGN_OR_RETURN(const Template row, FindTemplate(db, id));
  if (row.purpose == Purpose::kTransactional) {
    return FieldError("campaign.template", "TEMPLATE_TRANSACTIONAL",
                      "is transactional: campaigns are for those who consented");
  }
  campaign.template_key = row.key;
  return absl::OkStatus();
}

absl::Status TakeTrigger(const v1::Campaign& message, Campaign& campaign) {
  campaign.planned_time.reset();
  switch (message.trigger_case()) {
    case v1::Campaign::kAudience: {
      campaign.trigger = Trigger::kAudience;
      ABSL_ASSIGN_OR_RETURN(
          campaign.segment,
          rpc::ParseName("segments", message.audience().segment(), "campaign.audience.segment"));
      if (!message.audience().has_start_time()) return absl::OkStatus();
      ABSL_ASSIGN_OR_RETURN(
          campaign.planned_time,
          rpc::FromTimestamp(message.audience().start_time(), "campaign.audience.start_time"));
      return absl::OkStatus();
    }
    case v1::Campaign::kEntry: {
      campaign.trigger = Trigger::kEntry;
      ABSL_ASSIGN_OR_RETURN(campaign.segment, rpc::ParseName("segments", message.entry().segment(),
                                                             "campaign.entry.segment"));
      return absl::OkStatus();
    }
    case v1::Campaign::TRIGGER_NOT_SET:
      break;
  }
  return FieldError("campaign.audience", "TRIGGER_MISSING",
                    "or campaign.entry must say who gets the campaign");
}

// Both kinds may be named, but not only the one that is not set.
absl::Status CheckTriggerNamed(const v1::Campaign& message, const std::set<std::string>& mask) {
  if (message.trigger_case() == v1::Campaign::TRIGGER_NOT_SET) return absl::OkStatus();
  const char* set = message.has_audience() ? "audience" : "entry";
  if (mask.contains(set)) return absl::OkStatus();
  return FieldError("update_mask", "INVALID_UPDATE_MASK",
                    absl::StrCat("does not name '", set, "', the trigger that is set"));
}

// Takes what is fixed when a campaign starts: from then on it must be what it was.
absl::Status TakeFixed(Snapshot& db, const v1::Campaign& message, const std::set<std::string>& mask,
                       Campaign& campaign) {
  Campaign changed = campaign;
  if (mask.contains("template")) ABSL_RETURN_IF_ERROR(TakeTemplate(db, message, changed));
  if (mask.contains("audience") || mask.contains("entry")) {
    ABSL_RETURN_IF_ERROR(CheckTriggerNamed(message, mask));
    ABSL_RETURN_IF_ERROR(TakeTrigger(message, changed));
  }
  if (campaign.state != CampaignState::kDraft && !(changed == campaign)) {
    return FailedPrecondition("CAMPAIGN_STARTED",
                              "only the name and the description of a campaign that was started "
                              "can be changed");
  }
  campaign = std::move(changed);
  return absl::OkStatus();
}

std::set<std::string> FieldsSet(const v1::Campaign& message) {
  std::set<std::string> set;
  if (!message.display_name().empty()) set.insert("display_name");
  if (!message.description().empty()) set.insert("description");
  if (!message.template_().empty()) set.insert("template");
  if (message.has_audience()) set.insert("audience");
  if (message.has_entry()) set.insert("entry");
  return set;
}

}  // namespace

absl::StatusOr<v1::Campaign> CreateCampaign(Transaction& tx,
                                            const v1::CreateCampaignRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  const v1::Campaign& message = request.campaign();
  if (!message.name().empty()) {
    return FieldError("campaign.name", "INVALID_NAME", "must be empty: see campaign_id");
  }
  Campaign campaign;
  ABSL_ASSIGN_OR_RETURN(campaign.id, ChooseId(tx, request.campaign_id(), "campaign"));
  campaign.display_name = message.display_name();
  campaign.description = message.description();
  ABSL_RETURN_IF_ERROR(CheckTexts(campaign));
  ABSL_RETURN_IF_ERROR(TakeTemplate(tx, message, campaign));
  ABSL_RETURN_IF_ERROR(TakeTrigger(message, campaign));
  campaign.create_time = campaign.update_time = tx.now();
  ABSL_ASSIGN_OR_RETURN(const auto taken, campaigns::Find(tx, campaign.id));
  if (taken) {
    return AlreadyExists("CAMPAIGN_EXISTS",
                         absl::StrCat("there is a campaign '", campaign.id, "'"));
  }
  ABSL_ASSIGN_OR_RETURN(const int64_t count, campaigns::CountOpen(tx));
  if (count >= kMaxCampaigns) {
    return Error(absl::StatusCode::kResourceExhausted,
                 absl::StrCat("there are ", kMaxCampaigns,
                              " campaigns that have not ended, the most there may be"),
                 {.reason = "TOO_MANY_CAMPAIGNS"});
  }
  ABSL_RETURN_IF_ERROR(campaigns::Insert(tx, campaign));
  return ToMessage(tx, campaign);
}

absl::StatusOr<v1::Campaign> UpdateCampaign(Transaction& tx,
                                            const v1::UpdateCampaignRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  const v1::Campaign& message = request.campaign();
  ABSL_ASSIGN_OR_RETURN(const std::string id,
                        rpc::ParseName("campaigns", message.name(), "campaign.name"));
  ABSL_ASSIGN_OR_RETURN(const Campaign before, FindCampaign(tx, id));
  ABSL_RETURN_IF_ERROR(CheckEtag(message.etag(), MakeEtag(before.version, before.update_time)));
  ABSL_ASSIGN_OR_RETURN(
      const auto mask,
      ReadMask(request.update_mask(),
               {"display_name", "description", "template", "audience", "entry"},
               {"name", "state", "template_version", "counts", "audience_complete", "error",
                "create_time", "update_time", "start_time", "finish_time", "etag"},
               FieldsSet(message)));
  Campaign campaign = before;
  ABSL_RETURN_IF_ERROR(TakeFixed(tx, message, mask, campaign));
  if (mask.contains("display_name")) campaign.display_name = message.display_name();
  if (mask.contains("description")) campaign.description = message.description();
  ABSL_RETURN_IF_ERROR(CheckTexts(campaign));
  if (campaign == before) return ToMessage(tx, before);
  ++campaign.version;
  campaign.update_time = tx.now();
  ABSL_RETURN_IF_ERROR(campaigns::Update(tx, campaign));
  return ToMessage(tx, campaign);
}

absl::StatusOr<google::protobuf::Empty> DeleteCampaign(Transaction& tx,
                                                       const v1::DeleteCampaignRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("campaigns", request.name()));
  ABSL_ASSIGN_OR_RETURN(const auto campaign, campaigns::Find(tx, id));
  if (!campaign) {
    if (request.allow_missing()) return google::protobuf::Empty();
    return FindCampaign(tx, id).status();
  }
  ABSL_RETURN_IF_ERROR(
      CheckEtag(request.etag(), MakeEtag(campaign->version, campaign->update_time)));
  if (campaign->state != CampaignState::kDraft) {
    return FailedPrecondition("CAMPAIGN_STARTED", "only drafts can be taken away");
  }
  ABSL_RETURN_IF_ERROR(campaigns::Delete(tx, campaign->key));
  return google::protobuf::Empty();
}

}  // namespace regulars::campaign
