#include "customer-svc/rpc/score_service.h"

#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/observe/log.h"
#include "chassis/tasks/operations.h"
#include "customer-svc/rpc/rfm_task.h"
#include "customer-svc/rpc/segment_messages.h"
#include "customer-svc/store/settings.h"
#include "regulars/customer/v1/score_service.grpc.pb.h"

namespace regulars::customer {
namespace {

absl::StatusOr<RfmDay> DayAskedFor(Snapshot& db, v1::RfmDay day) {
  switch (day) {
    case v1::RFM_DAY_UNSPECIFIED: {
      ABSL_ASSIGN_OR_RETURN(const CompanySettings settings, settings::Load(db));
      return settings.rfm_day;
    }
    case v1::RFM_DAY_TODAY:
      return RfmDay::kToday;
    case v1::RFM_DAY_AFTER_LAST_ORDER:
      return RfmDay::kAfterLastOrder;
    default:
      return FieldError("day", "INVALID_DAY", "is no RfmDay");
  }
}

absl::StatusOr<google::longrunning::Operation> ComputeRfm(Transaction& tx,
                                                          const v1::ComputeRfmRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  ABSL_ASSIGN_OR_RETURN(const RfmDay day, DayAskedFor(tx, request.day()));
  ABSL_ASSIGN_OR_RETURN(const Task task, StartRfm(tx, day));
  return ToOperation(task, DescribeRfmTask(task));
}

absl::StatusOr<v1::RfmTable> GetRfmTable(Snapshot& db, const v1::GetRfmTableRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(db.caller()));
  if (request.name() != "rfmTable") {
    return FieldError("name", "INVALID_NAME", "must be 'rfmTable'");
  }
  ABSL_ASSIGN_OR_RETURN(auto table, LoadRfmTable(db));
  if (!table) return NotFound("RFM_NOT_COMPUTED", "no scores have been worked out yet");
  return *std::move(table);
}

}  // namespace

std::unique_ptr<rpc::Service> RegisterScores(const rpc::Environment& environment,
                                             TaskRunner& runner) {
  runner.Add(kRfmTask, RfmTask(*environment.store));
  runner.Add(kRfmNightTask, RfmNightTask());
  const Origin origin{.caller = std::make_shared<auth::Caller>(
                          auth::Caller{.principal = "services/" + environment.service})};
  const absl::Status planned =
      environment.store->writer().Write(Lane::kTasks, origin, ScheduleRfmNights);
  if (!planned.ok()) {
    LogError("the nightly scoring could not be planned", {{"why", std::string(planned.message())}});
  }
  auto service = std::make_unique<rpc::Service>(environment, v1::ScoreService::service_full_name());
  service->Write("ComputeRfm", ComputeRfm);
  service->Read("GetRfmTable", GetRfmTable);
  service->Finish();
  return service;
}

}  // namespace regulars::customer
