#include "customer-svc/store/erasures.h"

#include <utility>

#include "chassis/base/status_macros.h"

namespace regulars::customer::erasures {
namespace {

absl::Status LoadParts(Snapshot& db, Erasure& erasure) {
  return db
      .Sql("SELECT service, confirm_time FROM erasure_part WHERE erasure = ? ORDER BY service",
           erasure.key)
      .Each<std::string, std::optional<absl::Time>>(
          [&](std::string service, std::optional<absl::Time> time) {
            erasure.parts.push_back({std::move(service), time});
          });
}

absl::StatusOr<std::vector<Erasure>> Load(Snapshot& db, Query&& query) {
  std::vector<Erasure> found;
  ABSL_RETURN_IF_ERROR(
      std::move(query)
          .Each<int64_t, std::string, std::string, std::string, absl::Time,
                std::optional<absl::Time>>([&](int64_t key, std::string id, std::string customer,
                                               std::string by, absl::Time made,
                                               std::optional<absl::Time> complete) {
            found.push_back(
                {key, std::move(id), std::move(customer), std::move(by), made, complete, {}});
          }));
  for (Erasure& erasure : found) ABSL_RETURN_IF_ERROR(LoadParts(db, erasure));
  return found;
}

absl::StatusOr<std::optional<Erasure>> LoadOne(Snapshot& db, Query&& query) {
  ABSL_ASSIGN_OR_RETURN(std::vector<Erasure> found, Load(db, std::move(query)));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

}  // namespace

absl::Status Insert(Transaction& tx, Erasure& erasure, const std::vector<std::string>& clues) {
  ABSL_ASSIGN_OR_RETURN(
      const auto key,
      tx.Sql("INSERT INTO erasure (id, customer, requested_by, create_time) VALUES (?, ?, ?, ?) "
             "RETURNING key",
             erasure.id, erasure.customer, erasure.requested_by, erasure.create_time)
          .First<int64_t>());
  erasure.key = key.value();  // RETURNING gives one row for each inserted.
  for (const Part& part : erasure.parts) {
    ABSL_RETURN_IF_ERROR(tx.Sql("INSERT INTO erasure_part (erasure, service) VALUES (?, ?)",
                                erasure.key, part.service)
                             .Run());
  }
  for (const std::string& clue : clues) {
    ABSL_RETURN_IF_ERROR(
        tx.Sql("INSERT INTO erasure_clue (erasure, clue) VALUES (?, ?)", erasure.key, clue).Run());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Erasure>> FindById(Snapshot& db, absl::string_view id) {
  return LoadOne(db, db.Sql("SELECT key, id, customer, requested_by, create_time, complete_time "
                            "FROM erasure WHERE id = ?",
                            id));
}

absl::StatusOr<std::optional<Erasure>> FindByCustomer(Snapshot& db, absl::string_view customer) {
  return LoadOne(db, db.Sql("SELECT key, id, customer, requested_by, create_time, complete_time "
                            "FROM erasure WHERE customer = ?",
                            customer));
}

absl::StatusOr<std::vector<Erasure>> List(Snapshot& db, int64_t before, int64_t limit) {
  return Load(db, db.Sql("SELECT key, id, customer, requested_by, create_time, complete_time "
                         "FROM erasure WHERE key < ? ORDER BY key DESC LIMIT ?",
                         before == 0 ? INT64_MAX : before, limit));
}

absl::StatusOr<std::vector<Erasure>> ListNames(Snapshot& db, int64_t before, int64_t limit) {
  std::vector<Erasure> found;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT key, id, customer FROM erasure WHERE key < ? "
             "ORDER BY key DESC LIMIT ?",
             before == 0 ? INT64_MAX : before, limit)
          .Each<int64_t, std::string, std::string>(
              [&](int64_t key, std::string id, std::string customer) {
                found.push_back({.key = key, .id = std::move(id), .customer = std::move(customer)});
              }));
  return found;
}

absl::StatusOr<std::vector<std::string>> LoadClues(Snapshot& db, int64_t erasure) {
  return db.Sql("SELECT clue FROM erasure_clue WHERE erasure = ?", erasure).All<std::string>();
}

absl::Status ForgetClues(Transaction& tx, int64_t erasure) {
  return tx.Sql("DELETE FROM erasure_clue WHERE erasure = ?", erasure).Run();
}

absl::Status NoteDeleted(Transaction& tx, absl::string_view customer) {
  return tx.Sql("INSERT INTO deleted_customer (id, time) VALUES (?, ?)", customer, tx.now()).Run();
}

absl::StatusOr<bool> WasDeleted(Snapshot& db, absl::string_view customer) {
  ABSL_ASSIGN_OR_RETURN(
      const auto deleted,
      db.Sql("SELECT 1 FROM deleted_customer WHERE id = ?", customer).First<int64_t>());
  return deleted.has_value();
}

absl::StatusOr<bool> Confirm(Transaction& tx, int64_t erasure, absl::string_view service) {
  ABSL_RETURN_IF_ERROR(tx.Sql("UPDATE erasure_part SET confirm_time = ? WHERE erasure = ? "
                              "AND service = ? AND confirm_time IS NULL",
                              tx.now(), erasure, service)
                           .Run());
  return tx.Changes() > 0;
}

absl::Status Complete(Transaction& tx, int64_t erasure) {
  return tx.Sql("UPDATE erasure SET complete_time = ? WHERE key = ?", tx.now(), erasure).Run();
}

absl::StatusOr<std::optional<Erasure>> FindUnasked(Snapshot& db, absl::string_view service,
                                                   int64_t generation) {
  return LoadOne(db, db.Sql("SELECT key, id, customer, requested_by, create_time, complete_time "
                            "FROM erasure WHERE key = (SELECT p.erasure FROM erasure_part p "
                            "WHERE p.service = ? AND p.confirm_time IS NULL AND p.asked < ? "
                            "LIMIT 1)",
                            service, generation));
}

absl::Status MarkAsked(Transaction& tx, int64_t erasure, absl::string_view service,
                       int64_t generation) {
  return tx
      .Sql("UPDATE erasure_part SET asked = ? WHERE erasure = ? AND service = ?", generation,
           erasure, service)
      .Run();
}

}  // namespace regulars::customer::erasures
