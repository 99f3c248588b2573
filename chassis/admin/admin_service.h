// What every service answers to those who run it: regulars.admin.v1.AdminService, over the store's
// own tables. A service mounts it, and the operations that show its backups, beside its own:
//
//   absl::StatusOr<std::string> Describe(Snapshot& db, const Task& task) {
//     if (task.kind == kMyTask) return DescribeMine(task);
//     return DescribeBackupTask(task);  // "" for what is no operation.
//   }
//   services.push_back(MakeAdminService(environment, runner, Describe));
//   services.push_back(MakeOperationsService(environment, runner, Describe));
#ifndef CHASSIS_ADMIN_ADMIN_SERVICE_H_
#define CHASSIS_ADMIN_ADMIN_SERVICE_H_

#include <memory>

#include "chassis/admin/backup_task.h"
#include "chassis/rpc/service.h"
#include "chassis/tasks/operations.h"
#include "chassis/tasks/runner.h"

namespace regulars {

// Adds the kind that makes backups to the runner, which is not started yet. All arguments must
// outlive the service.
std::unique_ptr<rpc::Service> MakeAdminService(const rpc::Environment& environment,
                                               TaskRunner& runner, const DescribeTask& describe);

}  // namespace regulars

#endif  // CHASSIS_ADMIN_ADMIN_SERVICE_H_
