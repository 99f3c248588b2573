// All that recommend-svc answers.
//
//   TaskRunner runner(store);
//   Services services(environment, runner);
//   runner.Start();
//   process.Serve(services.all());
#ifndef RECOMMEND_SVC_RPC_SERVICES_H_
#define RECOMMEND_SVC_RPC_SERVICES_H_

#include <memory>
#include <vector>

#include "chassis/rpc/service.h"
#include "chassis/tasks/runner.h"

namespace regulars::recommend {

struct Services {
  // Makes the services and adds their tasks to the runner. Both arguments must outlive them.
  Services(const rpc::Environment& environment, TaskRunner& runner);

  std::vector<grpc::Service*> all() const;

  std::vector<std::unique_ptr<grpc::Service>> owned;
};

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_RPC_SERVICES_H_
