#include "campaign-svc/rpc/template_writes.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "campaign-svc/domain/render.h"
#include "campaign-svc/domain/text_rules.h"
#include "campaign-svc/rpc/messages.h"
#include "campaign-svc/rpc/template_service.h"
#include "campaign-svc/store/templates.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/etag.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"

namespace regulars::campaign {
namespace {

constexpr size_t kMaxDisplayName = 200;
constexpr char kDefaultTopic[] = "newsletter";

// Checks the row and its content; gives both their form.
absl::Status Check(Template& row, const TemplateContent& content) {
  if (row.display_name.empty()) row.display_name = row.id;
  ABSL_RETURN_IF_ERROR(CheckText("template.display_name", row.display_name, kMaxDisplayName));
  if (row.purpose == Purpose::kTransactional) {
    row.topic.clear();
  } else if (row.topic.empty()) {
    row.topic = kDefaultTopic;
  } else if (!IsSlug(row.topic)) {
    return FieldError("template.topic", "INVALID_TOPIC", "must be [a-z]([a-z0-9-]{0,61}[a-z0-9])?");
  }
  return PrefixFields(CompiledTemplate::Compile(content).status(), "template.content.");
}

Purpose PurposeOf(const v1::Template& message) {
  return message.purpose() == v1::Template::PURPOSE_TRANSACTIONAL ? Purpose::kTransactional
                                                                  : Purpose::kMarketing;
}

absl::Status CheckKind(const v1::Template& message) {
  if (message.channel() != v1::CHANNEL_UNSPECIFIED && message.channel() != v1::CHANNEL_EMAIL) {
    return FieldError("template.channel", "INVALID_CHANNEL", "must be one of the declared values");
  }
  if (!v1::Template::Purpose_IsValid(message.purpose())) {
    return FieldError("template.purpose", "INVALID_PURPOSE", "must be one of the declared values");
  }
  return absl::OkStatus();
}

// Whoever replaces all may leave out what a template is for.
absl::Status CheckPurposeKept(const v1::UpdateTemplateRequest& request,
                              const std::set<std::string>& mask, Purpose kept) {
  const auto& paths = request.update_mask().paths();
  const v1::Template::Purpose purpose = request.template_().purpose();
  const bool named = purpose == v1::Template::PURPOSE_UNSPECIFIED
                         ? std::find(paths.begin(), paths.end(), "purpose") != paths.end()
                         : mask.contains("purpose");
  if (!named || PurposeOf(request.template_()) == kept) return absl::OkStatus();
  return FieldError("template.purpose", "FIELD_IMMUTABLE", "is fixed once made");
}

std::set<std::string> FieldsSet(const v1::Template& message) {
  std::set<std::string> set;
  if (!message.display_name().empty()) set.insert("display_name");
  if (message.purpose() != v1::Template::PURPOSE_UNSPECIFIED) set.insert("purpose");
  if (!message.topic().empty()) set.insert("topic");
  if (message.has_content()) set.insert("content");
  return set;
}

}  // namespace

absl::StatusOr<v1::Template> CreateTemplate(Transaction& tx,
                                            const v1::CreateTemplateRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  const v1::Template& message = request.template_();
  if (!message.name().empty()) {
    return FieldError("template.name", "INVALID_NAME", "must be empty: see template_id");
  }
  ABSL_RETURN_IF_ERROR(CheckKind(message));
  Template row;
  ABSL_ASSIGN_OR_RETURN(row.id, ChooseId(tx, request.template_id(), "template"));
  row.display_name = message.display_name();
  row.purpose = PurposeOf(message);
  row.topic = message.topic();
  row.number = 1;
  row.create_time = row.update_time = tx.now();
  const TemplateContent content = FromMessage(message.content());
  ABSL_RETURN_IF_ERROR(Check(row, content));
  ABSL_ASSIGN_OR_RETURN(const auto taken, templates::Find(tx, row.id));
  if (taken) {
    return AlreadyExists("TEMPLATE_EXISTS", absl::StrCat("there is a template '", row.id, "'"));
  }
  ABSL_ASSIGN_OR_RETURN(const int64_t count, templates::Count(tx));
  if (count >= kMaxTemplates) {
    return Error(absl::StatusCode::kResourceExhausted,
                 absl::StrCat("there are ", kMaxTemplates, " templates, the most there may be"),
                 {.reason = "TOO_MANY_TEMPLATES"});
  }
  ABSL_RETURN_IF_ERROR(templates::Insert(tx, row));
  ABSL_RETURN_IF_ERROR(templates::InsertVersion(tx, row.key, {1, content, row.topic, tx.now()}));
  return ToMessage(row, content);
}

absl::StatusOr<v1::Template> UpdateTemplate(Transaction& tx,
                                            const v1::UpdateTemplateRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  const v1::Template& message = request.template_();
  ABSL_ASSIGN_OR_RETURN(const std::string id,
                        rpc::ParseName("templates", message.name(), "template.name"));
  ABSL_ASSIGN_OR_RETURN(const Template before, FindTemplate(tx, id));
  ABSL_RETURN_IF_ERROR(CheckEtag(message.etag(), MakeEtag(before.version, before.update_time)));
  ABSL_RETURN_IF_ERROR(CheckKind(message));
  ABSL_ASSIGN_OR_RETURN(
      const auto mask,
      ReadMask(request.update_mask(), {"display_name", "purpose", "topic", "content"},
               {"name", "channel", "version", "create_time", "update_time", "etag"},
               FieldsSet(message)));
  ABSL_RETURN_IF_ERROR(CheckPurposeKept(request, mask, before.purpose));
  ABSL_ASSIGN_OR_RETURN(const auto version, templates::FindVersion(tx, before.key, before.number));
  TemplateContent content = version ? version->content : TemplateContent();
  Template row = before;
  if (mask.contains("display_name")) row.display_name = message.display_name();
  if (mask.contains("topic")) row.topic = message.topic();
  const TemplateContent old = content;
  if (mask.contains("content")) content = FromMessage(message.content());
  ABSL_RETURN_IF_ERROR(Check(row, content));
  // What was sent under a topic stays so: whoever unsubscribes by it means that one.
  const bool rewritten = !(content == old) || row.topic != before.topic;
  if (!rewritten && row.display_name == before.display_name) {
    return ToMessage(before, content);
  }
  if (rewritten) {
    if (row.number >= kMaxVersions) {
      return Error(absl::StatusCode::kResourceExhausted,
                   absl::StrCat("the template has ", kMaxVersions, " versions already"),
                   {.reason = "TOO_MANY_VERSIONS"});
    }
    ++row.number;
    ABSL_RETURN_IF_ERROR(
        templates::InsertVersion(tx, row.key, {row.number, content, row.topic, tx.now()}));
  }
  ++row.version;
  row.update_time = tx.now();
  ABSL_RETURN_IF_ERROR(templates::Update(tx, row));
  return ToMessage(row, content);
}

absl::StatusOr<google::protobuf::Empty> DeleteTemplate(Transaction& tx,
                                                       const v1::DeleteTemplateRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("templates", request.name()));
  ABSL_ASSIGN_OR_RETURN(const auto row, templates::Find(tx, id));
  if (!row) {
    if (request.allow_missing()) return google::protobuf::Empty();
    return FindTemplate(tx, id).status();
  }
  ABSL_RETURN_IF_ERROR(CheckEtag(request.etag(), MakeEtag(row->version, row->update_time)));
  ABSL_ASSIGN_OR_RETURN(const bool used, templates::IsUsed(tx, row->key));
  if (used) {
    return FailedPrecondition("TEMPLATE_IN_USE",
                              "a message of the template waits, or a campaign that has not ended "
                              "names it");
  }
  ABSL_RETURN_IF_ERROR(templates::Delete(tx, row->key));
  return google::protobuf::Empty();
}

}  // namespace regulars::campaign
