// What campaign-svc holds about a person, for PrivacyService.
#ifndef CAMPAIGN_SVC_RPC_PERSONAL_DATA_H_
#define CAMPAIGN_SVC_RPC_PERSONAL_DATA_H_

#include <string>

#include "absl/status/status.h"
#include "chassis/privacy/privacy_service.h"
#include "chassis/storage/transaction.h"

namespace regulars::campaign {

// Messages to the customer, and what the customer wants no more of.
absl::Status CollectPersonalData(Snapshot& db, const std::string& customer, PersonalData& data);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_RPC_PERSONAL_DATA_H_
