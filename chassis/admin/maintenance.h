// What every store forgets in time: the hourly task that drops old events, remembered replies,
// ended tasks and audit entries, a few hundred rows at a time.
#ifndef CHASSIS_ADMIN_MAINTENANCE_H_
#define CHASSIS_ADMIN_MAINTENANCE_H_

#include "chassis/rpc/environment.h"
#include "chassis/tasks/runner.h"

namespace regulars {

inline constexpr char kMaintenanceTask[] = "maintenance";

// Ended tasks are kept this long, as the interface says.
inline constexpr absl::Duration kEndedTasksKept = absl::Hours(24 * 30);

// Has the runner, which is not started yet, do it every hour. Waits for the store.
void AddMaintenance(const rpc::Environment& environment, TaskRunner& runner);

}  // namespace regulars

#endif  // CHASSIS_ADMIN_MAINTENANCE_H_
