#include "recommend-svc/store/customers.h"

#include <utility>

#include "chassis/base/fingerprint.h"
#include "chassis/base/status_macros.h"

namespace regulars::recommend::customers {

namespace {

int64_t FingerprintOf(absl::string_view id) {
  Fingerprint print;
  print.Add(id);
  return static_cast<int64_t>(print.Take());
}

}  // namespace

absl::StatusOr<std::optional<int64_t>> FindKey(Snapshot& db, absl::string_view id) {
  return db.Sql("SELECT key FROM customer WHERE id = ?", id).First<int64_t>();
}

absl::StatusOr<std::optional<int64_t>> Know(Transaction& tx, absl::string_view id) {
  ABSL_ASSIGN_OR_RETURN(const std::optional<int64_t> known, FindKey(tx, id));
  if (known) return known;
  ABSL_ASSIGN_OR_RETURN(
      const auto erased,
      tx.Sql("SELECT 1 FROM erased WHERE fingerprint = ?", FingerprintOf(id)).First<int64_t>());
  if (erased) return std::nullopt;
  return tx.Sql("INSERT INTO customer (id) VALUES (?) RETURNING key", id).First<int64_t>();
}

absl::Status RememberErased(Transaction& tx, absl::string_view id) {
  return tx
      .Sql("INSERT INTO erased (fingerprint) VALUES (?) ON CONFLICT DO NOTHING", FingerprintOf(id))
      .Run();
}

absl::StatusOr<std::vector<Known>> List(Snapshot& db, int64_t after, int64_t limit) {
  std::vector<Known> known;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT key, id FROM customer WHERE key > ? ORDER BY key LIMIT ?", after, limit)
          .Each<int64_t, std::string>([&](int64_t key, std::string id) {
            known.push_back({key, std::move(id)});
          }));
  return known;
}

absl::Status DropUnused(Transaction& tx, int64_t key) {
  return tx
      .Sql(
          "DELETE FROM customer WHERE key = ? AND NOT EXISTS (SELECT 1 FROM receipt "
          "WHERE customer = ?) AND NOT EXISTS (SELECT 1 FROM viewed WHERE customer = ?)",
          key, key, key)
      .Run();
}

absl::Status Forget(Transaction& tx, int64_t key) {
  ABSL_RETURN_IF_ERROR(tx.Sql("DELETE FROM viewed WHERE customer = ?", key).Run());
  return tx.Sql("DELETE FROM customer WHERE key = ?", key).Run();
}

absl::StatusOr<int64_t> Detach(Transaction& tx, int64_t key, int64_t limit) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql("UPDATE receipt SET customer = NULL WHERE key IN (SELECT key FROM receipt "
             "WHERE customer = ? LIMIT ?)",
             key, limit)
          .Run());
  return tx.Changes();
}

absl::Status NoteForgotten(Transaction& tx, const Forgotten& forgotten) {
  return tx
      .Sql("INSERT INTO forgotten_customer (customer, id, erasure) VALUES (?, ?, ?)", forgotten.key,
           forgotten.id, forgotten.erasure)
      .Run();
}

absl::StatusOr<bool> NoteErasure(Transaction& tx, absl::string_view id, absl::string_view erasure) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql("UPDATE forgotten_customer SET erasure = ?, correlation_id = ?, hops = ? WHERE id = ?",
             erasure, tx.origin().correlation_id, tx.origin().hops, id)
          .Run());
  return tx.Changes() > 0;
}

absl::StatusOr<std::optional<Forgotten>> FirstForgotten(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(
      auto row, db.Sql("SELECT customer, id, erasure, correlation_id, hops FROM forgotten_customer "
                       "ORDER BY customer LIMIT 1")
                    .First<int64_t, std::string, std::string, std::string, int64_t>());
  if (!row) return std::nullopt;
  auto& [key, id, erasure, correlation_id, hops] = *row;
  return Forgotten{
      key, std::move(id), std::move(erasure), {std::move(correlation_id), static_cast<int>(hops)}};
}

absl::StatusOr<bool> DropForgotten(Transaction& tx, const Forgotten& forgotten) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql("DELETE FROM forgotten_customer WHERE customer = ?", forgotten.key).Run());
  ABSL_ASSIGN_OR_RETURN(
      const auto another,
      tx.Sql("SELECT 1 FROM forgotten_customer WHERE id = ? LIMIT 1", forgotten.id)
          .First<int64_t>());
  return !another;
}

absl::Status AddView(Transaction& tx, int64_t customer, const View& view) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql("INSERT INTO viewed (customer, item, view_time, store) VALUES (?, ?, ?, ?) "
             "ON CONFLICT (customer, item) DO UPDATE SET view_time = excluded.view_time, "
             "store = excluded.store WHERE excluded.view_time > view_time",
             customer, view.item, view.time, view.store)
          .Run());
  return tx
      .Sql(
          "DELETE FROM viewed WHERE customer = ? AND item IN (SELECT item FROM viewed "
          "WHERE customer = ? ORDER BY view_time DESC, item LIMIT ? OFFSET ?)",
          customer, customer, kMaxViews, kMaxViews)
      .Run();
}

absl::StatusOr<std::vector<View>> LoadViews(Snapshot& db, int64_t customer) {
  std::vector<View> views;
  ABSL_RETURN_IF_ERROR(db.Sql("SELECT item, view_time, store FROM viewed WHERE customer = ? "
                              "ORDER BY view_time DESC, item LIMIT ?",
                              customer, kMaxViews)
                           .Each<int64_t, absl::Time, std::string>(
                               [&](int64_t item, absl::Time time, std::string store) {
                                 views.push_back({item, time, std::move(store)});
                               }));
  return views;
}

}  // namespace regulars::recommend::customers
