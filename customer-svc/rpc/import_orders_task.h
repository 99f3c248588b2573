// The task import_order_lines: reads an uploaded file of order lines to its end, then records its
// orders in order of time.
//
// Reading happens between changes, in slices, and puts the orders into scratch files; it may be
// repeated at will and finds the same again. What counts is the cursor: how many refused lines and
// how many orders have been taken over, moved in the change that takes them. So a process that was
// killed reads the file once more and goes on behind the cursor.
//
// Files are read one at a time: an import waits while another one of its kind runs.
#ifndef CUSTOMER_SVC_RPC_IMPORT_ORDERS_TASK_H_
#define CUSTOMER_SVC_RPC_IMPORT_ORDERS_TASK_H_

#include "chassis/rpc/environment.h"
#include "chassis/tasks/runner.h"

namespace regulars::customer {

// `environment` must outlive the runner.
TaskKind ImportOrderLinesTask(const rpc::Environment& environment);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_IMPORT_ORDERS_TASK_H_
