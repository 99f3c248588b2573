// All that campaign-svc answers and does.
//
//   ABSL_ASSIGN_OR_RETURN(auto services, Services::Make(environment, runner, pool, upstreams, …));
//   runner.Start();
//   pool.Start();
//   process.Serve(services->all());
#ifndef CAMPAIGN_SVC_RPC_SERVICES_H_
#define CAMPAIGN_SVC_RPC_SERVICES_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "campaign-svc/delivery/sender.h"
#include "campaign-svc/delivery/template_cache.h"
#include "campaign-svc/rpc/context.h"
#include "chassis/effects/effect_pool.h"
#include "chassis/rpc/service.h"
#include "chassis/tasks/runner.h"

namespace regulars::campaign {

class Services {
 public:
  // Makes the services, their tasks and their effects, and on a new store the key that signs links.
  // The first three must outlive it.
  static absl::StatusOr<std::unique_ptr<Services>> Make(const rpc::Environment& environment,
                                                        TaskRunner& runner, EffectPool& pool,
                                                        Upstreams upstreams, SenderOptions options);

  std::vector<grpc::Service*> all() const;
  const Context& context() const { return *context_; }
  // Lets go of whoever waits to send; before the pool stops.
  void Stop() { sender_->Stop(); }
  // Gives back what was claimed and not sent; after the pool has stopped.
  void Release();

  std::vector<std::unique_ptr<grpc::Service>> owned;

 private:
  Services() = default;

  std::unique_ptr<LinkSigner> signer_;
  TemplateCache cache_;
  std::unique_ptr<Context> context_;
  std::unique_ptr<Sender> sender_;
};

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_RPC_SERVICES_H_
