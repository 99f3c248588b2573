#include "recommend-svc/rpc/item_messages.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "chassis/base/errors.h"
#include "chassis/base/etag.h"
#include "chassis/base/text.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/timestamps.h"
#include "recommend-svc/domain/item_rules.h"
#include "recommend-svc/domain/text_rules.h"
#include "recommend-svc/store/counts.h"

namespace regulars::recommend {
namespace {

Availability ReadAvailability(v1::Item::Availability availability) {
  if (availability == v1::Item::AVAILABILITY_UNSPECIFIED) return Availability::kInStock;
  return static_cast<Availability>(availability);
}

std::string FormatDay(int64_t day) {
  return absl::FormatCivilTime(absl::CivilDay(1970, 1, 1) + day);
}

}  // namespace

std::string ItemName(absl::string_view code) { return rpc::Name(kItems, ItemIdOf(code)); }

absl::StatusOr<std::string> ParseItemName(absl::string_view name, absl::string_view field) {
  if (name.empty()) return FieldError(field, "NAME_MISSING", "must be 'items/{item}'");
  absl::string_view id = name;
  std::optional<std::string> code;
  if (absl::ConsumePrefix(&id, "items/")) code = CodeOfItemId(id);
  if (code) return *std::move(code);
  return FieldError(field, "INVALID_NAME",
                    absl::StrCat("is '", EscapeForLog(name),
                                 "' and must be 'items/{item}', with '%25' for '%' and '%2F' for "
                                 "'/' in the item's code"));
}

absl::StatusOr<std::string> ReadCode(const v1::Item& message) {
  if (message.name().empty()) {
    if (IsCode(message.code())) return message.code();
    return FieldError("code", "INVALID_CODE", "must be 1 to 100 characters");
  }
  ABSL_ASSIGN_OR_RETURN(std::string code, ParseItemName(message.name()));
  if (message.code().empty() || message.code() == code) return code;
  return FieldError("name", "ITEM_NAME_MISMATCH", "must agree with `code`");
}

absl::StatusOr<ItemTexts> ReadTexts(const v1::Item& message) {
  ItemTexts texts;
  texts.title = message.title();
  texts.url = message.url();
  texts.image_url = message.image_url();
  if (message.has_price()) {
    texts.price = Money{message.price().micros(), message.price().currency_code()};
  }
  texts.categories.assign(message.categories().begin(), message.categories().end());
  texts.tags.assign(message.tags().begin(), message.tags().end());
  if (!v1::Item::Availability_IsValid(message.availability())) {
    return FieldError("availability", "INVALID_AVAILABILITY", "must be one of the declared values");
  }
  texts.availability = ReadAvailability(message.availability());
  if (message.has_sale_end_time()) {
    ABSL_ASSIGN_OR_RETURN(texts.sale_end_time,
                          rpc::FromTimestamp(message.sale_end_time(), "sale_end_time"));
  }
  for (const auto& [key, value] : message.attributes()) texts.attributes[key] = value;
  return texts;
}

std::string EtagOf(const Item& item) {
  return MakeEtag(item.version, item.update_time.value_or(item.create_time));
}

absl::StatusOr<v1::Item> WriteItem(Snapshot& db, const Item& item) {
  v1::Item message;
  message.set_name(ItemName(item.code));
  message.set_code(item.code);
  message.set_title(item.texts.title);
  message.set_url(item.texts.url);
  message.set_image_url(item.texts.image_url);
  if (item.texts.price) {
    message.mutable_price()->set_currency_code(item.texts.price->currency);
    message.mutable_price()->set_micros(item.texts.price->micros);
  }
  for (const std::string& category : item.texts.categories) message.add_categories(category);
  for (const std::string& tag : item.texts.tags) message.add_tags(tag);
  message.set_availability(static_cast<v1::Item::Availability>(item.texts.availability));
  if (item.texts.sale_end_time) {
    *message.mutable_sale_end_time() = rpc::ToTimestamp(*item.texts.sale_end_time);
  }
  message.mutable_attributes()->insert(item.texts.attributes.begin(), item.texts.attributes.end());
  message.set_origin(static_cast<v1::Item::Origin>(item.origin));
  ABSL_ASSIGN_OR_RETURN(const ItemCounts counts, counts::OfItem(db, item.key));
  v1::ItemStatistics& statistics = *message.mutable_statistics();
  statistics.set_order_count(counts.orders);
  statistics.set_recent_order_count(counts.recent_orders);
  if (counts.last_day) statistics.set_last_sold_date(FormatDay(*counts.last_day));
  *message.mutable_create_time() = rpc::ToTimestamp(item.create_time);
  if (item.update_time) *message.mutable_update_time() = rpc::ToTimestamp(*item.update_time);
  if (item.delete_time) *message.mutable_delete_time() = rpc::ToTimestamp(*item.delete_time);
  message.set_etag(EtagOf(item));
  return message;
}

v1::ItemRule WriteRule(const RuleCounts& counts, absl::string_view antecedent,
                       absl::string_view consequent) {
  v1::ItemRule message;
  message.set_antecedent(std::string(antecedent));
  message.set_consequent(std::string(consequent));
  message.set_pair_order_count(counts.pair);
  message.set_antecedent_order_count(counts.antecedent);
  message.set_consequent_order_count(counts.consequent);
  message.set_support(counts.support());
  message.set_confidence(counts.confidence());
  message.set_lift(counts.lift());
  return message;
}

}  // namespace regulars::recommend
