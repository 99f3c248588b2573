#include "customer-svc/rpc/customer_service.h"

#include "customer-svc/rpc/customer_reads.h"
#include "customer-svc/rpc/customer_writes.h"
#include "regulars/customer/v1/customer_service.grpc.pb.h"

namespace regulars::customer {

std::unique_ptr<rpc::Service> RegisterCustomers(const rpc::Environment& environment) {
  auto service =
      std::make_unique<rpc::Service>(environment, v1::CustomerService::service_full_name());
  service->Write("CreateCustomer", CreateCustomer);
  service->Read("GetCustomer", GetCustomer);
  service->Read("BatchGetCustomers", BatchGetCustomers);
  service->Read("ListCustomers", ListCustomers);
  service->Write("UpdateCustomer", UpdateCustomer);
  service->Write("DeleteCustomer", DeleteCustomer);
  service->Write("UpsertCustomer", UpsertCustomer);
  service->Write("BatchUpsertCustomers", BatchUpsertCustomers);
  service->Items<v1::StreamUpsertCustomersResponse>("StreamUpsertCustomers", StreamUpsertCustomer);
  service->Read("LookupCustomer", LookupCustomer);
  service->Read("SearchCustomers", SearchCustomers);
  service->Write("TagCustomers", TagCustomers);
  service->Finish();
  return service;
}

}  // namespace regulars::customer
