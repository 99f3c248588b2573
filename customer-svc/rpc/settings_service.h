// The methods of SettingsService: the company's settings and its currency rates. Errors as
// settings_service.proto says.
#ifndef CUSTOMER_SVC_RPC_SETTINGS_SERVICE_H_
#define CUSTOMER_SVC_RPC_SETTINGS_SERVICE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "chassis/rpc/service.h"
#include "regulars/customer/v1/settings_service.pb.h"

namespace regulars::customer {

absl::StatusOr<v1::CompanySettings> GetCompanySettings(
    Snapshot& db, const v1::GetCompanySettingsRequest& request);
absl::StatusOr<v1::CompanySettings> UpdateCompanySettings(
    Transaction& tx, const v1::UpdateCompanySettingsRequest& request);

std::unique_ptr<rpc::Service> RegisterSettings(const rpc::Environment& environment);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_SETTINGS_SERVICE_H_
