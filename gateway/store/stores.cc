#include "gateway/store/stores.h"

#include "absl/strings/str_cat.h"
#include "chassis/base/check.h"
#include "chassis/base/status_macros.h"

namespace regulars::gateway::stores {

absl::StatusOr<std::vector<std::string>> Load(Snapshot& db, absl::string_view principal) {
  return db.Sql("SELECT store FROM principal_store WHERE principal = ? ORDER BY store", principal)
      .All<std::string>();
}

absl::Status Replace(Transaction& tx, absl::string_view principal,
                     const std::vector<std::string>& stores) {
  ABSL_RETURN_IF_ERROR(tx.Sql("DELETE FROM principal_store WHERE principal = ?", principal).Run());
  for (const std::string& store : stores) {
    ABSL_RETURN_IF_ERROR(
        tx.Sql("INSERT INTO principal_store (principal, store) VALUES (?, ?)", principal, store)
            .Run());
  }
  return absl::OkStatus();
}

std::string Within(absl::string_view principal, const std::vector<std::string>& stores,
                   std::vector<Parameter>& parameters) {
  CHECK(!stores.empty());  // Callers limited to nothing in particular need no condition.
  std::string marks;
  for (const std::string& store : stores) {
    absl::StrAppend(&marks, marks.empty() ? "?" : ", ?");
    parameters.push_back({Parameter::Kind::kText, false, 0, 0, store});
  }
  const std::string rows =
      absl::StrCat("(SELECT 1 FROM principal_store p WHERE p.principal = ", principal);
  return absl::StrCat("EXISTS ", rows, ") AND NOT EXISTS ", rows, " AND p.store NOT IN (", marks,
                      "))");
}

}  // namespace regulars::gateway::stores
