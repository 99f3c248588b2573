// Imports a customer file as a task: each line an upsert, by the rules of BatchUpsertCustomers.
//
// Lines are read and parsed outside the change; each step applies the next of them until others
// wait, and moves in the same change the place in the file, the report and the refused lines. Run
// twice, the file changes nothing the second time and publishes nothing.
//
// A dry run judges each line by what is stored, and by earlier lines of the file as far as it can:
// whom they would have made is remembered, and a line that stands there twice counts once.
#ifndef CUSTOMER_SVC_RPC_IMPORT_CUSTOMERS_TASK_H_
#define CUSTOMER_SVC_RPC_IMPORT_CUSTOMERS_TASK_H_

#include "chassis/rpc/environment.h"
#include "chassis/tasks/runner.h"

namespace regulars::customer {

// Works on kImportCustomersTask (import_tasks.h). `environment` must outlive the runner.
TaskKind ImportCustomersTask(const rpc::Environment& environment);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_IMPORT_CUSTOMERS_TASK_H_
