#include "recommend-svc/store/receipts.h"

#include <tuple>

#include "absl/strings/str_cat.h"
#include "chassis/auth/caller.h"
#include "recommend-svc/domain/damage.h"
#include "recommend-svc/domain/varint.h"

namespace regulars::recommend::receipts {
namespace {

constexpr char kColumns[] =
    "key, source, number, order_name, customer, store, order_time, sold, returned, generation, "
    "version";

// Receipts that a walk over purchases looks at before it gives up: those of other stores and those
// that only return may be any number.
constexpr int64_t kMaxLookedAt = 5'000;

absl::Status DamagedReceipt() { return Damaged("a stored receipt cannot be read"); }

// Number of the item less that of the one before, then twice the quantity, plus 1 if it counts.
std::string EncodeSold(const std::vector<SoldItem>& sold) {
  std::string bytes;
  int64_t before = 0;
  for (const SoldItem& line : sold) {
    PutVarint(static_cast<uint64_t>(line.item - before), bytes);
    PutVarint(static_cast<uint64_t>(line.quantity) << 1 | (line.counted ? 1 : 0), bytes);
    before = line.item;
  }
  return bytes;
}

absl::StatusOr<std::vector<SoldItem>> DecodeSold(absl::string_view bytes) {
  std::vector<SoldItem> sold;
  int64_t item = 0;
  while (!bytes.empty()) {
    const std::optional<uint64_t> step = TakeVarint(bytes);
    const std::optional<uint64_t> quantity = TakeVarint(bytes);
    if (!step || !quantity) return DamagedReceipt();
    item += static_cast<int64_t>(*step);
    sold.push_back({item, static_cast<int64_t>(*quantity >> 1), (*quantity & 1) != 0});
  }
  return sold;
}

// Length of the order's name, the name, item, quantity.
std::string EncodeReturned(const TakenBack& returned) {
  std::string bytes;
  for (const auto& [key, quantity] : returned) {
    PutVarint(key.first.size(), bytes);
    bytes += key.first;
    PutVarint(static_cast<uint64_t>(key.second), bytes);
    PutVarint(static_cast<uint64_t>(quantity), bytes);
  }
  return bytes;
}

absl::StatusOr<TakenBack> DecodeReturned(absl::string_view bytes) {
  TakenBack returned;
  while (!bytes.empty()) {
    const std::optional<uint64_t> size = TakeVarint(bytes);
    if (!size || *size > bytes.size()) return DamagedReceipt();
    std::string name(bytes.substr(0, *size));
    bytes.remove_prefix(*size);
    const std::optional<uint64_t> item = TakeVarint(bytes);
    const std::optional<uint64_t> quantity = TakeVarint(bytes);
    if (!item || !quantity) return DamagedReceipt();
    returned[{std::move(name), static_cast<int64_t>(*item)}] = static_cast<int64_t>(*quantity);
  }
  return returned;
}

using Row = std::tuple<int64_t, std::string, std::string, std::string, std::optional<int64_t>,
                       std::string, absl::Time, Bytes, Bytes, int64_t, int64_t>;

absl::StatusOr<Receipt> ReadRow(Row row) {
  Receipt receipt;
  Bytes sold;
  Bytes returned;
  std::tie(receipt.key, receipt.source, receipt.number, receipt.order_name, receipt.customer,
           receipt.store, receipt.order_time, sold, returned, receipt.generation, receipt.version) =
      std::move(row);
  ABSL_ASSIGN_OR_RETURN(receipt.sold, DecodeSold(sold.value));
  ABSL_ASSIGN_OR_RETURN(receipt.returned, DecodeReturned(returned.value));
  return receipt;
}

// Reads the one row that `query` may give.
absl::StatusOr<std::optional<Receipt>> ReadOne(Query&& query) {
  ABSL_ASSIGN_OR_RETURN(
      auto row, std::move(query)
                    .First<int64_t, std::string, std::string, std::string, std::optional<int64_t>,
                           std::string, absl::Time, Bytes, Bytes, int64_t, int64_t>());
  if (!row) return std::nullopt;
  ABSL_ASSIGN_OR_RETURN(Receipt receipt, ReadRow(*std::move(row)));
  return receipt;
}

std::string SelectWhere(absl::string_view condition) {
  return absl::StrCat("SELECT ", kColumns, " FROM receipt WHERE ", condition);
}

}  // namespace

absl::StatusOr<std::optional<Receipt>> Find(Snapshot& db, absl::string_view source,
                                            absl::string_view number) {
  static const std::string& sql = *new std::string(SelectWhere("source = ? AND number = ?"));
  return ReadOne(db.Sql(sql, source, number));
}

absl::StatusOr<std::optional<Receipt>> FindByOrder(Snapshot& db, absl::string_view order_name) {
  static const std::string& sql = *new std::string(SelectWhere("order_name = ? LIMIT 1"));
  return ReadOne(db.Sql(sql, order_name));
}

absl::StatusOr<std::optional<Receipt>> FindOlder(Snapshot& db, int64_t generation) {
  static const std::string& sql =
      *new std::string(SelectWhere("generation < ? ORDER BY generation LIMIT 1"));
  return ReadOne(db.Sql(sql, generation));
}

absl::Status Put(Transaction& tx, const Receipt& receipt) {
  const Bytes sold{EncodeSold(receipt.sold)};
  const Bytes returned{EncodeReturned(receipt.returned)};
  if (receipt.key != 0) {
    return tx
        .Sql(
            "UPDATE receipt SET order_name = ?, customer = ?, store = ?, order_time = ?, "
            "sold = ?, returned = ?, generation = ?, version = ? WHERE key = ?",
            receipt.order_name, receipt.customer, receipt.store, receipt.order_time, sold, returned,
            receipt.generation, receipt.version, receipt.key)
        .Run();
  }
  return tx
      .Sql(
          "INSERT INTO receipt (source, number, order_name, customer, store, order_time, sold, "
          "returned, generation, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          receipt.source, receipt.number, receipt.order_name, receipt.customer, receipt.store,
          receipt.order_time, sold, returned, receipt.generation, receipt.version)
      .Run();
}

absl::Status Delete(Transaction& tx, int64_t key) {
  return tx.Sql("DELETE FROM receipt WHERE key = ?", key).Run();
}

absl::Status SetCancelled(Transaction& tx, absl::string_view order_name, int64_t version) {
  if (version == 0) {
    return tx.Sql("DELETE FROM cancelled_order WHERE order_name = ?", order_name).Run();
  }
  return tx
      .Sql(
          "INSERT INTO cancelled_order (order_name, version) VALUES (?, ?) "
          "ON CONFLICT (order_name) DO UPDATE SET version = excluded.version",
          order_name, version)
      .Run();
}

absl::StatusOr<int64_t> CancelledVersion(Snapshot& db, absl::string_view order_name) {
  ABSL_ASSIGN_OR_RETURN(
      const auto version,
      db.Sql("SELECT version FROM cancelled_order WHERE order_name = ?", order_name)
          .First<int64_t>());
  return version.value_or(0);
}

absl::StatusOr<Quantities> LoadTakenBack(Snapshot& db, absl::string_view order_name) {
  Quantities quantities;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT item, quantity FROM taken_back WHERE order_name = ?", order_name)
          .Each<int64_t, int64_t>(
              [&](int64_t item, int64_t quantity) { quantities[item] = quantity; }));
  return quantities;
}

absl::Status AddTakenBack(Transaction& tx, absl::string_view order_name, int64_t item, int64_t by) {
  if (by > 0) {
    return tx
        .Sql(
            "INSERT INTO taken_back (order_name, item, quantity) VALUES (?, ?, ?) "
            "ON CONFLICT (order_name, item) DO UPDATE SET quantity = quantity + excluded.quantity",
            order_name, item, by)
        .Run();
  }
  ABSL_RETURN_IF_ERROR(
      tx.Sql("DELETE FROM taken_back WHERE order_name = ? AND item = ? AND quantity = ?",
             order_name, item, -by)
          .Run());
  if (tx.Changes() > 0) return absl::OkStatus();
  return tx
      .Sql("UPDATE taken_back SET quantity = quantity + ? WHERE order_name = ? AND item = ?", by,
           order_name, item)
      .Run();
}

absl::Status EachOf(Snapshot& db, int64_t customer,
                    const std::function<absl::Status(const Receipt&)>& each) {
  static const std::string& sql =
      *new std::string(SelectWhere("customer = ? ORDER BY order_time DESC, key DESC"));
  return db.Sql(sql, customer)
      .Each<int64_t, std::string, std::string, std::string, std::optional<int64_t>, std::string,
            absl::Time, Bytes, Bytes, int64_t, int64_t>([&](auto... columns) -> absl::Status {
        ABSL_ASSIGN_OR_RETURN(const Receipt receipt, ReadRow(Row(std::move(columns)...)));
        return each(receipt);
      });
}

absl::Status EachPurchase(Snapshot& db, int64_t customer, int64_t max_orders,
                          const std::function<bool(const Purchase&)>& each) {
  bool ended = false;
  int64_t orders = 0;
  const absl::Status walked =
      db.Sql(
            "SELECT order_time, store, sold FROM receipt WHERE customer = ? "
            "ORDER BY order_time DESC, key DESC LIMIT ?",
            customer, kMaxLookedAt)
          .Each<absl::Time, std::string, Bytes>([&](absl::Time time, const std::string& store,
                                                    const Bytes& bytes) -> absl::Status {
            if (bytes.value.empty() || !auth::MaySee(db.caller(), store)) return absl::OkStatus();
            ABSL_ASSIGN_OR_RETURN(const auto sold, DecodeSold(bytes.value));
            for (const int64_t item : CountedItems(sold)) {
              ended = ended || !each({item, time});
            }
            ended = ended || ++orders == max_orders;
            return ended ? absl::CancelledError("the caller has seen enough") : absl::OkStatus();
          });
  return ended ? absl::OkStatus() : walked;
}

}  // namespace regulars::recommend::receipts
