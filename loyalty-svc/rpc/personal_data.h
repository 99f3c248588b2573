// What loyalty-svc holds about a person: the membership and each posting of it, and the receipts,
// whether or not the customer is a member.
#ifndef LOYALTY_SVC_RPC_PERSONAL_DATA_H_
#define LOYALTY_SVC_RPC_PERSONAL_DATA_H_

#include <string>

#include "absl/status/status.h"
#include "chassis/privacy/privacy_service.h"
#include "chassis/storage/transaction.h"

namespace regulars::loyalty {

absl::Status AddPersonalData(Snapshot& db, const std::string& customer, PersonalData& data);

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_RPC_PERSONAL_DATA_H_
