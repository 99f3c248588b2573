// What segments need beyond the changes of facts:
//
//   segment_scan    finds the members of one new set: looks at every customer in order of keys,
//   then
//                   makes the set the live one in one change, then publishes the differences to the
//                   one before. Changes of facts meanwhile move the customers already looked at.
//   segment_upkeep  looks at customers whose timers are due and deletes the rows of dead sets. Runs
//                   when the next timer is due, and once a day.
#ifndef CUSTOMER_SVC_RPC_SEGMENT_TASKS_H_
#define CUSTOMER_SVC_RPC_SEGMENT_TASKS_H_

#include "chassis/storage/store.h"
#include "chassis/tasks/runner.h"

namespace regulars::customer {

// `store` must outlive the runner.
TaskKind SegmentScanTask(Store& store);
TaskKind SegmentUpkeepTask();

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_SEGMENT_TASKS_H_
