#include "campaign-svc/store/erasures.h"

#include <utility>

#include "chassis/base/status_macros.h"

namespace regulars::campaign::erasures {

absl::Status Add(Transaction& tx, absl::string_view erasure, absl::string_view customer) {
  return tx
      .Sql(
          "INSERT INTO erasure (erasure, customer, correlation_id, hops) VALUES (?, ?, ?, ?) ON "
          "CONFLICT DO NOTHING",
          erasure, customer, tx.origin().correlation_id, tx.origin().hops)
      .Run();
}

absl::StatusOr<std::vector<Erasure>> Oldest(Snapshot& db, int64_t limit) {
  std::vector<Erasure> rows;
  ABSL_RETURN_IF_ERROR(
      db.Sql(
            "SELECT key, erasure, customer, correlation_id, hops FROM erasure ORDER BY key LIMIT ?",
            limit)
          .Each<int64_t, std::string, std::string, std::string, int64_t>(
              [&](int64_t key, std::string erasure, std::string customer,
                  std::string correlation_id, int64_t hops) {
                rows.push_back({key,
                                std::move(erasure),
                                std::move(customer),
                                {std::move(correlation_id), static_cast<int>(hops)}});
              }));
  return rows;
}

absl::Status Delete(Transaction& tx, int64_t key) {
  return tx.Sql("DELETE FROM erasure WHERE key = ?", key).Run();
}

}  // namespace regulars::campaign::erasures
