#include "recommend-svc/rpc/item_changes.h"

#include <string>
#include <utility>

#include "chassis/base/etag.h"
#include "chassis/feed/event.h"
#include "recommend-svc/rpc/item_messages.h"
#include "recommend-svc/store/items.h"
#include "regulars/recommend/v1/events.pb.h"

namespace regulars::recommend {
namespace {

// Items that no caller has described, or that were taken away, are new ones to callers.
bool IsDescribed(const Item& item) {
  return item.origin == Origin::kCatalogue && !item.delete_time;
}

template <typename Payload>
void Publish(Transaction& tx, const Item& item, Payload payload) {
  payload.set_item(ItemName(item.code));
  payload.set_code(item.code);
  tx.Publish(PackEvent(payload.item(), "", payload));
}

void PublishChange(Transaction& tx, const Item& item, bool created, const ItemMask& changed) {
  if (created) return Publish(tx, item, v1::ItemCreated());
  v1::ItemUpdated payload;
  for (const std::string& path : FieldPaths(changed)) {
    payload.mutable_changed_fields()->add_paths(path);
  }
  Publish(tx, item, std::move(payload));
}

}  // namespace

absl::StatusOr<ChangedItem> ApplyUpsert(Transaction& tx, const v1::Item& message,
                                        const std::optional<ItemMask>& mask) {
  ABSL_ASSIGN_OR_RETURN(const std::string code, ReadCode(message));
  ABSL_ASSIGN_OR_RETURN(ItemTexts texts, ReadTexts(message));
  const ItemMask fields = mask ? *mask : SetFields(texts, message.availability() != 0);
  ABSL_RETURN_IF_ERROR(CheckTexts(fields, texts));
  ABSL_ASSIGN_OR_RETURN(std::optional<Item> found, items::Find(tx, code));
  if (found) ABSL_RETURN_IF_ERROR(CheckEtag(message.etag(), EtagOf(*found)));
  Item item = found ? *std::move(found) : Item{.code = code, .create_time = tx.now()};
  const bool created = !IsDescribed(item);
  const ItemMask changed = ChangeTexts(fields, texts, item.texts);
  if (!created && changed.none()) {
    return ChangedItem{std::move(item), type::v1::UPSERT_OUTCOME_UNCHANGED};
  }
  item.origin = Origin::kCatalogue;
  item.delete_time.reset();
  item.update_time = tx.now();
  ++item.version;
  ABSL_RETURN_IF_ERROR(item.key == 0 ? items::Insert(tx, item) : items::Update(tx, item));
  PublishChange(tx, item, created, changed);
  return ChangedItem{std::move(item),
                     created ? type::v1::UPSERT_OUTCOME_CREATED : type::v1::UPSERT_OUTCOME_UPDATED};
}

absl::StatusOr<Item> ApplyDelete(Transaction& tx, Item item) {
  if (item.delete_time) return item;
  item.delete_time = tx.now();
  item.update_time = tx.now();
  ++item.version;
  ABSL_RETURN_IF_ERROR(items::Update(tx, item));
  Publish(tx, item, v1::ItemDeleted());
  return item;
}

}  // namespace regulars::recommend
