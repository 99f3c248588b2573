// Rows as callers see them, and requests as the store needs them.
#ifndef CAMPAIGN_SVC_RPC_MESSAGES_H_
#define CAMPAIGN_SVC_RPC_MESSAGES_H_

#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/struct.pb.h>

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "campaign-svc/domain/campaign.h"
#include "campaign-svc/domain/message.h"
#include "campaign-svc/domain/render.h"
#include "campaign-svc/domain/settings.h"
#include "campaign-svc/domain/suppression.h"
#include "campaign-svc/domain/template.h"
#include "campaign-svc/store/templates.h"
#include "chassis/storage/transaction.h"
#include "regulars/campaign/v1/campaign.pb.h"
#include "regulars/campaign/v1/message.pb.h"
#include "regulars/campaign/v1/template.pb.h"

namespace regulars::campaign {

v1::Template ToMessage(const Template& row, const TemplateContent& content);
v1::TemplateVersion ToMessage(absl::string_view template_id, const templates::Version& version);
TemplateContent FromMessage(const v1::TemplateContent& message);
// `db` finds the names of the template and the campaign.
absl::StatusOr<v1::Campaign> ToMessage(Snapshot& db, const Campaign& campaign);
absl::StatusOr<v1::Message> ToMessage(Snapshot& db, const Message& row);
// What callers see of the steps within a process.
v1::Message::State StateOf(MessageState state);
v1::Suppression ToMessage(const Suppression& suppression);

// The row of a template, or NOT_FOUND with TEMPLATE_NOT_FOUND; of a campaign likewise.
absl::StatusOr<Template> FindTemplate(Snapshot& db, absl::string_view id);
absl::StatusOr<Campaign> FindCampaign(Snapshot& db, absl::string_view id);

// A template and one of its versions, as "templates/a" (the newest) or "templates/a/versions/3"
// name them. NOT_FOUND with TEMPLATE_NOT_FOUND or TEMPLATE_VERSION_NOT_FOUND.
struct Chosen {
  Template row;
  int64_t number = 0;
};
absl::StatusOr<Chosen> FindChosen(Snapshot& db, absl::string_view name, absl::string_view field);

// An id that a caller chose, or one that the service makes. `kind`: "campaign".
absl::StatusOr<std::string> ChooseId(Transaction& tx, absl::string_view wanted,
                                     absl::string_view kind);

// The id of an optional "customers/{customer}"; "" for "".
absl::StatusOr<std::string> OptionalCustomer(absl::string_view name, absl::string_view field);

// The fields of `known` that an update mask names, one by one or as a group ("email" for
// "email.reply_to"); all for "*", `set` for an empty mask. Those of `read_only` are left aside.
// INVALID_UPDATE_MASK for a path that is no field, or a part of one.
absl::StatusOr<std::set<std::string>> ReadMask(const google::protobuf::FieldMask& mask,
                                               const std::set<std::string>& known,
                                               const std::set<std::string>& read_only,
                                               std::set<std::string> set);

// A Struct as JSON text; "" for an empty one. INVALID_VARIABLE when it is larger than 32 KiB.
absl::StatusOr<std::string> VariablesOf(const google::protobuf::Struct& variables);

// The other way round; an empty object for what is none.
Values ParseValues(const std::string& json);

// RESOURCE_EXHAUSTED with TOO_MANY_WAITING while as many single messages wait as may.
absl::Status CheckQueue(Snapshot& db);

// FAILED_PRECONDITION with SENDER_MISSING while the settings do not say who writes, and from where.
absl::Status NeedSender(const Settings& settings);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_RPC_MESSAGES_H_
