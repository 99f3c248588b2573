#include "customer-svc/rpc/services.h"

#include "chassis/admin/admin_service.h"
#include "chassis/admin/maintenance.h"
#include "chassis/feed/feed_service.h"
#include "chassis/privacy/privacy_service.h"
#include "chassis/tasks/operations.h"
#include "customer-svc/rpc/attribute_service.h"
#include "customer-svc/rpc/behaviour_service.h"
#include "customer-svc/rpc/consent_service.h"
#include "customer-svc/rpc/customer_service.h"
#include "customer-svc/rpc/erasure_service.h"
#include "customer-svc/rpc/import_messages.h"
#include "customer-svc/rpc/import_service.h"
#include "customer-svc/rpc/import_tasks.h"
#include "customer-svc/rpc/orders.h"
#include "customer-svc/rpc/personal_data.h"
#include "customer-svc/rpc/rfm_task.h"
#include "customer-svc/rpc/score_service.h"
#include "customer-svc/rpc/segment_service.h"
#include "customer-svc/rpc/settings_service.h"
#include "customer-svc/rpc/timeline.h"

namespace regulars::customer {
namespace {

// Operations tell of their progress in the words of their kind; other kinds are no operations.
absl::StatusOr<std::string> Describe(Snapshot& db, const Task& task) {
  if (task.kind == kRfmTask) return DescribeRfmTask(task);
  if (task.kind == kImportOrderLinesTask || task.kind == kImportCustomersTask) {
    return DescribeImportTask(db, task);
  }
  return DescribeBackupTask(task);
}

}  // namespace

Services::Services(const rpc::Environment& environment, TaskRunner& runner,
                   const DataHolders& holders) {
  owned.push_back(RegisterCustomers(environment));
  owned.push_back(RegisterAttributes(environment, runner));
  owned.push_back(RegisterSettings(environment));
  owned.push_back(RegisterOrders(environment, runner));
  owned.push_back(RegisterConsents(environment));
  owned.push_back(RegisterBehaviour(environment, runner));
  owned.push_back(RegisterErasures(environment, runner, holders));
  owned.push_back(RegisterTimeline(environment));
  owned.push_back(RegisterImports(environment, runner));
  owned.push_back(RegisterScores(environment, runner));
  owned.push_back(RegisterSegments(environment, runner));
  owned.push_back(MakeAdminService(environment, runner, Describe));
  owned.push_back(MakeOperationsService(environment, runner, Describe));
  owned.push_back(MakeFeedService(environment));
  owned.push_back(MakePrivacyService(environment, TellPersonalData));
  AddMaintenance(environment, runner);
}

std::vector<grpc::Service*> Services::all() const {
  std::vector<grpc::Service*> all;
  for (const auto& service : owned) all.push_back(service.get());
  return all;
}

}  // namespace regulars::customer
