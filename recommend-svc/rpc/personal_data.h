// All that recommend-svc holds about a person, for exports.
#ifndef RECOMMEND_SVC_RPC_PERSONAL_DATA_H_
#define RECOMMEND_SVC_RPC_PERSONAL_DATA_H_

#include <string>

#include "absl/status/status.h"
#include "chassis/privacy/privacy_service.h"
#include "chassis/storage/transaction.h"

namespace regulars::recommend {

// A PersonalDataFunction.
absl::Status TellPersonalData(Snapshot& db, const std::string& customer, PersonalData& data);

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_RPC_PERSONAL_DATA_H_
