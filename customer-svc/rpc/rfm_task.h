// Works out the RFM scores of all customers as a task:
//
//   rfm_compute  reads the figures of all customers from one snapshot into memory (32 bytes each),
//                writes their scores as a new version in steps, switches to it in one change, moves
//                the segments that name scores, deletes the version before. Killed while it writes,
//                it begins anew with a fresh snapshot; later it goes on where it was.
//   rfm_nightly  wakes after each midnight of the company and starts rfm_compute if the settings
//                say so.
#ifndef CUSTOMER_SVC_RPC_RFM_TASK_H_
#define CUSTOMER_SVC_RPC_RFM_TASK_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "chassis/storage/store.h"
#include "chassis/tasks/runner.h"
#include "customer-svc/domain/settings.h"
#include "regulars/customer/v1/score.pb.h"

namespace regulars::customer {

inline constexpr char kRfmTask[] = "rfm_compute";
inline constexpr char kRfmNightTask[] = "rfm_nightly";

// Starts a scoring as part of the change; the task. ABORTED with RFM_RUNNING while there is one.
absl::StatusOr<Task> StartRfm(Transaction& tx, RfmDay day);

// What ComputeRfm's operation says of its progress: a serialised google.protobuf.Any.
std::string DescribeRfmTask(const Task& task);

// The stored table; nullopt if there was no scoring yet.
absl::StatusOr<std::optional<v1::RfmTable>> LoadRfmTable(Snapshot& db);

// `store` must outlive the runner.
TaskKind RfmTask(Store& store);
TaskKind RfmNightTask();
// Sees to it that rfm_nightly is there. For start-up.
absl::Status ScheduleRfmNights(Transaction& tx);
// Moves rfm_nightly to the next midnight of the company's zone, which has changed.
absl::Status MoveRfmNight(Transaction& tx);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_RFM_TASK_H_
