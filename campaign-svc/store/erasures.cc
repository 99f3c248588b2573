#include "campaign-svc/store/erasures.h"

#include <utility>

#include "chassis/base/status_macros.h"

namespace regulars::campaign::erasures {

absl::Status Add(Transaction& tx, absl::string_view erasure, absl::string_view customer) {
  return tx
      .Sql("INSERT INTO erasure (erasure, customer) VALUES (?, ?) ON CONFLICT DO NOTHING", erasure,
           customer)
      .Run();
}

absl::StatusOr<std::vector<Erasure>> Oldest(Snapshot& db, int64_t limit) {
  std::vector<Erasure> rows;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT key, erasure, customer FROM erasure ORDER BY key LIMIT ?", limit)
          .Each<int64_t, std::string, std::string>(
              [&](int64_t key, std::string erasure, std::string customer) {
                rows.push_back({key, std::move(erasure), std::move(customer)});
              }));
  return rows;
}

absl::Status Delete(Transaction& tx, int64_t key) {
  return tx.Sql("DELETE FROM erasure WHERE key = ?", key).Run();
}

}  // namespace regulars::campaign::erasures
