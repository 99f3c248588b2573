// All that customer-svc holds about a person, for exports.
#ifndef CUSTOMER_SVC_RPC_PERSONAL_DATA_H_
#define CUSTOMER_SVC_RPC_PERSONAL_DATA_H_

#include <string>

#include "absl/status/status.h"
#include "chassis/privacy/privacy_service.h"
#include "chassis/storage/transaction.h"

namespace regulars::customer {

// A PersonalDataFunction.
absl::Status TellPersonalData(Snapshot& db, const std::string& customer, PersonalData& data);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_PERSONAL_DATA_H_
