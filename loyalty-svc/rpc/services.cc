#include "loyalty-svc/rpc/services.h"

#include "chassis/admin/admin_service.h"
#include "chassis/admin/maintenance.h"
#include "chassis/feed/event.h"
#include "chassis/feed/feed_service.h"
#include "chassis/privacy/erasure_task.h"
#include "chassis/privacy/privacy_service.h"
#include "chassis/tasks/operations.h"
#include "loyalty-svc/rpc/ledger_service.h"
#include "loyalty-svc/rpc/member_service.h"
#include "loyalty-svc/rpc/personal_data.h"
#include "loyalty-svc/rpc/programme_service.h"
#include "loyalty-svc/rpc/quote_service.h"
#include "loyalty-svc/rpc/receipt_changes.h"
#include "regulars/loyalty/v1/events.pb.h"

namespace regulars::loyalty {
namespace {

// Backups are the only operations: the other tasks are nobody's to wait for.
absl::StatusOr<std::string> Describe(Snapshot&, const Task& task) {
  return DescribeBackupTask(task);
}

Event ErasureConfirmed(const std::string& erasure, const std::string& customer) {
  v1::ErasureConfirmed confirmed;
  confirmed.set_erasure(erasure);
  confirmed.set_customer(customer);
  return PackEvent(customer, /*realm=*/"", confirmed);
}

}  // namespace

Services::Services(const rpc::Environment& environment, TaskRunner& runner) {
  owned.push_back(RegisterProgrammes(environment, runner));
  owned.push_back(RegisterMembers(environment));
  owned.push_back(RegisterLedger(environment));
  owned.push_back(RegisterQuotes(environment));
  owned.push_back(MakeAdminService(environment, runner, Describe));
  owned.push_back(MakeOperationsService(environment, runner, Describe));
  owned.push_back(MakeFeedService(environment));
  owned.push_back(MakePrivacyService(environment, AddPersonalData));
  AddMaintenance(environment, runner);
  runner.Add(kCountTask, CountTask());
  AddErasureTask(runner, *environment.store, ErasureConfirmed);
}

std::vector<grpc::Service*> Services::all() const {
  std::vector<grpc::Service*> all;
  for (const auto& service : owned) all.push_back(service.get());
  return all;
}

}  // namespace regulars::loyalty
