// What is allowed of an item, and how a change is made of it. Pure.
//
//   ABSL_RETURN_IF_ERROR(CheckTexts(texts, mask));
//   const ItemMask changed = ChangeTexts(mask, texts, item.texts);
#ifndef RECOMMEND_SVC_DOMAIN_ITEM_RULES_H_
#define RECOMMEND_SVC_DOMAIN_ITEM_RULES_H_

#include <bitset>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "recommend-svc/domain/item.h"

namespace regulars::recommend {

inline constexpr size_t kItemFields = 9;
// A set of the fields that callers write, by their place in the table of item_rules.cc.
using ItemMask = std::bitset<kItemFields>;

// The fields that paths of an update mask name; "*" names all, output-only ones and the code are
// left aside. INVALID_ARGUMENT with INVALID_UPDATE_MASK of `update_mask`.
absl::StatusOr<ItemMask> ParseItemMask(const std::vector<std::string>& paths);
// The fields that are not empty; the availability, which always has a value, where it was said.
ItemMask SetFields(const ItemTexts& texts, bool availability_said);
// Paths, in the order of the message.
std::vector<std::string> FieldPaths(const ItemMask& mask);

// What a caller sent, made canonical: repeats in lists go. Only the fields of `mask` are checked.
// INVALID_ARGUMENT with all fields at fault, paths from the item.
absl::Status CheckTexts(const ItemMask& mask, ItemTexts& texts);

// Copies the fields of `mask` and answers which of them differed.
ItemMask ChangeTexts(const ItemMask& mask, const ItemTexts& from, ItemTexts& to);

// Whether one of `categories` is `wanted` or below it: "Garden/Pots" is below "Garden".
bool IsInCategory(const std::vector<std::string>& categories, absl::string_view wanted);

// The id of a resource name: the code, with "%25" for "%" and "%2F" for "/".
std::string ItemIdOf(absl::string_view code);
// The code; nullopt for an id that ItemIdOf makes of none.
std::optional<std::string> CodeOfItemId(absl::string_view id);

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_DOMAIN_ITEM_RULES_H_
