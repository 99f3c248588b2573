// The methods of ImportService that keep profiles: saved ways to read files.
#ifndef CUSTOMER_SVC_RPC_IMPORT_PROFILES_H_
#define CUSTOMER_SVC_RPC_IMPORT_PROFILES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/import_profile.h"
#include "google/protobuf/empty.pb.h"
#include "regulars/customer/v1/import_service.pb.h"

namespace regulars::customer {

absl::StatusOr<v1::ImportProfile> CreateImportProfile(
    Transaction& tx, const v1::CreateImportProfileRequest& request);
absl::StatusOr<v1::ImportProfile> GetImportProfile(Snapshot& db,
                                                   const v1::GetImportProfileRequest& request);
absl::StatusOr<v1::ListImportProfilesResponse> ListImportProfiles(
    Snapshot& db, const v1::ListImportProfilesRequest& request);
absl::StatusOr<v1::ImportProfile> UpdateImportProfile(
    Transaction& tx, const v1::UpdateImportProfileRequest& request);
absl::StatusOr<google::protobuf::Empty> DeleteImportProfile(
    Transaction& tx, const v1::DeleteImportProfileRequest& request);

// The profile of that name, which stands in `field` of a request: NAME_MISSING, INVALID_NAME,
// IMPORT_PROFILE_NOT_FOUND.
absl::StatusOr<ImportProfile> LoadImportProfile(Snapshot& db, const std::string& name,
                                                absl::string_view field);

// FAILED_PRECONDITION with ATTRIBUTE_IN_USE if a profile names the attribute; metadata
// `importProfile` names it.
absl::Status CheckNoProfileNames(Snapshot& db, absl::string_view attribute_id);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_IMPORT_PROFILES_H_
