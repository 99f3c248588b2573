#include "campaign-svc/rpc/message_service.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "campaign-svc/delivery/sender.h"
#include "campaign-svc/domain/text_rules.h"
#include "campaign-svc/rpc/messages.h"
#include "campaign-svc/rpc/suppression_methods.h"
#include "campaign-svc/store/messages.h"
#include "campaign-svc/store/settings.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/page_token.h"
#include "regulars/campaign/v1/message_service.grpc.pb.h"

namespace regulars::campaign {
namespace {

constexpr size_t kMaxSenderKey = 200;
// Messages looked at for one page of a list by state.
constexpr int64_t kMaxLooks = 5000;

// The message that has this key already, if it is the same one.
absl::StatusOr<std::optional<Message>> FindRepeat(Snapshot& db,
                                                  const v1::SendMessageRequest& request,
                                                  const Chosen& chosen,
                                                  const std::string& customer) {
  if (request.key().empty()) return std::optional<Message>();
  ABSL_RETURN_IF_ERROR(CheckText("key", request.key(), kMaxSenderKey));
  ABSL_ASSIGN_OR_RETURN(auto there, messages::FindBySenderKey(db, request.key()));
  if (!there || (there->template_key == chosen.row.key && there->customer == customer)) {
    return there;
  }
  return FieldError("key", "KEY_REUSED", "was sent with another template or customer");
}

absl::StatusOr<v1::Message> SendMessage(const Context& context, Transaction& tx,
                                        const v1::SendMessageRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  ABSL_ASSIGN_OR_RETURN(const Chosen chosen, FindChosen(tx, request.template_(), "template"));
  ABSL_ASSIGN_OR_RETURN(const std::string customer,
                        rpc::ParseMadeName("customers", request.customer(), "customer"));
  if (request.channel() != v1::CHANNEL_UNSPECIFIED && request.channel() != v1::CHANNEL_EMAIL) {
    return FieldError("channel", "INVALID_CHANNEL", "must be the template's");
  }
  ABSL_ASSIGN_OR_RETURN(const auto repeat, FindRepeat(tx, request, chosen, customer));
  if (repeat) return ToMessage(tx, *repeat);
  ABSL_ASSIGN_OR_RETURN(const Settings settings, settings::Load(tx));
  ABSL_RETURN_IF_ERROR(NeedSender(settings));
  ABSL_ASSIGN_OR_RETURN(const std::string variables, VariablesOf(request.variables()));
  ABSL_ASSIGN_OR_RETURN(const auto compiled, context.cache.Get(tx, chosen.row.key, chosen.number));
  ABSL_RETURN_IF_ERROR(compiled->CheckVariables(ParseValues(variables)));
  ABSL_RETURN_IF_ERROR(CheckQueue(tx));
  Message message;
  message.id = tx.NewId();
  message.origin = MessageOrigin::kCall;
  message.template_key = chosen.row.key;
  message.template_number = chosen.number;
  message.customer = customer;
  message.variables = variables;
  message.sender_key = request.key();
  message.create_time = message.due_time = tx.now();
  ABSL_RETURN_IF_ERROR(messages::Insert(tx, message).status());
  EffectPool::Ring(tx, kSingleEffect);
  return ToMessage(tx, message);
}

absl::StatusOr<v1::Message> GetMessage(Snapshot& db, const v1::GetMessageRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(db.caller()));
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("messages", request.name()));
  ABSL_ASSIGN_OR_RETURN(const auto row, messages::Find(db, id));
  if (!row) {
    return NotFound("MESSAGE_NOT_FOUND", absl::StrCat("no message '", EscapeForLog(id), "'"));
  }
  return ToMessage(db, *row);
}

absl::StatusOr<messages::Wanted> WantedBy(Snapshot& db, const v1::ListMessagesRequest& request) {
  messages::Wanted wanted;
  if (!request.campaign().empty()) {
    ABSL_ASSIGN_OR_RETURN(const std::string id,
                          rpc::ParseName("campaigns", request.campaign(), "campaign"));
    ABSL_ASSIGN_OR_RETURN(const Campaign campaign, FindCampaign(db, id));
    wanted.campaign = campaign.key;
  }
  ABSL_ASSIGN_OR_RETURN(wanted.customer, OptionalCustomer(request.customer(), "customer"));
  if (wanted.campaign != 0 && !wanted.customer.empty()) {
    return FieldError("customer", "CAMPAIGN_AND_CUSTOMER", "cannot be set together with campaign");
  }
  if (!v1::Message::State_IsValid(request.state())) {
    return FieldError("state", "INVALID_STATE", "must be one of the declared values");
  }
  if (request.state() != v1::Message::STATE_UNSPECIFIED && wanted.campaign == 0) {
    return FieldError("state", "STATE_WITHOUT_CAMPAIGN", "can be set together with campaign only");
  }
  return wanted;
}

absl::StatusOr<v1::ListMessagesResponse> ListMessages(Snapshot& db,
                                                      const v1::ListMessagesRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(db.caller()));
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now()));
  ABSL_ASSIGN_OR_RETURN(int64_t before, rpc::PositionOf(page));
  ABSL_ASSIGN_OR_RETURN(const messages::Wanted wanted, WantedBy(db, request));
  v1::ListMessagesResponse response;
  for (int64_t looks = 0; looks < kMaxLooks && response.messages_size() < page.size;) {
    ABSL_ASSIGN_OR_RETURN(const auto rows, messages::List(db, wanted, before, page.size));
    if (rows.empty()) return response;
    for (const Message& row : rows) {
      before = row.key;
      ++looks;
      if (request.state() != v1::Message::STATE_UNSPECIFIED &&
          StateOf(row.state) != request.state()) {
        continue;
      }
      ABSL_ASSIGN_OR_RETURN(*response.add_messages(), ToMessage(db, row));
      if (response.messages_size() == page.size) break;
    }
  }
  ABSL_ASSIGN_OR_RETURN(const auto more, messages::List(db, wanted, before, 1));
  if (!more.empty()) {
    response.set_next_page_token(rpc::NextPageToken(request, db.now(), {absl::StrCat(before)}));
  }
  return response;
}

}  // namespace

std::unique_ptr<rpc::Service> RegisterMessages(const Context& context) {
  auto service =
      std::make_unique<rpc::Service>(context.environment, v1::MessageService::service_full_name());
  service->Write("SendMessage", [&context](Transaction& tx, const v1::SendMessageRequest& request) {
    return SendMessage(context, tx, request);
  });
  service->Read("GetMessage", GetMessage);
  service->Read("ListMessages", ListMessages);
  service->Write("CreateSuppression",
                 [&context](Transaction& tx, const v1::CreateSuppressionRequest& request) {
                   return CreateSuppression(context, tx, request);
                 });
  service->Read("ListSuppressions", ListSuppressions);
  service->Write("DeleteSuppression", DeleteSuppression);
  service->Finish();
  return service;
}

}  // namespace regulars::campaign
