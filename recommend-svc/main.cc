// recommend-svc: what a customer should see now, and why. See README.md.
#include "chassis/feed/follower.h"
#include "chassis/server/process.h"
#include "chassis/tasks/runner.h"
#include "recommend-svc/follow/customer_handlers.h"
#include "recommend-svc/follow/erase.h"
#include "recommend-svc/rpc/services.h"
#include "recommend-svc/store/schema.h"

int main(int argc, char** argv) {
  using namespace regulars;  // NOLINT: main() speaks of little else.
  ProcessOptions options("recommend", {"customer"});
  if (const auto code = ParseFlags(argc, argv, options)) return *code;
  auto process = Process::Start(options, recommend::RecommendMigrations());
  if (!process.ok()) return Fail(process.status());
  TaskRunner runner((*process)->store());
  const recommend::Services services((*process)->environment(), runner);
  recommend::AddForgetTasks(runner, (*process)->store());
  Peer* customer = (*process)->peer("customer");
  Follower follower((*process)->environment(), customer,
                    {.upstream = "customer", .backfill_version = 2},
                    recommend::CustomerHandlers(customer, &(*process)->store()));
  runner.Start();
  follower.Start();
  return (*process)->Serve(services.all(), [&] {
    follower.Stop();
    runner.Stop();
  });
}
