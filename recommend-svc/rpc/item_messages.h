// Items between messages and what the domain knows.
#ifndef RECOMMEND_SVC_RPC_ITEM_MESSAGES_H_
#define RECOMMEND_SVC_RPC_ITEM_MESSAGES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/storage/transaction.h"
#include "recommend-svc/domain/item.h"
#include "recommend-svc/domain/rules.h"
#include "regulars/recommend/v1/item.pb.h"

namespace regulars::recommend {

inline constexpr char kItems[] = "items";

// "items/A%2F1" of the code "A/1".
std::string ItemName(absl::string_view code);
// The code of an item's name; `field` is where the request holds it. NAME_MISSING, INVALID_NAME.
absl::StatusOr<std::string> ParseItemName(absl::string_view name, absl::string_view field = "name");

// The code that an item means by its code, its name, or both. Paths start at the item.
absl::StatusOr<std::string> ReadCode(const v1::Item& message);

// What a caller says, not yet checked; INVALID_TIME of the item's time.
absl::StatusOr<ItemTexts> ReadTexts(const v1::Item& message);

std::string EtagOf(const Item& item);

// The item as callers see it, counts included.
absl::StatusOr<v1::Item> WriteItem(Snapshot& db, const Item& item);

v1::ItemRule WriteRule(const RuleCounts& counts, absl::string_view antecedent,
                       absl::string_view consequent);

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_RPC_ITEM_MESSAGES_H_
