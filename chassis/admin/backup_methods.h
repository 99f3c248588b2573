// The methods that make backups and show them.
#ifndef CHASSIS_ADMIN_BACKUP_METHODS_H_
#define CHASSIS_ADMIN_BACKUP_METHODS_H_

#include <functional>

#include "absl/status/statusor.h"
#include "chassis/auth/caller.h"
#include "chassis/rpc/environment.h"
#include "chassis/storage/transaction.h"
#include "google/longrunning/operations.pb.h"
#include "regulars/admin/v1/admin_service.pb.h"

namespace regulars::admin {

// Looks at the folder, then answers with the change that asks for the backup.
absl::StatusOr<std::function<absl::StatusOr<google::longrunning::Operation>(Transaction&)>>
CreateBackup(const rpc::Environment& environment, const auth::Caller& caller,
             const v1::CreateBackupRequest& request);

absl::StatusOr<v1::Backup> GetBackup(Snapshot& db, const v1::GetBackupRequest& request);
absl::StatusOr<v1::ListBackupsResponse> ListBackups(Snapshot& db,
                                                    const v1::ListBackupsRequest& request);

}  // namespace regulars::admin

#endif  // CHASSIS_ADMIN_BACKUP_METHODS_H_
