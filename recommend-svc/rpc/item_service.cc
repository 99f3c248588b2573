#include "recommend-svc/rpc/item_service.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/etag.h"
#include "chassis/base/text.h"
#include "chassis/filter/request.h"
#include "chassis/rpc/page_token.h"
#include "chassis/rpc/status_proto.h"
#include "recommend-svc/domain/item_rules.h"
#include "recommend-svc/rpc/item_changes.h"
#include "recommend-svc/rpc/item_messages.h"
#include "recommend-svc/store/item_list.h"
#include "recommend-svc/store/items.h"
#include "regulars/recommend/v1/item_service.grpc.pb.h"

namespace regulars::recommend {
namespace {

constexpr int kMaxItems = 1000;

absl::StatusOr<Item> Load(Snapshot& db, const std::string& name, absl::string_view field) {
  ABSL_ASSIGN_OR_RETURN(const std::string code, ParseItemName(name, field));
  ABSL_ASSIGN_OR_RETURN(std::optional<Item> item, items::Find(db, code));
  if (item) return *std::move(item);
  return NotFound("ITEM_NOT_FOUND", absl::StrCat("there is no item '", EscapeForLog(name), "'"));
}

// nullopt: the fields that are set.
absl::StatusOr<std::optional<ItemMask>> ReadMask(const google::protobuf::FieldMask& mask) {
  if (mask.paths().empty()) return std::nullopt;
  return ParseItemMask(std::vector<std::string>(mask.paths().begin(), mask.paths().end()));
}

// Whether only the item of a batch is at fault. Refusals come before anything was written.
bool IsRefusal(const absl::Status& status) {
  return absl::IsInvalidArgument(status) || absl::IsAborted(status);
}

}  // namespace

absl::StatusOr<v1::Item> CreateItem(Transaction& tx, const v1::CreateItemRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  if (!request.has_item()) return FieldError("item", "ITEM_MISSING", "is needed");
  const absl::StatusOr<std::string> code = ReadCode(request.item());
  if (!code.ok()) return PrefixFields(code.status(), "item.");
  ABSL_ASSIGN_OR_RETURN(const std::optional<Item> known, items::Find(tx, *code));
  if (known && known->origin == Origin::kCatalogue && !known->delete_time) {
    return AlreadyExists("ITEM_EXISTS", absl::StrCat("there is an item with the code '",
                                                     EscapeForLog(*code), "' already"));
  }
  v1::Item message = request.item();
  message.clear_etag();
  const absl::StatusOr<ChangedItem> made = ApplyUpsert(tx, message, ItemMask().set());
  if (!made.ok()) return PrefixFields(made.status(), "item.");
  return WriteItem(tx, made->item);
}

absl::StatusOr<v1::Item> GetItem(Snapshot& db, const v1::GetItemRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const Item item, Load(db, request.name(), "name"));
  return WriteItem(db, item);
}

absl::StatusOr<v1::ListItemsResponse> ListItems(Snapshot& db, const v1::ListItemsRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now()));
  items::ListQuery query{.show_deleted = request.show_deleted()};
  ABSL_ASSIGN_OR_RETURN(query.filter,
                        filter::CompileRequest(request.filter(), items::ItemSchema()));
  ABSL_ASSIGN_OR_RETURN(query.after, rpc::PositionOf(page));
  ABSL_ASSIGN_OR_RETURN(const items::Scanned scanned, items::Scan(db, query, page.size));
  v1::ListItemsResponse response;
  for (const int64_t key : scanned.items) {
    ABSL_ASSIGN_OR_RETURN(const std::optional<Item> item, items::FindByKey(db, key));
    if (!item) continue;
    ABSL_ASSIGN_OR_RETURN(*response.add_items(), WriteItem(db, *item));
  }
  if (!scanned.at_end) {
    response.set_next_page_token(
        rpc::NextPageToken(request, db.now(), {absl::StrCat(scanned.last)}));
  }
  return response;
}

absl::StatusOr<v1::Item> UpdateItem(Transaction& tx, const v1::UpdateItemRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  const absl::StatusOr<Item> known = Load(tx, request.item().name(), "item.name");
  if (absl::IsNotFound(known.status()) ? !request.allow_missing() : !known.ok()) {
    return known.status();
  }
  ABSL_ASSIGN_OR_RETURN(const std::optional<ItemMask> mask, ReadMask(request.update_mask()));
  const absl::StatusOr<ChangedItem> changed = ApplyUpsert(tx, request.item(), mask);
  if (!changed.ok()) return PrefixFields(changed.status(), "item.");
  return WriteItem(tx, changed->item);
}

absl::StatusOr<v1::BatchUpsertItemsResponse> BatchUpsertItems(
    Transaction& tx, const v1::BatchUpsertItemsRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  if (request.items().empty() || request.items_size() > kMaxItems) {
    return FieldError("items", "INVALID_BATCH_SIZE", "must be 1 to 1000 items");
  }
  ABSL_ASSIGN_OR_RETURN(const std::optional<ItemMask> mask, ReadMask(request.update_mask()));
  v1::BatchUpsertItemsResponse response;
  for (int i = 0; i < request.items_size(); ++i) {
    const absl::StatusOr<ChangedItem> changed = ApplyUpsert(tx, request.items(i), mask);
    type::v1::UpsertResult& result = *response.add_results();
    result.set_index(i);
    if (changed.ok()) {
      result.set_outcome(changed->outcome);
      result.set_name(ItemName(changed->item.code));
    } else if (IsRefusal(changed.status())) {
      result.set_outcome(type::v1::UPSERT_OUTCOME_REFUSED);
      *result.mutable_error() = ToProto(changed.status());
    } else {
      return changed.status();
    }
  }
  return response;
}

absl::StatusOr<v1::Item> DeleteItem(Transaction& tx, const v1::DeleteItemRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  ABSL_ASSIGN_OR_RETURN(Item item, Load(tx, request.name(), "name"));
  ABSL_RETURN_IF_ERROR(CheckEtag(request.etag(), EtagOf(item)));
  ABSL_ASSIGN_OR_RETURN(const Item deleted, ApplyDelete(tx, std::move(item)));
  return WriteItem(tx, deleted);
}

std::unique_ptr<rpc::Service> RegisterItems(const rpc::Environment& environment) {
  auto service = std::make_unique<rpc::Service>(environment, v1::ItemService::service_full_name());
  service->Write("CreateItem", CreateItem);
  service->Read("GetItem", GetItem);
  service->Read("ListItems", ListItems);
  service->Write("UpdateItem", UpdateItem);
  service->Write("BatchUpsertItems", BatchUpsertItems);
  service->Write("DeleteItem", DeleteItem);
  service->Read("ListItemRules", ListItemRules);
  service->Finish();
  return service;
}

}  // namespace regulars::recommend
