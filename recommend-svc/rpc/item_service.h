// The methods of ItemService. Errors as item_service.proto says.
#ifndef RECOMMEND_SVC_RPC_ITEM_SERVICE_H_
#define RECOMMEND_SVC_RPC_ITEM_SERVICE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "chassis/rpc/service.h"
#include "regulars/recommend/v1/item_service.pb.h"

namespace regulars::recommend {

absl::StatusOr<v1::Item> CreateItem(Transaction& tx, const v1::CreateItemRequest& request);
absl::StatusOr<v1::Item> GetItem(Snapshot& db, const v1::GetItemRequest& request);
absl::StatusOr<v1::ListItemsResponse> ListItems(Snapshot& db, const v1::ListItemsRequest& request);
absl::StatusOr<v1::Item> UpdateItem(Transaction& tx, const v1::UpdateItemRequest& request);
absl::StatusOr<v1::BatchUpsertItemsResponse> BatchUpsertItems(
    Transaction& tx, const v1::BatchUpsertItemsRequest& request);
absl::StatusOr<v1::Item> DeleteItem(Transaction& tx, const v1::DeleteItemRequest& request);
absl::StatusOr<v1::ListItemRulesResponse> ListItemRules(Snapshot& db,
                                                        const v1::ListItemRulesRequest& request);

std::unique_ptr<rpc::Service> RegisterItems(const rpc::Environment& environment);

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_RPC_ITEM_SERVICE_H_
