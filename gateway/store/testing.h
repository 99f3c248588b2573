// What tests of other folders, which hold no SQL, ask of a store.
#ifndef GATEWAY_STORE_TESTING_H_
#define GATEWAY_STORE_TESTING_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"

namespace regulars::gateway {

// (resource, result) of the audit's rows of a method, by age.
inline absl::StatusOr<std::vector<std::pair<std::string, std::string>>> AuditOf(
    Snapshot& db, const std::string& method) {
  std::vector<std::pair<std::string, std::string>> rows;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT resource, result FROM audit WHERE method = ? ORDER BY id", method)
          .Each<std::string, std::string>([&](std::string resource, std::string result) {
            rows.emplace_back(std::move(resource), std::move(result));
          }));
  return rows;
}

// How many rows a table has.
inline absl::StatusOr<int64_t> CountRows(Snapshot& db, const std::string& table) {
  ABSL_ASSIGN_OR_RETURN(const auto count, db.Sql("SELECT COUNT(*) FROM " + table).First<int64_t>());
  return count.value_or(0);
}

// From here on the audit refuses rows of a method; or no longer.
inline absl::Status BreakAudit(Transaction& tx, const std::string& method) {
  const std::string sql = "CREATE TRIGGER broken BEFORE INSERT ON audit WHEN NEW.method = '" +
                          method + "' BEGIN SELECT RAISE(ABORT, 'broken'); END";
  return tx.Sql(sql).Run();
}
inline absl::Status MendAudit(Transaction& tx) { return tx.Sql("DROP TRIGGER broken").Run(); }

}  // namespace regulars::gateway

#endif  // GATEWAY_STORE_TESTING_H_
