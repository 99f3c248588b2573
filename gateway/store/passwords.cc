#include "gateway/store/passwords.h"

#include "chassis/base/status_macros.h"

namespace regulars::gateway::passwords {

absl::StatusOr<std::optional<StoredPassword>> Find(Snapshot& db, absl::string_view user_id) {
  ABSL_ASSIGN_OR_RETURN(
      auto row,
      db.Sql("SELECT hash, one_time, expire_time FROM user_password WHERE user_id = ?", user_id)
          .First<std::string, bool, std::optional<absl::Time>>());
  if (!row) return std::nullopt;
  const auto& [hash, one_time, expire_time] = *row;
  return StoredPassword{.hash = hash, .one_time = one_time, .expire_time = expire_time};
}

absl::Status Set(Transaction& tx, absl::string_view user_id, const StoredPassword& password) {
  return tx
      .Sql(
          "INSERT INTO user_password (user_id, hash, one_time, expire_time, update_time) "
          "VALUES (?, ?, ?, ?, ?) ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, "
          "one_time = excluded.one_time, expire_time = excluded.expire_time, "
          "update_time = excluded.update_time",
          user_id, password.hash, password.one_time, password.expire_time, tx.now())
      .Run();
}

}  // namespace regulars::gateway::passwords
