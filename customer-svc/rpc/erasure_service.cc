#include "customer-svc/rpc/erasure_service.h"

#include <google/protobuf/util/json_util.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/etag.h"
#include "chassis/base/status_macros.h"
#include "chassis/privacy/privacy_service.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/page_token.h"
#include "chassis/rpc/timestamps.h"
#include "customer-svc/rpc/customer_messages.h"
#include "customer-svc/rpc/customer_reads.h"
#include "customer-svc/rpc/erasure_changes.h"
#include "customer-svc/rpc/personal_data.h"
#include "customer-svc/store/customers.h"
#include "regulars/customer/v1/erasure_service.grpc.pb.h"

namespace regulars::customer {
namespace {

using privacy::v1::ExportPersonalDataRequest;
using privacy::v1::ExportPersonalDataResponse;

v1::Erasure ToMessage(const erasures::Erasure& erasure) {
  v1::Erasure message;
  message.set_name(rpc::Name("erasures", erasure.id));
  message.set_customer(rpc::Name("customers", erasure.customer));
  message.set_state(erasure.complete_time ? v1::Erasure::STATE_DONE : v1::Erasure::STATE_RUNNING);
  for (const erasures::Part& part : erasure.parts) {
    v1::Erasure::Part& shown = *message.add_parts();
    shown.set_service(part.service);
    if (part.confirm_time) *shown.mutable_confirm_time() = rpc::ToTimestamp(*part.confirm_time);
  }
  message.set_requested_by(erasure.requested_by);
  *message.mutable_create_time() = rpc::ToTimestamp(erasure.create_time);
  if (erasure.complete_time) {
    *message.mutable_complete_time() = rpc::ToTimestamp(*erasure.complete_time);
  }
  return message;
}

absl::StatusOr<v1::Erasure> EraseCustomer(Transaction& tx, const v1::EraseCustomerRequest& request,
                                          const std::vector<std::string>& others) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("customers", request.name()));
  ABSL_ASSIGN_OR_RETURN(const auto before, erasures::FindByCustomer(tx, id));
  if (before) return ToMessage(*before);
  ABSL_ASSIGN_OR_RETURN(const bool was_deleted, erasures::WasDeleted(tx, id));
  if (was_deleted) {
    ABSL_RETURN_IF_ERROR(CheckEtag(request.etag(), ""));
    ABSL_ASSIGN_OR_RETURN(const erasures::Erasure erasure, EraseDeleted(tx, id, others));
    return ToMessage(erasure);
  }
  ABSL_ASSIGN_OR_RETURN(const Customer customer, LoadVisible(tx, request.name(), "name"));
  ABSL_RETURN_IF_ERROR(CheckEtag(request.etag(), EtagOf(customer)));
  ABSL_ASSIGN_OR_RETURN(const erasures::Erasure erasure, ApplyErasure(tx, customer, others));
  return ToMessage(erasure);
}

absl::StatusOr<v1::Erasure> GetErasure(Snapshot& db, const v1::GetErasureRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(db.caller()));
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("erasures", request.name()));
  ABSL_ASSIGN_OR_RETURN(const auto erasure, erasures::FindById(db, id));
  if (erasure) return ToMessage(*erasure);
  return NotFound("ERASURE_NOT_FOUND", absl::StrCat("there is no '", request.name(), "'"));
}

absl::StatusOr<v1::ListErasuresResponse> ListErasures(Snapshot& db,
                                                      const v1::ListErasuresRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(db.caller()));
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now()));
  ABSL_ASSIGN_OR_RETURN(const int64_t before, rpc::PositionOf(page));
  ABSL_ASSIGN_OR_RETURN(auto listed, erasures::List(db, before, page.size + 1));
  const bool more = static_cast<int64_t>(listed.size()) > page.size;
  if (more) listed.pop_back();
  v1::ListErasuresResponse reply;
  for (const erasures::Erasure& erasure : listed) *reply.add_erasures() = ToMessage(erasure);
  if (more) {
    reply.set_next_page_token(
        rpc::NextPageToken(request, db.now(), {absl::StrCat(listed.back().key)}));
  }
  return reply;
}

// This service's own part of an export, or NOT_FOUND.
absl::StatusOr<ExportPersonalDataResponse> OwnPart(Snapshot& db, const std::string& name) {
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("customers", name));
  ABSL_ASSIGN_OR_RETURN(const auto customer, customers::FindById(db, id));
  if (!customer) return CustomerNotFound(name);
  PersonalData data;
  ABSL_RETURN_IF_ERROR(TellPersonalData(db, name, data));
  return data.Take();
}

// Puts the parts of all services together into one file.
class ExportFile {
 public:
  ExportFile(const std::string& customer, absl::Time now)
      : json_(absl::StrCat("{\"customer\": \"", customer, "\", \"exportTime\": \"",
                           absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", now, absl::UTCTimeZone()),
                           "\", \"services\": {")) {}

  absl::Status Add(absl::string_view service, const ExportPersonalDataResponse& part) {
    std::string json;
    if (!google::protobuf::util::MessageToJsonString(part, &json).ok()) {
      return absl::InternalError(absl::StrCat("the part of ", service, " has no JSON form"));
    }
    absl::StrAppend(&json_, parts_++ == 0 ? "" : ", ", "\"", service, "\": ", json);
    if (json_.size() <= PersonalData::kMaxBytes) return absl::OkStatus();
    return Error(absl::StatusCode::kResourceExhausted, "the export would be larger than 16 MiB",
                 {.reason = "EXPORT_TOO_LARGE"});
  }

  google::api::HttpBody Take() {
    google::api::HttpBody body;
    body.set_content_type("application/json");
    body.set_data(absl::StrCat(json_, "}}\n"));
    return body;
  }

 private:
  std::string json_;
  int parts_ = 0;
};

// Whether asking again may help: the service is down, slow, or does not know our keys yet.
bool IsOutOfReach(const absl::Status& why) {
  return absl::IsUnavailable(why) || absl::IsDeadlineExceeded(why) || absl::IsUnauthenticated(why);
}

// Why a service's part is missing.
absl::Status PartMissing(const std::string& service, const absl::Status& why) {
  const std::string message =
      absl::StrCat("the part of ", service, " cannot be had: ", why.message());
  if (!IsOutOfReach(why)) {
    ErrorDetails details = GetErrorDetails(why);
    details.metadata.emplace_back("service", service);
    return Error(why.code(), message, details);
  }
  return Error(absl::StatusCode::kUnavailable, message,
               {.reason = "SERVICE_UNAVAILABLE",
                .metadata = {{"service", service}},
                .retry_after = absl::Seconds(5)});
}

using ExportChange = std::function<absl::StatusOr<google::api::HttpBody>(Transaction&)>;

// The change writes nothing; it is there for its entry in the audit.
absl::StatusOr<ExportChange> ExportCustomer(Store& store, const DataHolders& holders,
                                            const Origin& origin,
                                            const v1::ExportCustomerRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(*origin.caller));
  ExportPersonalDataResponse own;
  absl::Time now;
  ABSL_RETURN_IF_ERROR(store.readers().Run(origin, [&](Snapshot& db) -> absl::Status {
    now = db.now();
    ABSL_ASSIGN_OR_RETURN(own, OwnPart(db, request.name()));
    return absl::OkStatus();
  }));
  ExportFile file(request.name(), now);
  ABSL_RETURN_IF_ERROR(file.Add(kOwnPart, own));
  ExportPersonalDataRequest question;
  question.set_customer(request.name());
  for (const DataHolder& holder : holders) {
    const auto part = holder.ask(origin, question);
    if (!part.ok()) return PartMissing(holder.service, part.status());
    ABSL_RETURN_IF_ERROR(file.Add(holder.service, *part));
  }
  return ExportChange([body = file.Take()](Transaction&) { return body; });
}

}  // namespace

std::unique_ptr<rpc::Service> RegisterErasures(const rpc::Environment& environment,
                                               TaskRunner& runner, const DataHolders& holders) {
  Store& store = *environment.store;
  const std::vector<std::string> others = NamesOf(holders);
  runner.Add(kErasureTask, ErasureTask(store));
  auto service =
      std::make_unique<rpc::Service>(environment, v1::ErasureService::service_full_name());
  service->Write("EraseCustomer",
                 [others](Transaction& tx, const v1::EraseCustomerRequest& request) {
                   return EraseCustomer(tx, request, others);
                 });
  service->Read("GetErasure", GetErasure);
  service->Read("ListErasures", ListErasures);
  service->Gather("ExportCustomer", [&store, holders](const Origin& origin,
                                                      const v1::ExportCustomerRequest& request) {
    return ExportCustomer(store, holders, origin, request);
  });
  service->Finish();
  return service;
}

}  // namespace regulars::customer
