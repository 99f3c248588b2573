#include "recommend-svc/store/counts.h"

#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/base/check.h"
#include "recommend-svc/domain/damage.h"

namespace regulars::recommend::counts {
namespace {

// Numbers of blocks lie below this: items below 2^30.
constexpr int64_t kBlocksPerItem = 1 << 20;

// Whether a day belongs to the window that ends with `last`.
bool InWindow(int64_t day, const std::optional<int64_t>& last, int64_t window_days) {
  return last && day <= *last && day > *last - window_days;
}

absl::Status PostItems(Transaction& tx, const CountChange& change, const Tally& tally,
                       int64_t window_days) {
  std::map<int64_t, int64_t> recent;
  for (const auto& [key, by] : change.days) {
    const auto& [day, item] = key;
    if (InWindow(day, tally.latest_day, window_days)) recent[item] += by;
  }
  // Days and pairs are of items that stand here, if only with 0.
  for (const auto& [item, by] : change.items) {
    ABSL_RETURN_IF_ERROR(
        tx.Sql("UPDATE item_count SET orders = orders + ?, recent_orders = recent_orders + ?, "
               "changes = changes + 1 WHERE item = ?",
               by, recent[item], item)
            .Run());
  }
  return absl::OkStatus();
}

// Adds to an item's orders of one day; days without orders have no row.
absl::Status PostDay(Transaction& tx, int64_t day, int64_t item, int64_t by) {
  if (by > 0) {
    return tx
        .Sql(
            "INSERT INTO item_day (day, item, orders) VALUES (?, ?, ?) "
            "ON CONFLICT (day, item) DO UPDATE SET orders = orders + excluded.orders",
            day, item, by)
        .Run();
  }
  ABSL_RETURN_IF_ERROR(
      tx.Sql("DELETE FROM item_day WHERE day = ? AND item = ? AND orders = ?", day, item, -by)
          .Run());
  if (tx.Changes() > 0) return absl::OkStatus();
  return tx.Sql("UPDATE item_day SET orders = orders + ? WHERE day = ? AND item = ?", by, day, item)
      .Run();
}

absl::Status PostDays(Transaction& tx, const CountChange& change) {
  for (const auto& [key, by] : change.days) {
    const auto& [day, item] = key;
    if (by != 0) ABSL_RETURN_IF_ERROR(PostDay(tx, day, item, by));
  }
  return absl::OkStatus();
}

absl::Status PostBlock(Transaction& tx, int64_t item, int64_t block,
                       const std::vector<PairCount>& change) {
  const int64_t key = item * kBlocksPerItem + block;
  ABSL_ASSIGN_OR_RETURN(const auto bytes,
                        tx.Sql("SELECT counts FROM pair_block WHERE key = ?", key).First<Bytes>());
  std::vector<PairCount> pairs;
  if (bytes) ABSL_RETURN_IF_ERROR(DecodeBlock(block, bytes->value, pairs));
  ABSL_ASSIGN_OR_RETURN(pairs, AddPairs(pairs, change));
  if (pairs.empty()) return tx.Sql("DELETE FROM pair_block WHERE key = ?", key).Run();
  const Bytes packed{EncodeBlock(pairs)};
  return tx
      .Sql(
          "INSERT INTO pair_block (key, counts) VALUES (?, ?) "
          "ON CONFLICT (key) DO UPDATE SET counts = excluded.counts",
          key, packed)
      .Run();
}

absl::Status PostPairs(Transaction& tx, const CountChange& change) {
  for (const auto& [item, others] : change.pairs) {
    std::vector<PairCount> of_block;
    for (auto other = others.begin(); other != others.end();) {
      const int64_t block = BlockOf(other->first);
      of_block.clear();
      for (; other != others.end() && BlockOf(other->first) == block; ++other) {
        if (other->second != 0) of_block.push_back({other->first, other->second});
      }
      if (!of_block.empty()) ABSL_RETURN_IF_ERROR(PostBlock(tx, item, block, of_block));
    }
  }
  return absl::OkStatus();
}

// Adds the orders of days (from, to] to the window, or takes them from it.
absl::Status MoveDays(Transaction& tx, int64_t from, int64_t to, int64_t by) {
  if (from >= to) return absl::OkStatus();
  return tx
      .Sql(
          "UPDATE item_count SET recent_orders = recent_orders + ? * d.orders FROM "
          "(SELECT item, SUM(orders) AS orders FROM item_day WHERE day > ? AND day <= ? "
          "GROUP BY item) AS d WHERE d.item = item_count.item",
          by, from, to)
      .Run();
}

absl::Status EmptyWindow(Transaction& tx) {
  return tx.Sql("UPDATE item_count SET recent_orders = 0 WHERE recent_orders > 0").Run();
}

// The window ended with `before` and ends with `after`. Days of both windows stay as they are.
absl::Status MoveWindow(Transaction& tx, std::optional<int64_t> before,
                        std::optional<int64_t> after, int64_t window_days) {
  if (!before || !after || *after - *before >= window_days || *before - *after >= window_days) {
    ABSL_RETURN_IF_ERROR(EmptyWindow(tx));
    return after ? MoveDays(tx, *after - window_days, *after, 1) : absl::OkStatus();
  }
  ABSL_RETURN_IF_ERROR(MoveDays(tx, *before - window_days, *after - window_days, -1));
  ABSL_RETURN_IF_ERROR(MoveDays(tx, *before, *after, 1));
  ABSL_RETURN_IF_ERROR(MoveDays(tx, *after, *before, -1));
  return MoveDays(tx, *after - window_days, *before - window_days, 1);
}

absl::StatusOr<std::optional<int64_t>> LatestDay(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(
      const auto day,
      db.Sql("SELECT day FROM item_day ORDER BY day DESC LIMIT 1").First<int64_t>());
  return day;
}

}  // namespace

absl::Status Post(Transaction& tx, const CountChange& change, int64_t window_days) {
  ABSL_ASSIGN_OR_RETURN(const Tally tally, LoadTally(tx));
  ABSL_RETURN_IF_ERROR(PostItems(tx, change, tally, window_days));
  ABSL_RETURN_IF_ERROR(PostDays(tx, change));
  ABSL_RETURN_IF_ERROR(PostPairs(tx, change));
  ABSL_ASSIGN_OR_RETURN(const auto latest_day, LatestDay(tx));
  if (latest_day != tally.latest_day) {
    ABSL_RETURN_IF_ERROR(MoveWindow(tx, tally.latest_day, latest_day, window_days));
  }
  return tx
      .Sql("UPDATE tally SET orders = orders + ?, latest_day = ?, changes = changes + 1",
           change.orders, latest_day)
      .Run();
}

absl::Status ChangeWindow(Transaction& tx, int64_t window_days) {
  ABSL_ASSIGN_OR_RETURN(const Tally tally, LoadTally(tx));
  return MoveWindow(tx, std::nullopt, tally.latest_day, window_days);
}

absl::StatusOr<Tally> LoadTally(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(const auto row, db.Sql("SELECT orders, latest_day, changes FROM tally")
                                            .First<int64_t, std::optional<int64_t>, int64_t>());
  CHECK(row.has_value());  // Migration 1 writes the one row, and nothing deletes it.
  const auto& [orders, latest_day, changes] = *row;
  return Tally{orders, latest_day, changes};
}

absl::StatusOr<int64_t> ChangesOf(Snapshot& db, int64_t item) {
  ABSL_ASSIGN_OR_RETURN(
      const auto changes,
      db.Sql("SELECT changes FROM item_count WHERE item = ?", item).First<int64_t>());
  // An item is inserted with its counts, and none is ever deleted.
  if (!changes) return Damaged(absl::StrCat("counts are of an item that is not there: ", item));
  return *changes;
}

absl::Status NoteChange(Transaction& tx, int64_t item) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql("UPDATE item_count SET changes = changes + 1 WHERE item = ?", item).Run());
  return tx.Sql("UPDATE tally SET changes = changes + 1").Run();
}

absl::StatusOr<ItemCounts> OfItem(Snapshot& db, int64_t item) {
  ABSL_ASSIGN_OR_RETURN(const auto row,
                        db.Sql("SELECT orders, recent_orders, "
                               "(SELECT MAX(day) FROM item_day d WHERE d.item = c.item) "
                               "FROM item_count c WHERE item = ?",
                               item)
                            .First<int64_t, int64_t, std::optional<int64_t>>());
  // As in ChangesOf().
  if (!row) return Damaged(absl::StrCat("counts are of an item that is not there: ", item));
  return ItemCounts{std::get<0>(*row), std::get<1>(*row), std::get<2>(*row)};
}

absl::StatusOr<int64_t> OrdersOf(Snapshot& db, int64_t item) {
  ABSL_ASSIGN_OR_RETURN(
      const auto orders,
      db.Sql("SELECT orders FROM item_count WHERE item = ?", item).First<int64_t>());
  return orders.value_or(0);
}

absl::StatusOr<std::vector<PairCount>> Neighbours(Snapshot& db, int64_t item, int64_t min_orders) {
  std::vector<PairCount> pairs;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT key, counts FROM pair_block WHERE key >= ? AND key < ? ORDER BY key",
             item * kBlocksPerItem, (item + 1) * kBlocksPerItem)
          .Each<int64_t, Bytes>([&](int64_t key, const Bytes& bytes) {
            return DecodeBlock(key % kBlocksPerItem, bytes.value, pairs, min_orders);
          }));
  return pairs;
}

absl::StatusOr<std::vector<BestSeller>> BestSellers(Snapshot& db,
                                                    const std::optional<BestSeller>& after,
                                                    int64_t limit) {
  std::vector<BestSeller> sellers;
  const auto add = [&](int64_t item, std::string code, int64_t recent_orders) {
    sellers.push_back({item, std::move(code), recent_orders});
  };
  if (after) {
    // The rest of those with as many orders; then those with fewer.
    ABSL_RETURN_IF_ERROR(
        db.Sql("SELECT item, code, recent_orders FROM item_count WHERE recent_orders > 0 AND "
               "recent_orders = ? AND code > ? ORDER BY recent_orders DESC, code LIMIT ?",
               after->recent_orders, after->code, limit)
            .Each<int64_t, std::string, int64_t>(add));
  }
  const int64_t below = after ? after->recent_orders : INT64_MAX;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT item, code, recent_orders FROM item_count WHERE recent_orders > 0 AND "
             "recent_orders < ? ORDER BY recent_orders DESC, code LIMIT ?",
             below, limit - static_cast<int64_t>(sellers.size()))
          .Each<int64_t, std::string, int64_t>(add));
  return sellers;
}

}  // namespace regulars::recommend::counts
