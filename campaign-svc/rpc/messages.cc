#include "campaign-svc/rpc/messages.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "campaign-svc/domain/text_rules.h"
#include "campaign-svc/store/campaigns.h"
#include "campaign-svc/store/messages.h"
#include "chassis/base/errors.h"
#include "chassis/base/etag.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/status_proto.h"
#include "chassis/rpc/timestamps.h"

namespace regulars::campaign {
namespace {

constexpr int64_t kMaxWaiting = 100'000;
constexpr size_t kMaxVariablesBytes = size_t{32} << 10;

template <typename Setter>
void SetTime(const std::optional<absl::Time>& time, Setter mutable_field) {
  if (time) *mutable_field() = rpc::ToTimestamp(*time);
}

std::string VersionName(absl::string_view template_id, int64_t number) {
  return absl::StrCat(rpc::Name("templates", template_id), "/versions/", number);
}

v1::TemplateContent ToMessage(const TemplateContent& content) {
  v1::TemplateContent message;
  message.set_subject(content.subject);
  message.set_text(content.text);
  message.set_html(content.html);
  for (const TemplateVariable& variable : content.variables) {
    v1::TemplateVariable& added = *message.add_variables();
    added.set_name(variable.name);
    if (variable.fallback) added.set_fallback(*variable.fallback);
    added.set_description(variable.description);
  }
  return message;
}

}  // namespace

v1::Template ToMessage(const Template& row, const TemplateContent& content) {
  v1::Template message;
  message.set_name(rpc::Name("templates", row.id));
  message.set_display_name(row.display_name);
  message.set_channel(static_cast<v1::Channel>(row.channel));
  message.set_purpose(static_cast<v1::Template::Purpose>(row.purpose));
  message.set_topic(row.topic);
  *message.mutable_content() = ToMessage(content);
  message.set_version(row.number);
  *message.mutable_create_time() = rpc::ToTimestamp(row.create_time);
  *message.mutable_update_time() = rpc::ToTimestamp(row.update_time);
  message.set_etag(MakeEtag(row.version, row.update_time));
  return message;
}

v1::TemplateVersion ToMessage(absl::string_view template_id, const templates::Version& version) {
  v1::TemplateVersion message;
  message.set_name(VersionName(template_id, version.number));
  message.set_version(version.number);
  *message.mutable_content() = ToMessage(version.content);
  message.set_topic(version.topic);
  *message.mutable_create_time() = rpc::ToTimestamp(version.create_time);
  return message;
}

TemplateContent FromMessage(const v1::TemplateContent& message) {
  TemplateContent content{message.subject(), message.text(), message.html(), {}};
  for (const v1::TemplateVariable& variable : message.variables()) {
    TemplateVariable& added = content.variables.emplace_back();
    added.name = variable.name();
    if (variable.has_fallback()) added.fallback = variable.fallback();
    added.description = variable.description();
  }
  return content;
}

absl::StatusOr<v1::Campaign> ToMessage(Snapshot& db, const Campaign& campaign) {
  v1::Campaign message;
  message.set_name(rpc::Name("campaigns", campaign.id));
  message.set_display_name(campaign.display_name);
  message.set_description(campaign.description);
  ABSL_ASSIGN_OR_RETURN(const auto row, templates::FindByKey(db, campaign.template_key));
  if (row) {
    message.set_template_(rpc::Name("templates", row->id));
    if (campaign.template_number > 0) {
      message.set_template_version(VersionName(row->id, campaign.template_number));
    }
  }
  const std::string segment = rpc::Name("segments", campaign.segment);
  if (campaign.trigger == Trigger::kEntry) {
    message.mutable_entry()->set_segment(segment);
  } else {
    message.mutable_audience()->set_segment(segment);
    SetTime(campaign.planned_time,
            [&] { return message.mutable_audience()->mutable_start_time(); });
  }
  message.set_state(static_cast<v1::Campaign::State>(campaign.state));
  v1::CampaignCounts& counts = *message.mutable_counts();
  counts.set_recipients(campaign.counts.recipients);
  counts.set_pending(campaign.counts.pending());
  counts.set_sent(campaign.counts.sent);
  counts.set_skipped(campaign.counts.skipped);
  counts.set_failed(campaign.counts.failed);
  counts.set_bounced(campaign.counts.bounced);
  counts.set_unknown(campaign.counts.unknown);
  counts.set_opened(campaign.counts.opened);
  counts.set_clicked(campaign.counts.clicked);
  counts.set_unsubscribed(campaign.counts.unsubscribed);
  message.set_audience_complete(campaign.audience_complete);
  if (campaign.error_code != absl::StatusCode::kOk) {
    *message.mutable_error() = ToProto(
        Error(campaign.error_code, campaign.error_message, {.reason = campaign.error_reason}));
  }
  *message.mutable_create_time() = rpc::ToTimestamp(campaign.create_time);
  *message.mutable_update_time() = rpc::ToTimestamp(campaign.update_time);
  SetTime(campaign.start_time, [&] { return message.mutable_start_time(); });
  SetTime(campaign.finish_time, [&] { return message.mutable_finish_time(); });
  message.set_etag(MakeEtag(campaign.version, campaign.update_time));
  return message;
}

v1::Message::State StateOf(MessageState state) {
  switch (state) {
    case MessageState::kPending:
    case MessageState::kClaimed:
      return v1::Message::STATE_PENDING;
    case MessageState::kSending:
      return v1::Message::STATE_SENDING;
    case MessageState::kSent:
      return v1::Message::STATE_SENT;
    case MessageState::kSkipped:
      return v1::Message::STATE_SKIPPED;
    case MessageState::kFailed:
      return v1::Message::STATE_FAILED;
    case MessageState::kBounced:
      return v1::Message::STATE_BOUNCED;
    case MessageState::kUnknown:
      return v1::Message::STATE_UNKNOWN;
  }
  return v1::Message::STATE_UNSPECIFIED;
}

absl::StatusOr<v1::Message> ToMessage(Snapshot& db, const Message& row) {
  v1::Message message;
  message.set_name(rpc::Name("messages", row.id));
  message.set_origin(static_cast<v1::Message::Origin>(row.origin));
  if (row.campaign != 0) {
    ABSL_ASSIGN_OR_RETURN(const auto campaign, campaigns::FindByKey(db, row.campaign));
    if (campaign) message.set_campaign(rpc::Name("campaigns", campaign->id));
  }
  ABSL_ASSIGN_OR_RETURN(const auto used,
                        templates::FindWithVersion(db, row.template_key, row.template_number));
  if (used) {
    message.set_template_version(VersionName(used->id, row.template_number));
    message.set_topic(used->topic);
  }
  message.set_channel(v1::CHANNEL_EMAIL);
  if (!row.customer.empty()) message.set_customer(rpc::Name("customers", row.customer));
  message.set_state(StateOf(row.state));
  message.set_reason(row.reason);
  message.set_smtp_code(static_cast<int32_t>(row.smtp_code));
  message.set_attempts(static_cast<int32_t>(row.attempts));
  *message.mutable_create_time() = rpc::ToTimestamp(row.create_time);
  if (!IsFinal(row.state)) *message.mutable_due_time() = rpc::ToTimestamp(row.due_time);
  SetTime(row.finish_time, [&] { return message.mutable_finish_time(); });
  SetTime(row.open_time, [&] { return message.mutable_open_time(); });
  SetTime(row.click_time, [&] { return message.mutable_click_time(); });
  SetTime(row.unsubscribe_time, [&] { return message.mutable_unsubscribe_time(); });
  message.set_key(row.sender_key);
  return message;
}

v1::Suppression ToMessage(const Suppression& suppression) {
  v1::Suppression message;
  message.set_name(rpc::Name("suppressions", suppression.id));
  message.set_cause(static_cast<v1::Suppression::Cause>(suppression.cause));
  message.set_channel(v1::CHANNEL_EMAIL);
  message.set_topic(suppression.topic);
  if (!suppression.customer.empty()) {
    message.set_customer(rpc::Name("customers", suppression.customer));
  }
  *message.mutable_create_time() = rpc::ToTimestamp(suppression.create_time);
  return message;
}

absl::StatusOr<Template> FindTemplate(Snapshot& db, absl::string_view id) {
  ABSL_ASSIGN_OR_RETURN(auto row, templates::Find(db, id));
  if (row) return *std::move(row);
  return NotFound("TEMPLATE_NOT_FOUND", absl::StrCat("no template '", EscapeForLog(id), "'"));
}

absl::StatusOr<Campaign> FindCampaign(Snapshot& db, absl::string_view id) {
  ABSL_ASSIGN_OR_RETURN(auto row, campaigns::Find(db, id));
  if (row) return *std::move(row);
  return NotFound("CAMPAIGN_NOT_FOUND", absl::StrCat("no campaign '", EscapeForLog(id), "'"));
}

absl::StatusOr<Chosen> FindChosen(Snapshot& db, absl::string_view name, absl::string_view field) {
  if (std::count(name.begin(), name.end(), '/') < 2) {
    ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("templates", name, field));
    ABSL_ASSIGN_OR_RETURN(Template row, FindTemplate(db, id));
    const int64_t number = row.number;
    return Chosen{std::move(row), number};
  }
  ABSL_ASSIGN_OR_RETURN(const auto ids,
                        rpc::ParseNestedName({"templates", "versions"}, name, field));
  ABSL_ASSIGN_OR_RETURN(Template row, FindTemplate(db, ids[0]));
  int64_t number = 0;
  if (!absl::SimpleAtoi(ids[1], &number) || number < 1 || number > row.number ||
      absl::StrCat(number) != ids[1]) {
    return NotFound("TEMPLATE_VERSION_NOT_FOUND",
                    absl::StrCat("the template has no version '", EscapeForLog(ids[1]), "'"));
  }
  return Chosen{std::move(row), number};
}

absl::StatusOr<std::string> ChooseId(Transaction& tx, absl::string_view wanted,
                                     absl::string_view kind) {
  // A letter first, as in ids that callers choose.
  if (wanted.empty()) return absl::StrCat(kind.substr(0, 1), tx.NewId());
  if (IsSlug(wanted)) return std::string(wanted);
  return FieldError(absl::StrCat(kind, "_id"), "INVALID_ID",
                    "must be 1 to 63 lower-case letters, digits and '-', begin with a letter and "
                    "end with a letter or digit");
}

absl::StatusOr<std::string> OptionalCustomer(absl::string_view name, absl::string_view field) {
  if (name.empty()) return std::string();
  return rpc::ParseName("customers", name, field);
}

absl::StatusOr<std::set<std::string>> ReadMask(const google::protobuf::FieldMask& mask,
                                               const std::set<std::string>& known,
                                               const std::set<std::string>& read_only,
                                               std::set<std::string> set) {
  if (mask.paths().empty()) return set;
  std::set<std::string> read;
  for (const std::string& path : mask.paths()) {
    if (path == "*") return known;
    // A group stands for its fields. A part of a field is none: the rest would be changed with it.
    bool found = read_only.contains(path);
    for (const std::string& field : known) {
      if (path == field || absl::StartsWith(field, path + ".")) {
        read.insert(field);
        found = true;
      }
    }
    if (!found) {
      return FieldError("update_mask", "INVALID_UPDATE_MASK",
                        absl::StrCat("names '", EscapeForLog(path), "', which is no field"));
    }
  }
  return read;
}

absl::StatusOr<std::string> VariablesOf(const google::protobuf::Struct& variables) {
  if (variables.fields().empty()) return std::string();
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(variables, &json);
  if (!status.ok()) {
    return FieldError("variables", "INVALID_VARIABLE", "holds a number that JSON cannot write");
  }
  if (json.size() > kMaxVariablesBytes) {
    return FieldError("variables", "INVALID_VARIABLE", "is larger than 32 KiB");
  }
  return json;
}

Values ParseValues(const std::string& json) {
  Values values = Values::parse(json, nullptr, /*allow_exceptions=*/false);
  return values.is_object() ? values : Values::object();
}

absl::Status CheckQueue(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(const int64_t waiting, messages::CountWaitingSingles(db));
  if (waiting < kMaxWaiting) return absl::OkStatus();
  return ResourceExhausted("TOO_MANY_WAITING", "100,000 messages wait to be sent",
                           absl::Minutes(1));
}

absl::Status NeedSender(const Settings& settings) {
  if (settings.complete()) return absl::OkStatus();
  return FailedPrecondition("SENDER_MISSING", "the settings lack public_url or email.from_address");
}

}  // namespace regulars::campaign
