#include "campaign-svc/rpc/template_service.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "campaign-svc/delivery/compose.h"
#include "campaign-svc/delivery/sender.h"
#include "campaign-svc/domain/html_text.h"
#include "campaign-svc/rpc/messages.h"
#include "campaign-svc/rpc/template_writes.h"
#include "campaign-svc/store/messages.h"
#include "campaign-svc/store/settings.h"
#include "campaign-svc/store/templates.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/mailbox.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/page_token.h"
#include "regulars/campaign/v1/template_service.grpc.pb.h"

namespace regulars::campaign {
namespace {

constexpr rpc::PageRules kTemplatePages{.default_size = 50, .max_size = 200};
constexpr rpc::PageRules kVersionPages{.default_size = 20, .max_size = 100};

absl::StatusOr<templates::Version> NeedVersion(Snapshot& db, const Template& row, int64_t number) {
  ABSL_ASSIGN_OR_RETURN(auto version, templates::FindVersion(db, row.key, number));
  if (version) return *std::move(version);
  return NotFound("TEMPLATE_VERSION_NOT_FOUND",
                  absl::StrCat("the template has no version ", number));
}

absl::StatusOr<v1::Template> GetTemplate(Snapshot& db, const v1::GetTemplateRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("templates", request.name()));
  ABSL_ASSIGN_OR_RETURN(const Template row, FindTemplate(db, id));
  ABSL_ASSIGN_OR_RETURN(const templates::Version version, NeedVersion(db, row, row.number));
  return ToMessage(row, version.content);
}

absl::StatusOr<v1::ListTemplatesResponse> ListTemplates(Snapshot& db,
                                                        const v1::ListTemplatesRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now(), kTemplatePages));
  const std::string after = page.after_id();
  ABSL_ASSIGN_OR_RETURN(auto rows, templates::List(db, after, page.size + 1));
  v1::ListTemplatesResponse response;
  if (static_cast<int64_t>(rows.size()) > page.size) {
    rows.pop_back();
    response.set_next_page_token(rpc::NextPageToken(request, db.now(), {rows.back().id}));
  }
  for (const Template& row : rows) {
    ABSL_ASSIGN_OR_RETURN(auto newest, templates::ListVersions(db, row.key, 0, 1));
    *response.add_templates() =
        ToMessage(row, newest.empty() ? TemplateContent() : newest.front().content);
  }
  return response;
}

absl::StatusOr<v1::TemplateVersion> GetTemplateVersion(
    Snapshot& db, const v1::GetTemplateVersionRequest& request) {
  ABSL_RETURN_IF_ERROR(rpc::ParseNestedName({"templates", "versions"}, request.name()).status());
  ABSL_ASSIGN_OR_RETURN(const Chosen chosen, FindChosen(db, request.name(), "name"));
  ABSL_ASSIGN_OR_RETURN(const auto version, NeedVersion(db, chosen.row, chosen.number));
  return ToMessage(chosen.row.id, version);
}

absl::StatusOr<v1::ListTemplateVersionsResponse> ListTemplateVersions(
    Snapshot& db, const v1::ListTemplateVersionsRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const std::string id,
                        rpc::ParseName("templates", request.parent(), "parent"));
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now(), kVersionPages));
  ABSL_ASSIGN_OR_RETURN(const int64_t before, rpc::PositionOf(page));
  ABSL_ASSIGN_OR_RETURN(const Template row, FindTemplate(db, id));
  ABSL_ASSIGN_OR_RETURN(auto versions, templates::ListVersions(db, row.key, before, page.size + 1));
  v1::ListTemplateVersionsResponse response;
  if (static_cast<int64_t>(versions.size()) > page.size) {
    versions.pop_back();
    response.set_next_page_token(
        rpc::NextPageToken(request, db.now(), {absl::StrCat(versions.back().number)}));
  }
  for (const auto& version : versions) *response.add_versions() = ToMessage(row.id, version);
  return response;
}

// What a preview is made of.
struct Source {
  Settings settings;
  Purpose purpose = Purpose::kMarketing;
  TemplateContent content;
};

absl::StatusOr<Source> FindSource(Store& store, const Origin& origin,
                                  const v1::PreviewTemplateRequest& request) {
  Source source;
  ABSL_RETURN_IF_ERROR(store.readers().Run(origin, [&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(source.settings, settings::Load(db));
    if (request.has_content()) {
      source.content = FromMessage(request.content());
      return absl::OkStatus();
    }
    ABSL_ASSIGN_OR_RETURN(const Chosen chosen, FindChosen(db, request.template_(), "template"));
    ABSL_ASSIGN_OR_RETURN(auto version, NeedVersion(db, chosen.row, chosen.number));
    source.purpose = chosen.row.purpose;
    source.content = std::move(version.content);
    return absl::OkStatus();
  }));
  return source;
}

// The person to show it for, whatever they consented to; nobody where no customer is named.
absl::StatusOr<Answer> AskAbout(const Context& context, const Origin& origin,
                                const std::string& customer, const TemplateUse& use) {
  if (customer.empty()) return Answer{.people = {Person()}};
  ABSL_ASSIGN_OR_RETURN(Answer answer,
                        context.people.Ask(origin, {Purpose::kTransactional, "", use}, {customer}));
  if (answer.people[0].reason == kCustomerGone) {
    return NotFound("CUSTOMER_NOT_FOUND", "there is no such customer");
  }
  return answer;
}

// What a customer would get shows their data, whatever the template is for.
absl::Status MayShow(const auth::Caller& caller, const std::string& customer) {
  constexpr char kScope[] = "customer.read";
  if (customer.empty() || auth::HasScope(caller, kScope)) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied,
               "to name a customer here needs the scope 'customer.read'",
               {.reason = "SCOPE_MISSING", .metadata = {{"scope", kScope}}});
}

using Preview = std::function<absl::StatusOr<v1::PreviewTemplateResponse>(Transaction&)>;

absl::StatusOr<Preview> PreviewTemplate(const Context& context, const Origin& origin,
                                        const v1::PreviewTemplateRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(*origin.caller));
  ABSL_ASSIGN_OR_RETURN(const std::string customer,
                        OptionalCustomer(request.customer(), "customer"));
  ABSL_RETURN_IF_ERROR(MayShow(*origin.caller, customer));
  ABSL_ASSIGN_OR_RETURN(const std::string variables, VariablesOf(request.variables()));
  ABSL_ASSIGN_OR_RETURN(const Source source,
                        FindSource(*context.environment.store, origin, request));
  auto compiled = CompiledTemplate::Compile(source.content);
  if (!compiled.ok()) {
    return PrefixFields(compiled.status(), request.has_content() ? "content." : "");
  }
  ABSL_RETURN_IF_ERROR((*compiled)->CheckValues(ParseValues(variables)));
  ABSL_ASSIGN_OR_RETURN(const Answer answer,
                        AskAbout(context, origin, customer, (*compiled)->use()));
  const Person& person = answer.people.front();
  const Values values = AllValues(source.settings, person, variables,
                                  absl::StrCat(source.settings.public_url, "/unsubscribe"));
  ABSL_ASSIGN_OR_RETURN(Rendered rendered, RenderLetter(**compiled, values, source.purpose));
  v1::PreviewTemplateResponse response;
  response.set_subject(rendered.subject);
  response.set_text(rendered.text);
  // Links that a mail would not have are not shown.
  response.set_html(ReplaceLinks(rendered.html, [](const std::string& url) { return url; }));
  for (const std::string& name : (*compiled)->Missing(values)) response.add_missing(name);
  for (const std::string& name : answer.unavailable) response.add_unavailable(name);
  response.set_reason(person.reason);
  return Preview([response](Transaction&) { return response; });
}

absl::StatusOr<v1::Message> WriteTestMessage(const Context& context, Transaction& tx,
                                             const v1::SendTestMessageRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const Chosen chosen, FindChosen(tx, request.template_(), "template"));
  const auto mailbox = ParseMailbox(request.address());
  if (!mailbox.ok()) {
    return FieldError("address", "INVALID_EMAIL", std::string(mailbox.status().message()));
  }
  ABSL_ASSIGN_OR_RETURN(const Settings settings, settings::Load(tx));
  ABSL_RETURN_IF_ERROR(NeedSender(settings));
  ABSL_RETURN_IF_ERROR(CheckQueue(tx));
  Message message;
  message.id = tx.NewId();
  message.origin = MessageOrigin::kTest;
  message.template_key = chosen.row.key;
  message.template_number = chosen.number;
  message.address = request.address();
  ABSL_ASSIGN_OR_RETURN(message.customer, OptionalCustomer(request.customer(), "customer"));
  ABSL_ASSIGN_OR_RETURN(message.variables, VariablesOf(request.variables()));
  message.create_time = message.due_time = tx.now();
  ABSL_ASSIGN_OR_RETURN(const auto compiled,
                        context.cache.Get(tx, message.template_key, message.template_number));
  ABSL_RETURN_IF_ERROR(compiled->CheckVariables(ParseValues(message.variables)));
  ABSL_RETURN_IF_ERROR(messages::Insert(tx, message).status());
  EffectPool::Ring(tx, kSingleEffect);
  return ToMessage(tx, message);
}

using TestMessage = std::function<absl::StatusOr<v1::Message>(Transaction&)>;

// Whether there is such a customer is asked at once, for somebody waits to see the mail. What it
// says of them is asked when it is sent.
absl::StatusOr<TestMessage> SendTestMessage(const Context& context, const Origin& origin,
                                            const v1::SendTestMessageRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(*origin.caller));
  ABSL_ASSIGN_OR_RETURN(const std::string customer,
                        OptionalCustomer(request.customer(), "customer"));
  ABSL_RETURN_IF_ERROR(MayShow(*origin.caller, customer));
  ABSL_RETURN_IF_ERROR(AskAbout(context, origin, customer, TemplateUse()).status());
  return TestMessage(
      [&context, request](Transaction& tx) { return WriteTestMessage(context, tx, request); });
}

}  // namespace

std::unique_ptr<rpc::Service> RegisterTemplates(const Context& context) {
  auto service =
      std::make_unique<rpc::Service>(context.environment, v1::TemplateService::service_full_name());
  service->Write("CreateTemplate", CreateTemplate);
  service->Read("GetTemplate", GetTemplate);
  service->Read("ListTemplates", ListTemplates);
  service->Write("UpdateTemplate", UpdateTemplate);
  service->Write("DeleteTemplate", DeleteTemplate);
  service->Read("GetTemplateVersion", GetTemplateVersion);
  service->Read("ListTemplateVersions", ListTemplateVersions);
  service->Gather("PreviewTemplate",
                  [&context](const Origin& origin, const v1::PreviewTemplateRequest& request) {
                    return PreviewTemplate(context, origin, request);
                  });
  service->Gather("SendTestMessage",
                  [&context](const Origin& origin, const v1::SendTestMessageRequest& request) {
                    return SendTestMessage(context, origin, request);
                  });
  service->Finish();
  return service;
}

}  // namespace regulars::campaign
