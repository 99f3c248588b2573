#include "recommend-svc/store/items.h"

#include <tuple>
#include <utility>

#include "chassis/base/text.h"
#include "recommend-svc/store/counts.h"

namespace regulars::recommend::items {
namespace {

std::optional<Money> ToPrice(std::optional<int64_t> micros, std::string currency) {
  if (!micros) return std::nullopt;
  return Money{*micros, std::move(currency)};
}

std::optional<int64_t> MicrosOf(const ItemTexts& texts) {
  if (!texts.price) return std::nullopt;
  return texts.price->micros;
}

std::string CurrencyOf(const ItemTexts& texts) { return texts.price ? texts.price->currency : ""; }

absl::Status LoadLists(Snapshot& db, Item& item) {
  ABSL_ASSIGN_OR_RETURN(item.texts.categories, LoadCategories(db, item.key));
  ABSL_ASSIGN_OR_RETURN(item.texts.tags,
                        db.Sql("SELECT tag FROM item_tag WHERE item = ? ORDER BY place", item.key)
                            .All<std::string>());
  return db.Sql("SELECT key, value FROM item_attribute WHERE item = ?", item.key)
      .Each<std::string, std::string>([&](std::string key, std::string value) {
        item.texts.attributes[std::move(key)] = std::move(value);
      });
}

absl::Status DeleteLists(Transaction& tx, int64_t item) {
  ABSL_RETURN_IF_ERROR(tx.Sql("DELETE FROM item_category WHERE item = ?", item).Run());
  ABSL_RETURN_IF_ERROR(tx.Sql("DELETE FROM item_tag WHERE item = ?", item).Run());
  return tx.Sql("DELETE FROM item_attribute WHERE item = ?", item).Run();
}

absl::Status InsertLists(Transaction& tx, const Item& item) {
  for (size_t i = 0; i < item.texts.categories.size(); ++i) {
    ABSL_RETURN_IF_ERROR(
        tx.Sql("INSERT INTO item_category (item, place, category) VALUES (?, ?, ?)", item.key,
               static_cast<int64_t>(i), item.texts.categories[i])
            .Run());
  }
  for (size_t i = 0; i < item.texts.tags.size(); ++i) {
    ABSL_RETURN_IF_ERROR(tx.Sql("INSERT INTO item_tag (item, place, tag) VALUES (?, ?, ?)",
                                item.key, static_cast<int64_t>(i), item.texts.tags[i])
                             .Run());
  }
  for (const auto& [key, value] : item.texts.attributes) {
    ABSL_RETURN_IF_ERROR(tx.Sql("INSERT INTO item_attribute (item, key, value) VALUES (?, ?, ?)",
                                item.key, key, value)
                             .Run());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::optional<int64_t>> FindKey(Snapshot& db, absl::string_view code) {
  return db.Sql("SELECT key FROM item WHERE code = ?", code).First<int64_t>();
}

absl::StatusOr<int64_t> Learn(Transaction& tx, absl::string_view code) {
  ABSL_ASSIGN_OR_RETURN(const std::optional<int64_t> known, FindKey(tx, code));
  if (known) return *known;
  Item item;
  item.code = std::string(code);
  item.create_time = tx.now();
  ABSL_RETURN_IF_ERROR(Insert(tx, item));
  return item.key;
}

absl::StatusOr<std::optional<Item>> Find(Snapshot& db, absl::string_view code) {
  ABSL_ASSIGN_OR_RETURN(const std::optional<int64_t> key, FindKey(db, code));
  if (!key) return std::nullopt;
  return FindByKey(db, *key);
}

absl::StatusOr<std::optional<Item>> FindByKey(Snapshot& db, int64_t key) {
  ABSL_ASSIGN_OR_RETURN(
      auto row,
      db.Sql("SELECT code, title, url, image_url, price, currency, availability, sale_end_time, "
             "origin, version, create_time, update_time, delete_time FROM item WHERE key = ?",
             key)
          .First<std::string, std::string, std::string, std::string, std::optional<int64_t>,
                 std::string, int64_t, std::optional<absl::Time>, int64_t, int64_t, absl::Time,
                 std::optional<absl::Time>, std::optional<absl::Time>>());
  if (!row) return std::nullopt;
  Item item;
  item.key = key;
  std::optional<int64_t> price;
  std::string currency;
  int64_t availability;
  int64_t origin;
  std::tie(item.code, item.texts.title, item.texts.url, item.texts.image_url, price, currency,
           availability, item.texts.sale_end_time, origin, item.version, item.create_time,
           item.update_time, item.delete_time) = *std::move(row);
  item.texts.price = ToPrice(price, std::move(currency));
  item.texts.availability = static_cast<Availability>(availability);
  item.origin = static_cast<Origin>(origin);
  ABSL_RETURN_IF_ERROR(LoadLists(db, item));
  return item;
}

absl::Status Insert(Transaction& tx, Item& item) {
  ABSL_ASSIGN_OR_RETURN(
      const auto key,
      tx.Sql("INSERT INTO item (code, origin, title, url, image_url, price, currency, "
             "availability, sale_end_time, version, create_time, update_time, delete_time, "
             "folded_title) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING key",
             item.code, static_cast<int64_t>(item.origin), item.texts.title, item.texts.url,
             item.texts.image_url, MicrosOf(item.texts), CurrencyOf(item.texts),
             static_cast<int64_t>(item.texts.availability), item.texts.sale_end_time, item.version,
             item.create_time, item.update_time, item.delete_time, Fold(item.texts.title))
          .First<int64_t>());
  item.key = key.value();
  ABSL_RETURN_IF_ERROR(tx.Sql("INSERT INTO item_count (item, code, orders, recent_orders, changes) "
                              "VALUES (?, ?, 0, 0, 0)",
                              item.key, item.code)
                           .Run());
  return InsertLists(tx, item);
}

absl::Status Update(Transaction& tx, const Item& item) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql("UPDATE item SET origin = ?, title = ?, url = ?, image_url = ?, price = ?, "
             "currency = ?, availability = ?, sale_end_time = ?, version = ?, update_time = ?, "
             "delete_time = ?, folded_title = ? WHERE key = ?",
             static_cast<int64_t>(item.origin), item.texts.title, item.texts.url,
             item.texts.image_url, MicrosOf(item.texts), CurrencyOf(item.texts),
             static_cast<int64_t>(item.texts.availability), item.texts.sale_end_time, item.version,
             item.update_time, item.delete_time, Fold(item.texts.title), item.key)
          .Run());
  ABSL_RETURN_IF_ERROR(DeleteLists(tx, item.key));
  ABSL_RETURN_IF_ERROR(counts::NoteChange(tx, item.key));
  return InsertLists(tx, item);
}

absl::StatusOr<std::optional<Shown>> LoadShown(Snapshot& db, int64_t key) {
  ABSL_ASSIGN_OR_RETURN(
      auto row,
      db.Sql("SELECT i.code, i.title, i.url, i.image_url, i.price, i.currency, "
             "i.availability, i.sale_end_time, i.origin, i.delete_time IS NOT NULL, "
             "c.orders FROM item i JOIN item_count c ON c.item = i.key WHERE i.key = ?",
             key)
          .First<std::string, std::string, std::string, std::string, std::optional<int64_t>,
                 std::string, int64_t, std::optional<absl::Time>, int64_t, bool, int64_t>());
  if (!row) return std::nullopt;
  Shown shown;
  std::optional<int64_t> price;
  std::string currency;
  int64_t availability;
  int64_t origin;
  std::tie(shown.code, shown.title, shown.url, shown.image_url, price, currency, availability,
           shown.sale_end_time, origin, shown.deleted, shown.orders) = *std::move(row);
  shown.price = ToPrice(price, std::move(currency));
  shown.availability = static_cast<Availability>(availability);
  shown.origin = static_cast<Origin>(origin);
  return shown;
}

absl::StatusOr<std::vector<std::string>> LoadCategories(Snapshot& db, int64_t key) {
  return db.Sql("SELECT category FROM item_category WHERE item = ? ORDER BY place", key)
      .All<std::string>();
}

}  // namespace regulars::recommend::items
