// The task that writes one backup. The file is made on a thread of its own while the task looks at
// it ten times a second; should the process die, the file is made anew.
#ifndef CHASSIS_ADMIN_BACKUP_TASK_H_
#define CHASSIS_ADMIN_BACKUP_TASK_H_

#include <string>

#include "chassis/storage/backup_table.h"
#include "chassis/storage/store.h"
#include "chassis/tasks/runner.h"
#include "chassis/tasks/task.h"
#include "regulars/admin/v1/admin.pb.h"

namespace regulars {

// Its tasks have the backup's id as input.
inline constexpr char kBackupTask[] = "backup";

// `store` must outlive the runner.
TaskKind BackupTask(Store& store);

// The metadata of its operation: a serialised Any of CreateBackupMetadata. "" for other kinds.
std::string DescribeBackupTask(const Task& task);

namespace admin {

v1::Backup ToProto(const backups::Backup& backup);

}  // namespace admin
}  // namespace regulars

#endif  // CHASSIS_ADMIN_BACKUP_TASK_H_
