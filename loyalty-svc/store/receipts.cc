#include "loyalty-svc/store/receipts.h"

#include <limits>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/base/check.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "loyalty-svc/store/counted_codec.h"

namespace regulars::loyalty::receipts {
namespace {

constexpr char kColumns[] =
    "SELECT key, order_id, source, number, holder, order_time, store, cancelled, has_sale, "
    "has_links, earned, unlinked, counted, standing, standing_member, epoch, position "
    "FROM receipt WHERE ";

absl::StatusOr<std::optional<Receipt>> First(Query query) {
  ABSL_ASSIGN_OR_RETURN(
      auto row, std::move(query)
                    .First<int64_t, std::string, std::string, std::string, std::optional<int64_t>,
                           absl::Time, std::string, bool, bool, bool, int64_t, int64_t, Bytes,
                           int64_t, std::optional<int64_t>, int64_t, int64_t>());
  if (!row) return std::nullopt;
  Receipt receipt;
  Bytes counted;
  std::tie(receipt.key, receipt.order_id, receipt.source, receipt.number, receipt.holder,
           receipt.order_time, receipt.store, receipt.is_cancelled, receipt.has_sale,
           receipt.has_links, receipt.earned, receipt.unlinked, counted, receipt.standing,
           receipt.standing_member, receipt.seen.epoch, receipt.seen.position) = *std::move(row);
  auto lines = DecodeCounted(counted.value);
  if (!lines) {
    return Error(absl::StatusCode::kDataLoss,
                 absl::StrCat("the lines of receipt ", receipt.key, " cannot be read"),
                 {.reason = "STORE_CORRUPT"});
  }
  receipt.counted = *std::move(lines);
  return receipt;
}

}  // namespace

absl::StatusOr<std::optional<Receipt>> Find(Snapshot& db, absl::string_view source,
                                            absl::string_view number) {
  static const std::string& sql =
      *new std::string(absl::StrCat(kColumns, "source = ? AND number = ?"));
  return First(db.Sql(sql, source, number));
}

absl::StatusOr<std::optional<Receipt>> FindByOrder(Snapshot& db, absl::string_view order_id) {
  static const std::string& sql = *new std::string(absl::StrCat(kColumns, "order_id = ?"));
  return First(db.Sql(sql, order_id));
}

absl::StatusOr<std::optional<Receipt>> FindByKey(Snapshot& db, int64_t key) {
  static const std::string& sql = *new std::string(absl::StrCat(kColumns, "key = ?"));
  return First(db.Sql(sql, key));
}

absl::Status Insert(Transaction& tx, Receipt& receipt) {
  const Bytes counted{EncodeCounted(receipt.counted)};
  ABSL_ASSIGN_OR_RETURN(
      const auto key,
      tx.Sql("INSERT INTO receipt (order_id, source, number, holder, order_time, store, "
             "cancelled, has_sale, has_links, earned, unlinked, counted, standing, "
             "standing_member, epoch, position) "
             "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING key",
             receipt.order_id, receipt.source, receipt.number, receipt.holder, receipt.order_time,
             receipt.store, receipt.is_cancelled, receipt.has_sale, receipt.has_links,
             receipt.earned, receipt.unlinked, counted, receipt.standing, receipt.standing_member,
             receipt.seen.epoch, receipt.seen.position)
          .First<int64_t>());
  CHECK(key.has_value());  // An insert that did not fail returns its row.
  receipt.key = *key;
  return absl::OkStatus();
}

absl::Status Update(Transaction& tx, const Receipt& receipt) {
  const Bytes counted{EncodeCounted(receipt.counted)};
  return tx
      .Sql(
          "UPDATE receipt SET order_id = ?, holder = ?, order_time = ?, store = ?, "
          "cancelled = ?, has_sale = ?, has_links = ?, earned = ?, unlinked = ?, counted = ?, "
          "epoch = ?, position = ? WHERE key = ?",
          receipt.order_id, receipt.holder, receipt.order_time, receipt.store, receipt.is_cancelled,
          receipt.has_sale, receipt.has_links, receipt.earned, receipt.unlinked, counted,
          receipt.seen.epoch, receipt.seen.position, receipt.key)
      .Run();
}

absl::Status SaveStanding(Transaction& tx, const Receipt& receipt) {
  return tx
      .Sql("UPDATE receipt SET standing = ?, standing_member = ? WHERE key = ?", receipt.standing,
           receipt.standing_member, receipt.key)
      .Run();
}

absl::StatusOr<std::vector<int64_t>> KeysOfHolder(Snapshot& db, int64_t holder,
                                                  std::optional<absl::Time> from, int64_t after,
                                                  int64_t limit) {
  return db
      .Sql(
          "SELECT key FROM receipt WHERE holder = ? AND key > ? AND order_time >= ? ORDER BY key "
          "LIMIT ?",
          holder, after, from ? absl::ToUnixMicros(*from) : std::numeric_limits<int64_t>::min(),
          limit)
      .All<int64_t>();
}

absl::StatusOr<std::map<int64_t, int64_t>> StandingWith(Snapshot& db, int64_t member) {
  std::map<int64_t, int64_t> standing;
  ABSL_RETURN_IF_ERROR(db.Sql("SELECT key, standing FROM receipt WHERE standing_member = ?", member)
                           .Each<int64_t, int64_t>([&](int64_t key, int64_t points) {
                             standing.emplace(key, points);
                           }));
  return standing;
}

absl::StatusOr<std::optional<absl::Time>> LatestOrderTime(Snapshot& db) {
  return db.Sql("SELECT order_time FROM receipt ORDER BY order_time DESC LIMIT 1")
      .First<absl::Time>();
}

absl::StatusOr<std::vector<std::string>> LinkedOrders(Snapshot& db, int64_t return_receipt) {
  return db
      .Sql("SELECT DISTINCT sold_order FROM return_link WHERE return_receipt = ?", return_receipt)
      .All<std::string>();
}

absl::Status ReplaceLinks(Transaction& tx, int64_t return_receipt,
                          const std::vector<SoldPart>& links) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql("DELETE FROM return_link WHERE return_receipt = ?", return_receipt).Run());
  for (const SoldPart& link : links) {
    ABSL_RETURN_IF_ERROR(tx.Sql("INSERT INTO return_link (sold_order, return_receipt, line_id, "
                                "quantity) VALUES (?, ?, ?, ?)",
                                link.order_id, return_receipt, link.line_id, link.quantity_micros)
                             .Run());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ReturnedLine>> ReturnedOf(Snapshot& db, absl::string_view order_id) {
  std::vector<ReturnedLine> returned;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT line_id, quantity FROM return_link WHERE sold_order = ?", order_id)
          .Each<std::string, int64_t>([&](const std::string& line_id, int64_t quantity) {
            returned.push_back({line_id, quantity});
          }));
  return returned;
}

absl::Status RenameOrder(Transaction& tx, absl::string_view before, absl::string_view after) {
  return tx.Sql("UPDATE return_link SET sold_order = ? WHERE sold_order = ?", after, before).Run();
}

}  // namespace regulars::loyalty::receipts
