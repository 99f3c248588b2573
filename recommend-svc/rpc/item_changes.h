// What it takes to change an item, whoever asks for it: rules, store, events.
#ifndef RECOMMEND_SVC_RPC_ITEM_CHANGES_H_
#define RECOMMEND_SVC_RPC_ITEM_CHANGES_H_

#include <optional>

#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "recommend-svc/domain/item.h"
#include "recommend-svc/domain/item_rules.h"
#include "regulars/recommend/v1/item.pb.h"
#include "regulars/type/v1/upsert.pb.h"

namespace regulars::recommend {

struct ChangedItem {
  Item item;
  type::v1::UpsertOutcome outcome;
};

// Makes the item with the message's code say what the message says of the fields of `mask`;
// nullopt: of those that are set. An item without that code is made, a learned one becomes one of
// the catalogue, a deleted one comes back. Paths of refusals start at the item, and they come
// before anything was written. Errors besides: ABORTED with ETAG_MISMATCH.
absl::StatusOr<ChangedItem> ApplyUpsert(Transaction& tx, const v1::Item& message,
                                        const std::optional<ItemMask>& mask);

// Takes the item out of the assortment; deleted ones stay as they are.
absl::StatusOr<Item> ApplyDelete(Transaction& tx, Item item);

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_RPC_ITEM_CHANGES_H_
