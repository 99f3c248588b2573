// The admin service of a test's own process, over a store with one table of writes.
#ifndef CHASSIS_ADMIN_ADMIN_FIXTURE_H_
#define CHASSIS_ADMIN_ADMIN_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/time/clock.h"
#include "chassis/admin/admin_service.h"
#include "chassis/rpc/status_proto.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_dir.h"
#include "chassis/testing/test_server.h"
#include "google/longrunning/operations.grpc.pb.h"
#include "regulars/admin/v1/admin_service.grpc.pb.h"

namespace regulars::admin {

inline constexpr Migration kTestMigrations[] = {
    {1, "CREATE TABLE t (n INTEGER PRIMARY KEY, v BLOB NOT NULL)"}};

class AdminFixture : public ::testing::Test {
 protected:
  using Admin = v1::AdminService::Stub;
  using Operations = google::longrunning::Operations::Stub;

  static constexpr char kAdmin[] = "users/admin test.read,test.write,test.admin";

  ~AdminFixture() override { runner_->Stop(); }

  template <typename Stub, typename Request, typename Reply>
  absl::StatusOr<Reply> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                          Reply*),
                             const std::type_identity_t<Request>& request,
                             const std::string& token = kAdmin) {
    grpc::ClientContext context;
    if (!token.empty()) testing::Authorize(context, token);
    Stub stub(server_.channel());
    Reply reply;
    const absl::Status status = FromGrpc((stub.*method)(&context, request, &reply));
    if (!status.ok()) return status;
    return reply;
  }

  google::longrunning::Operation AwaitDone(const std::string& name) {
    google::longrunning::GetOperationRequest request;
    request.set_name(name);
    for (int i = 0; i < 2000; ++i) {
      const auto operation = Call(&Operations::GetOperation, request);
      if (operation.ok() && operation->done()) return *operation;
      absl::SleepFor(absl::Milliseconds(10));
    }
    ADD_FAILURE() << "never done";
    return {};
  }

  std::string Schedule(const NewTask& task) {
    std::string id;
    EXPECT_OK(server_.store().Write([&](Transaction& tx) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(id, tasks::Schedule(tx, task));
      return absl::OkStatus();
    }));
    return "tasks/" + id;
  }

  testing::TempDir folder_;
  SandboxClock sandbox_clock_;
  rpc::Environment* environment_ = nullptr;
  std::unique_ptr<TaskRunner> runner_;
  testing::TestServer server_{
      kTestMigrations,
      "test",
      [this](const rpc::Environment& environment) {
        runner_ = std::make_unique<TaskRunner>(*environment.store);
        const auto describe = [](Snapshot&, const Task& task) { return DescribeBackupTask(task); };
        testing::TestServer::Services services;
        services.push_back(MakeAdminService(environment, *runner_, describe));
        services.push_back(MakeOperationsService(environment, *runner_, describe));
        return services;
      },
      {},
      [this](rpc::Environment& environment) {
        environment.sandbox_clock = &sandbox_clock_;
        environment.backup_folder = folder_.File("backups");
        environment_ = &environment;
      }};
};

}  // namespace regulars::admin

#endif  // CHASSIS_ADMIN_ADMIN_FIXTURE_H_
