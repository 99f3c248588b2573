#include "recommend-svc/rpc/services.h"

#include "chassis/admin/admin_service.h"
#include "chassis/admin/maintenance.h"
#include "chassis/feed/feed_service.h"
#include "chassis/privacy/privacy_service.h"
#include "chassis/tasks/operations.h"
#include "recommend-svc/rpc/item_service.h"
#include "recommend-svc/rpc/personal_data.h"
#include "recommend-svc/rpc/recommend_service.h"
#include "recommend-svc/rpc/settings_service.h"

namespace regulars::recommend {
namespace {

absl::StatusOr<std::string> Describe(Snapshot&, const Task& task) {
  return DescribeBackupTask(task);
}

}  // namespace

Services::Services(const rpc::Environment& environment, TaskRunner& runner) {
  owned.push_back(RegisterRecommend(environment));
  owned.push_back(RegisterItems(environment));
  owned.push_back(RegisterSettings(environment));
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

}  // namespace regulars::recommend
