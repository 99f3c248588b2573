// regulars.privacy.v1.PrivacyService over what a service says that it holds about a person.
//
//   services.push_back(MakePrivacyService(
//       environment, [](Snapshot& db, const std::string& customer, PersonalData& data) {
//         ABSL_ASSIGN_OR_RETURN(const auto member, members::FindByCustomer(db, customer));
//         if (!member) return absl::OkStatus();
//         return data.Add("Membership", ToMessage(*member));
//       }));
#ifndef CHASSIS_PRIVACY_PRIVACY_SERVICE_H_
#define CHASSIS_PRIVACY_PRIVACY_SERVICE_H_

#include <google/protobuf/message.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "chassis/rpc/service.h"
#include "regulars/privacy/v1/privacy_service.pb.h"

namespace regulars {

// Collects the rows of one export. Belongs to the thread that asks.
class PersonalData {
 public:
  static constexpr size_t kMaxBytes = 16 << 20;

  // Adds a row to the section with this title: the message as it is in JSON. RESOURCE_EXHAUSTED
  // EXPORT_TOO_LARGE when it would be more than kMaxBytes in all.
  absl::Status Add(absl::string_view title, const google::protobuf::Message& row);

  privacy::v1::ExportPersonalDataResponse Take() { return std::move(response_); }

 private:
  privacy::v1::ExportPersonalDataResponse response_;
  size_t bytes_ = 0;
};

// Adds everything that the service holds about "customers/{customer}"; nothing if it knows of none
// such.
using PersonalDataFunction =
    std::function<absl::Status(Snapshot& db, const std::string& customer, PersonalData& data)>;

// `environment` must outlive it.
std::unique_ptr<rpc::Service> MakePrivacyService(const rpc::Environment& environment,
                                                 PersonalDataFunction function);

}  // namespace regulars

#endif  // CHASSIS_PRIVACY_PRIVACY_SERVICE_H_
