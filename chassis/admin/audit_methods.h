// The method that lists the audit.
#ifndef CHASSIS_ADMIN_AUDIT_METHODS_H_
#define CHASSIS_ADMIN_AUDIT_METHODS_H_

#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "regulars/admin/v1/admin_service.pb.h"

namespace regulars::admin {

absl::StatusOr<v1::ListAuditEntriesResponse> ListAuditEntries(
    Snapshot& db, const v1::ListAuditEntriesRequest& request);

}  // namespace regulars::admin

#endif  // CHASSIS_ADMIN_AUDIT_METHODS_H_
