// campaign-svc: what is said, to whom, and what they did with it. See README.md.
#include "campaign-svc/delivery/flags.h"
#include "campaign-svc/follow/customer.h"
#include "campaign-svc/rpc/services.h"
#include "campaign-svc/store/schema.h"
#include "chassis/feed/follower.h"
#include "chassis/server/process.h"

int main(int argc, char** argv) {
  using namespace regulars;  // NOLINT: main() speaks of little else.
  ProcessOptions options("campaign", {"customer", "loyalty", "recommend"});
  campaign::SenderFlags flags;
  const auto code =
      ParseFlags(argc, argv, options, [&](CLI::App& app) { campaign::AddFlags(app, flags); });
  if (code) return *code;
  const auto sender = campaign::ReadFlags(flags);
  if (!sender.ok()) return Fail(sender.status());
  auto process = Process::Start(options, campaign::CampaignMigrations());
  if (!process.ok()) return Fail(process.status());
  const campaign::Upstreams upstreams{(*process)->peer("customer"), (*process)->peer("loyalty"),
                                      (*process)->peer("recommend")};
  TaskRunner runner((*process)->store());
  EffectPool pool((*process)->store(), (*process)->metrics());
  const auto services =
      campaign::Services::Make((*process)->environment(), runner, pool, upstreams, *sender);
  if (!services.ok()) return Fail(services.status());
  Follower customers((*process)->environment(), upstreams.customer, {.upstream = "customer"},
                     campaign::CustomerHandlers((*services)->context()));
  runner.Start();
  pool.Start();
  customers.Start();
  return (*process)->Serve((*services)->all(), [&] {
    customers.Stop();
    (*services)->Stop();
    runner.Stop();
    pool.Stop();
    (*services)->Release();
  });
}
