#include "gateway/store/first_admin.h"

#include "chassis/base/status_macros.h"

namespace regulars::gateway::first_admin {

absl::StatusOr<std::optional<std::string>> Find(Snapshot& db) {
  return db.Sql("SELECT user_id FROM first_admin").First<std::string>();
}

absl::Status Set(Transaction& tx, absl::string_view user_id) {
  return tx.Sql("INSERT INTO first_admin (one, user_id) VALUES (1, ?)", user_id).Run();
}

absl::StatusOr<bool> PasswordReplaced(Transaction& tx, absl::string_view user_id) {
  ABSL_RETURN_IF_ERROR(tx.Sql("DELETE FROM first_admin WHERE user_id = ?", user_id).Run());
  const bool was_in_file = tx.Changes() > 0;
  if (was_in_file) tx.Ring(kBell);
  return was_in_file;
}

}  // namespace regulars::gateway::first_admin
