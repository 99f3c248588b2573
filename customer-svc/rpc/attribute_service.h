// The methods of AttributeService. Errors as attribute_service.proto says.
#ifndef CUSTOMER_SVC_RPC_ATTRIBUTE_SERVICE_H_
#define CUSTOMER_SVC_RPC_ATTRIBUTE_SERVICE_H_

#include <google/protobuf/empty.pb.h>

#include <memory>

#include "absl/status/statusor.h"
#include "chassis/rpc/service.h"
#include "chassis/tasks/runner.h"
#include "regulars/customer/v1/attribute_service.pb.h"

namespace regulars::customer {

absl::StatusOr<v1::AttributeDefinition> CreateAttributeDefinition(
    Transaction& tx, const v1::CreateAttributeDefinitionRequest& request);
absl::StatusOr<v1::AttributeDefinition> GetAttributeDefinition(
    Snapshot& db, const v1::GetAttributeDefinitionRequest& request);
absl::StatusOr<v1::ListAttributeDefinitionsResponse> ListAttributeDefinitions(
    Snapshot& db, const v1::ListAttributeDefinitionsRequest& request);
absl::StatusOr<v1::AttributeDefinition> UpdateAttributeDefinition(
    Transaction& tx, const v1::UpdateAttributeDefinitionRequest& request);
absl::StatusOr<google::protobuf::Empty> DeleteAttributeDefinition(
    Transaction& tx, const v1::DeleteAttributeDefinitionRequest& request);

// AttributeService. Adds to the runner, which must not have been started, the task that clears up
// the values of a deleted attribute and tells of each customer that lost one.
std::unique_ptr<rpc::Service> RegisterAttributes(const rpc::Environment& environment,
                                                 TaskRunner& runner);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_ATTRIBUTE_SERVICE_H_
