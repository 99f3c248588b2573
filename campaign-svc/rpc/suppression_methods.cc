#include "campaign-svc/rpc/suppression_methods.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "campaign-svc/domain/text_rules.h"
#include "campaign-svc/rpc/messages.h"
#include "campaign-svc/store/suppressions.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/mailbox.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/page_token.h"

namespace regulars::campaign {

absl::StatusOr<v1::Suppression> CreateSuppression(const Context& context, Transaction& tx,
                                                  const v1::CreateSuppressionRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  const v1::Suppression& message = request.suppression();
  if (!message.name().empty()) {
    return FieldError("suppression.name", "INVALID_NAME", "must be empty");
  }
  if (message.customer().empty() == message.address().empty()) {
    return FieldError("suppression.customer", "SUPPRESSION_INCOMPLETE",
                      "or suppression.address must be set, and not both");
  }
  if (message.channel() != v1::CHANNEL_UNSPECIFIED && message.channel() != v1::CHANNEL_EMAIL) {
    return FieldError("suppression.channel", "INVALID_CHANNEL",
                      "must be one of the declared values");
  }
  if (!message.topic().empty() && !IsSlug(message.topic())) {
    return FieldError("suppression.topic", "INVALID_TOPIC",
                      "must be [a-z]([a-z0-9-]{0,61}[a-z0-9])?");
  }
  Suppression suppression;
  suppression.id = tx.NewId();
  suppression.topic = message.topic();
  suppression.create_time = tx.now();
  if (!message.customer().empty()) {
    ABSL_ASSIGN_OR_RETURN(suppression.customer, rpc::ParseMadeName("customers", message.customer(),
                                                                   "suppression.customer"));
  } else {
    const auto mailbox = ParseMailbox(message.address());
    if (!mailbox.ok()) {
      return FieldError("suppression.address", "INVALID_EMAIL",
                        std::string(mailbox.status().message()));
    }
    suppression.address_hash = AddressHash(context.hash_secret, mailbox->folded());
  }
  ABSL_ASSIGN_OR_RETURN(const auto added, suppressions::Add(tx, suppression));
  return ToMessage(added.row);
}

absl::StatusOr<v1::ListSuppressionsResponse> ListSuppressions(
    Snapshot& db, const v1::ListSuppressionsRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(db.caller()));
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now()));
  ABSL_ASSIGN_OR_RETURN(const int64_t before, rpc::PositionOf(page));
  ABSL_ASSIGN_OR_RETURN(const std::string customer,
                        OptionalCustomer(request.customer(), "customer"));
  ABSL_ASSIGN_OR_RETURN(auto rows, suppressions::List(db, customer, before, page.size + 1));
  v1::ListSuppressionsResponse response;
  if (static_cast<int64_t>(rows.size()) > page.size) {
    rows.pop_back();
    response.set_next_page_token(
        rpc::NextPageToken(request, db.now(), {absl::StrCat(rows.back().key)}));
  }
  for (const Suppression& row : rows) *response.add_suppressions() = ToMessage(row);
  return response;
}

absl::StatusOr<google::protobuf::Empty> DeleteSuppression(
    Transaction& tx, const v1::DeleteSuppressionRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("suppressions", request.name()));
  ABSL_ASSIGN_OR_RETURN(const auto row, suppressions::Find(tx, id));
  if (!row) {
    if (request.allow_missing()) return google::protobuf::Empty();
    return NotFound("SUPPRESSION_NOT_FOUND",
                    absl::StrCat("no suppression '", EscapeForLog(id), "'"));
  }
  ABSL_RETURN_IF_ERROR(suppressions::Delete(tx, row->key));
  return google::protobuf::Empty();
}

}  // namespace regulars::campaign
