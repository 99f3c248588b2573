// customer-svc: who the customers are, what they bought, which segments they are in. See README.md.
#include "chassis/feed/follower.h"
#include "chassis/server/process.h"
#include "chassis/tasks/runner.h"
#include "customer-svc/follow/campaign.h"
#include "customer-svc/follow/loyalty.h"
#include "customer-svc/follow/recommend.h"
#include "customer-svc/rpc/data_holders.h"
#include "customer-svc/rpc/erasure_changes.h"
#include "customer-svc/rpc/services.h"
#include "customer-svc/store/schema.h"

int main(int argc, char** argv) {
  using namespace regulars;  // NOLINT: main() speaks of little else.
  ProcessOptions options("customer", {"loyalty", "recommend", "campaign"});
  options.kept_file = {"erasures", "names who must be forgotten again"};
  if (const auto code = ParseFlags(argc, argv, options)) return *code;
  auto process = Process::Start(options, customer::CustomerMigrations());
  if (!process.ok()) return Fail(process.status());
  const rpc::Environment& environment = (*process)->environment();
  Peer* loyalty = (*process)->peer("loyalty");
  Peer* recommend = (*process)->peer("recommend");
  Peer* campaign = (*process)->peer("campaign");
  const auto holders = customer::MakeDataHolders({loyalty, recommend, campaign});
  // Nobody is answered about people who must be forgotten again.
  const absl::Status erased =
      customer::ReapplyErasures((*process)->store(), customer::NamesOf(holders));
  if (!erased.ok()) return Fail(erased);
  TaskRunner runner((*process)->store());
  const customer::Services services(environment, runner, holders);
  Follower of_loyalty(environment, loyalty, {.upstream = "loyalty"},
                      customer::LoyaltyHandlers(loyalty));
  Follower of_recommend(environment, recommend, {.upstream = "recommend"},
                        customer::RecommendHandlers());
  Follower of_campaign(environment, campaign, {.upstream = "campaign"},
                       customer::CampaignHandlers(campaign));
  const std::vector<Follower*> followers = {&of_loyalty, &of_recommend, &of_campaign};
  runner.Start();
  for (Follower* follower : followers) follower->Start();
  return (*process)->Serve(services.all(), [&] {
    for (Follower* follower : followers) follower->Stop();
    runner.Stop();
  });
}
