#include "chassis/admin/admin_service.h"

#include <functional>
#include <utility>

#include "chassis/admin/audit_methods.h"
#include "chassis/admin/backup_methods.h"
#include "chassis/admin/clock_methods.h"
#include "chassis/admin/follower_methods.h"
#include "chassis/admin/task_methods.h"
#include "chassis/auth/caller.h"
#include "chassis/base/status_macros.h"
#include "regulars/admin/v1/admin_service.grpc.pb.h"

namespace regulars {

namespace {

// Whoever runs a service runs it for all stores.
template <typename Reply, typename Db, typename Request>
auto ForAllStores(std::function<absl::StatusOr<Reply>(Db&, const Request&)> function) {
  return [function](Db& db, const Request& request) -> absl::StatusOr<Reply> {
    ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(db.caller()));
    return function(db, request);
  };
}

}  // namespace

std::unique_ptr<rpc::Service> MakeAdminService(const rpc::Environment& environment,
                                               TaskRunner& runner, const DescribeTask& describe) {
  namespace v1 = admin::v1;
  runner.Export(*environment.metrics, *environment.warnings);
  runner.Add(kBackupTask, BackupTask(*environment.store));
  auto service = std::make_unique<rpc::Service>(environment, v1::AdminService::service_full_name());
  const auto read = [&](absl::string_view method, auto function) {
    service->Read(method, ForAllStores(std::function(std::move(function))));
  };
  const auto write = [&](absl::string_view method, auto function) {
    service->Write(method, ForAllStores(std::function(std::move(function))));
  };
  service->Read("GetServiceInfo", [&environment, started = SystemClock().Now()](
                                      Snapshot& db, const v1::GetServiceInfoRequest& request) {
    return admin::GetServiceInfo(db, environment, started, request);
  });
  write("AdvanceClock",
        [&environment, &runner](Transaction& tx, const v1::AdvanceClockRequest& request) {
          return admin::AdvanceClock(tx, environment, runner, request);
        });
  service->Gather("CreateBackup",
                  [&environment](const Origin& origin, const v1::CreateBackupRequest& request) {
                    return admin::CreateBackup(environment, *origin.caller, request);
                  });
  read("GetBackup", admin::GetBackup);
  read("ListBackups", admin::ListBackups);
  read("GetTask", [describe](Snapshot& db, const v1::GetTaskRequest& request) {
    return admin::GetTask(db, describe, request);
  });
  read("ListTasks", [describe](Snapshot& db, const v1::ListTasksRequest& request) {
    return admin::ListTasks(db, describe, request);
  });
  write("RetryTask", [describe](Transaction& tx, const v1::RetryTaskRequest& request) {
    return admin::RetryTask(tx, describe, request);
  });
  read("ListAuditEntries", admin::ListAuditEntries);
  read("GetFollower", [&environment](Snapshot& db, const v1::GetFollowerRequest& request) {
    return admin::GetFollower(db, environment, request);
  });
  read("ListFollowers", [&environment](Snapshot& db, const v1::ListFollowersRequest& request) {
    return admin::ListFollowers(db, environment, request);
  });
  read("ListParkedEvents", admin::ListParkedEvents);
  write("RetryParkedEvents", admin::RetryParkedEvents);
  write("SkipParkedEvent", admin::SkipParkedEvent);
  service->Finish();
  return service;
}

}  // namespace regulars
