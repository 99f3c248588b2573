#include "customer-svc/store/rfm.h"

#include <algorithm>
#include <limits>

#include "chassis/base/status_macros.h"
#include "customer-svc/domain/settings.h"

namespace regulars::customer::rfm {
namespace {

struct Row {
  int64_t customer_key = 0;
  ScoreFacts score;
};

absl::StatusOr<std::vector<Row>> RowsAfter(Snapshot& db, int64_t version, int64_t after,
                                           int64_t limit) {
  std::vector<Row> rows;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT customer, recency, frequency, monetary, recency_days, order_days, "
             "revenue_micros FROM rfm_score WHERE version = ? AND customer > ? "
             "ORDER BY customer LIMIT ?",
             version, after, limit)
          .Each<int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t>(
              [&](int64_t customer, int64_t r, int64_t f, int64_t m, int64_t recency_days,
                  int64_t order_days, int64_t revenue) {
                rows.push_back({customer, {{r, f, m}, {recency_days, order_days, revenue}}});
              }));
  return rows;
}

// The first version with rows in [from, to).
absl::StatusOr<std::optional<int64_t>> FirstVersion(Snapshot& db, int64_t from, int64_t to) {
  return db
      .Sql(
          "SELECT version FROM rfm_score WHERE version >= ? AND version < ? "
          "ORDER BY version LIMIT 1",
          from, to)
      .First<int64_t>();
}

}  // namespace

absl::StatusOr<std::optional<Scoring>> LoadScoring(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(
      auto row,
      db.Sql("SELECT version, as_of, compute_time, customer_count FROM rfm_state WHERE version > 0")
          .First<int64_t, int64_t, absl::Time, int64_t>());
  if (!row) return std::optional<Scoring>();
  const auto& [version, as_of, compute_time, customer_count] = *row;
  return std::optional<Scoring>(
      Scoring{version, FromDayNumber(as_of), compute_time, customer_count});
}

absl::StatusOr<std::optional<CustomerScore>> Load(Snapshot& db, int64_t customer_key) {
  ABSL_ASSIGN_OR_RETURN(
      auto row,
      db.Sql("SELECT r.recency, r.frequency, r.monetary, r.recency_days, r.order_days, "
             "r.revenue_micros, s.as_of, s.compute_time FROM rfm_state s "
             "JOIN rfm_score r ON r.version = s.version AND r.customer = ?",
             customer_key)
          .First<int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, absl::Time>());
  if (!row) return std::optional<CustomerScore>();
  const auto& [r, f, m, recency_days, order_days, revenue, as_of, compute_time] = *row;
  return std::optional<CustomerScore>(CustomerScore{
      {{r, f, m}, {recency_days, order_days, revenue}}, FromDayNumber(as_of), compute_time});
}

absl::StatusOr<std::vector<Cell>> LoadCells(Snapshot& db, int64_t version) {
  std::vector<Cell> cells;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT recency, frequency, monetary, customer_count, revenue_micros FROM rfm_cell "
             "WHERE version = ? ORDER BY recency, frequency, monetary",
             version)
          .Each<int64_t, int64_t, int64_t, int64_t, int64_t>(
              [&](int64_t r, int64_t f, int64_t m, int64_t count, int64_t revenue) {
                cells.push_back({{r, f, m}, count, revenue});
              }));
  return cells;
}

absl::Status ForEachCandidate(Snapshot& db, const std::function<void(const Candidate&)>& each) {
  return db
      .Sql(
          "SELECT customer, last_order_time, order_days, sales_micros - returned_micros "
          "FROM purchase_summary WHERE order_count > 0 ORDER BY customer")
      .Each<int64_t, absl::Time, int64_t, int64_t>(
          [&](int64_t customer, absl::Time last, int64_t days, int64_t revenue) {
            each({customer, last, days, revenue});
          });
}

absl::StatusOr<int64_t> NewVersion(Transaction& tx) {
  ABSL_RETURN_IF_ERROR(tx.Sql("UPDATE rfm_state SET last_version = last_version + 1").Run());
  ABSL_ASSIGN_OR_RETURN(auto version,
                        tx.Sql("SELECT last_version FROM rfm_state").First<int64_t>());
  return version.value_or(0);
}

absl::Status Insert(Transaction& tx, int64_t version, int64_t customer_key,
                    const ScoreFacts& score) {
  return tx
      .Sql(
          "INSERT INTO rfm_score (version, customer, recency, frequency, monetary, recency_days, "
          "order_days, revenue_micros) SELECT ?, key, ?, ?, ?, ?, ?, ? FROM customer "
          "WHERE key = ?",
          version, score.scores.recency, score.scores.frequency, score.scores.monetary,
          score.figures.recency_days, score.figures.order_days, score.figures.revenue_micros,
          customer_key)
      .Run();
}

absl::Status Switch(Transaction& tx, const Scoring& scoring, const std::vector<Cell>& cells) {
  ABSL_RETURN_IF_ERROR(tx.Sql("DELETE FROM rfm_cell").Run());
  for (const Cell& cell : cells) {
    ABSL_RETURN_IF_ERROR(
        tx.Sql("INSERT INTO rfm_cell (version, recency, frequency, monetary, customer_count, "
               "revenue_micros) VALUES (?, ?, ?, ?, ?, ?)",
               scoring.version, cell.scores.recency, cell.scores.frequency, cell.scores.monetary,
               cell.customer_count, cell.revenue_micros)
            .Run());
  }
  return tx
      .Sql("UPDATE rfm_state SET version = ?, as_of = ?, compute_time = ?, customer_count = ?",
           scoring.version, ToDayNumber(scoring.as_of), scoring.compute_time,
           scoring.customer_count)
      .Run();
}

absl::StatusOr<std::vector<Changed>> Compare(Snapshot& db, int64_t before, int64_t now,
                                             int64_t after, int64_t limit) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<Row> olds, RowsAfter(db, before, after, limit));
  ABSL_ASSIGN_OR_RETURN(const std::vector<Row> news, RowsAfter(db, now, after, limit));
  // Beyond the end of a full page the other scoring may have more.
  int64_t end = std::numeric_limits<int64_t>::max();
  for (const auto* rows : {&olds, &news}) {
    if (static_cast<int64_t>(rows->size()) == limit) end = std::min(end, rows->back().customer_key);
  }
  std::vector<Changed> merged;
  auto o = olds.begin();
  auto n = news.begin();
  while (o != olds.end() || n != news.end()) {
    const bool old_first =
        n == news.end() || (o != olds.end() && o->customer_key <= n->customer_key);
    const int64_t key = old_first ? o->customer_key : n->customer_key;
    if (key > end) break;
    Changed& changed = merged.emplace_back(Changed{.customer_key = key});
    if (o != olds.end() && o->customer_key == key) changed.before = (o++)->score;
    if (n != news.end() && n->customer_key == key) changed.after = (n++)->score;
  }
  return merged;
}

absl::StatusOr<bool> DeleteOthers(Transaction& tx, int64_t limit) {
  ABSL_ASSIGN_OR_RETURN(const auto current,
                        tx.Sql("SELECT version FROM rfm_state").First<int64_t>());
  constexpr int64_t kEnd = std::numeric_limits<int64_t>::max();
  ABSL_ASSIGN_OR_RETURN(auto other, FirstVersion(tx, 0, current.value_or(0)));
  if (!other) {
    ABSL_ASSIGN_OR_RETURN(other, FirstVersion(tx, current.value_or(0) + 1, kEnd));
  }
  if (!other) return false;
  ABSL_RETURN_IF_ERROR(
      tx.Sql("DELETE FROM rfm_score WHERE version = ? AND customer IN "
             "(SELECT customer FROM rfm_score WHERE version = ? ORDER BY customer LIMIT ?)",
             *other, *other, limit)
          .Run());
  return true;
}

absl::Status Forget(Transaction& tx, int64_t customer_key) {
  constexpr int64_t kEnd = std::numeric_limits<int64_t>::max();
  // A handful at most: the one that counts, one being written, one being deleted.
  for (int64_t from = 0; true; ++from) {
    ABSL_ASSIGN_OR_RETURN(const auto version, FirstVersion(tx, from, kEnd));
    if (!version) return absl::OkStatus();
    from = *version;
    ABSL_RETURN_IF_ERROR(
        tx.Sql("DELETE FROM rfm_score WHERE version = ? AND customer = ?", *version, customer_key)
            .Run());
  }
}

}  // namespace regulars::customer::rfm
