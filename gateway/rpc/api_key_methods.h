// AccessService's methods on API keys and their secrets.
#ifndef GATEWAY_RPC_API_KEY_METHODS_H_
#define GATEWAY_RPC_API_KEY_METHODS_H_

#include <google/protobuf/empty.pb.h>

#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "gateway/rpc/context.h"
#include "regulars/access/v1/access_service.pb.h"

namespace regulars::gateway {

absl::StatusOr<access::v1::ApiKey> CreateApiKey(const AccessContext& context, Transaction& tx,
                                                const access::v1::CreateApiKeyRequest& request);
absl::StatusOr<access::v1::ApiKey> GetApiKey(Snapshot& db,
                                             const access::v1::GetApiKeyRequest& request);
absl::StatusOr<access::v1::ListApiKeysResponse> ListApiKeys(
    Snapshot& db, const access::v1::ListApiKeysRequest& request);
absl::StatusOr<access::v1::ApiKey> UpdateApiKey(const AccessContext& context, Transaction& tx,
                                                const access::v1::UpdateApiKeyRequest& request);
absl::StatusOr<google::protobuf::Empty> DeleteApiKey(
    const AccessContext& context, Transaction& tx, const access::v1::DeleteApiKeyRequest& request);
// Makes the secret outside of the change that it answers with: changes have no randomness for
// secrets.
absl::StatusOr<ChangeOf<access::v1::AddApiKeySecretResponse>> AddApiKeySecret(
    const AccessContext& context, const Origin& origin,
    const access::v1::AddApiKeySecretRequest& request);
absl::StatusOr<access::v1::ApiKey> RevokeApiKeySecret(
    const AccessContext& context, Transaction& tx,
    const access::v1::RevokeApiKeySecretRequest& request);

}  // namespace regulars::gateway

#endif  // GATEWAY_RPC_API_KEY_METHODS_H_
