// All that customer-svc answers.
//
//   TaskRunner runner(store);
//   Services services(environment, runner);
//   runner.Start();
//   process.Serve(services.all());
#ifndef CUSTOMER_SVC_RPC_SERVICES_H_
#define CUSTOMER_SVC_RPC_SERVICES_H_

#include <memory>
#include <vector>

#include "chassis/rpc/service.h"
#include "chassis/tasks/runner.h"
#include "customer-svc/rpc/data_holders.h"

namespace regulars::customer {

struct Services {
  // Makes the services and adds their tasks to the runner. Both must outlive them. `holders` are
  // the other services of the installation that hold data about customers.
  Services(const rpc::Environment& environment, TaskRunner& runner,
           const DataHolders& holders = {});

  std::vector<grpc::Service*> all() const;

  std::vector<std::unique_ptr<grpc::Service>> owned;
};

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_SERVICES_H_
