// loyalty-svc: what customers have earned, and what it is worth. See README.md.
#include "chassis/feed/follower.h"
#include "chassis/server/process.h"
#include "chassis/tasks/runner.h"
#include "loyalty-svc/follow/customer_feed.h"
#include "loyalty-svc/rpc/services.h"
#include "loyalty-svc/store/schema.h"

int main(int argc, char** argv) {
  using namespace regulars;  // NOLINT: main() speaks of little else.
  ProcessOptions options("loyalty", {"customer"});
  if (const auto code = ParseFlags(argc, argv, options)) return *code;
  auto process = Process::Start(options, loyalty::LoyaltyMigrations());
  if (!process.ok()) return Fail(process.status());
  TaskRunner runner((*process)->store());
  const loyalty::Services services((*process)->environment(), runner);
  Peer* customer = (*process)->peer("customer");
  Follower follower((*process)->environment(), customer, {.upstream = "customer"},
                    loyalty::CustomerHandlers(&(*process)->store(), customer));
  runner.Start();
  follower.Start();
  return (*process)->Serve(services.all(), [&] {
    follower.Stop();
    runner.Stop();
  });
}
