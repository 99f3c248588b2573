#include "chassis/privacy/privacy_service.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "regulars/privacy/v1/privacy_service.grpc.pb.h"

namespace regulars {
namespace {

using google::protobuf::Struct;
using google::protobuf::util::JsonStringToMessage;
using google::protobuf::util::MessageToJsonString;
using privacy::v1::ExportPersonalDataRequest;
using privacy::v1::ExportPersonalDataResponse;
using privacy::v1::PersonalDataSection;

PersonalDataSection& SectionOf(absl::string_view title, ExportPersonalDataResponse& response) {
  auto& sections = *response.mutable_sections();
  const auto found =
      std::find_if(sections.begin(), sections.end(),
                   [&](const PersonalDataSection& section) { return section.title() == title; });
  if (found != sections.end()) return *found;
  PersonalDataSection& added = *sections.Add();
  added.set_title(std::string(title));
  return added;
}

}  // namespace

absl::Status PersonalData::Add(absl::string_view title, const google::protobuf::Message& row) {
  std::string json;
  Struct fields;
  if (!MessageToJsonString(row, &json).ok() || !JsonStringToMessage(json, &fields).ok()) {
    return absl::InternalError(absl::StrCat("a ", row.GetTypeName(), " has no JSON form"));
  }
  bytes_ += fields.ByteSizeLong();
  if (bytes_ > kMaxBytes) {
    return Error(absl::StatusCode::kResourceExhausted, "the export would be larger than 16 MiB",
                 {.reason = "EXPORT_TOO_LARGE"});
  }
  *SectionOf(title, response_).add_rows() = std::move(fields);
  return absl::OkStatus();
}

std::unique_ptr<rpc::Service> MakePrivacyService(const rpc::Environment& environment,
                                                 PersonalDataFunction function) {
  auto service =
      std::make_unique<rpc::Service>(environment, privacy::v1::PrivacyService::service_full_name());
  service->Read(
      "ExportPersonalData",
      [function = std::move(function)](Snapshot& db, const ExportPersonalDataRequest& request)
          -> absl::StatusOr<ExportPersonalDataResponse> {
        // A person's data is that of all stores.
        ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(db.caller()));
        if (request.customer().empty()) {
          return FieldError("customer", "NAME_MISSING", "is needed");
        }
        PersonalData data;
        ABSL_RETURN_IF_ERROR(function(db, request.customer(), data));
        return data.Take();
      });
  service->Finish();
  return service;
}

}  // namespace regulars
