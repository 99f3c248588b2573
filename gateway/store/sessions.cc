#include "gateway/store/sessions.h"

#include "chassis/base/status_macros.h"
#include "gateway/domain/passwords.h"

namespace regulars::gateway::sessions {

absl::StatusOr<std::optional<Session>> Find(Snapshot& db, absl::string_view family_hash) {
  ABSL_ASSIGN_OR_RETURN(auto row,
                        db.Sql("SELECT id, user_id, token_hash, create_time, expire_time FROM "
                               "session WHERE family_hash = ?",
                               Bytes{std::string(family_hash)})
                            .First<std::string, std::string, Bytes, absl::Time, absl::Time>());
  if (!row) return std::nullopt;
  auto& [id, user_id, token_hash, create_time, expire_time] = *row;
  return Session{.id = std::move(id),
                 .user_id = std::move(user_id),
                 .family_hash = std::string(family_hash),
                 .token_hash = std::move(token_hash.value),
                 .create_time = create_time,
                 .expire_time = expire_time};
}

absl::Status Insert(Transaction& tx, const Session& session) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql("INSERT INTO session (id, user_id, family_hash, token_hash, create_time, expire_time) "
             "VALUES (?, ?, ?, ?, ?, ?)",
             session.id, session.user_id, Bytes{session.family_hash}, Bytes{session.token_hash},
             session.create_time, session.expire_time)
          .Run());
  return tx
      .Sql(
          "DELETE FROM session WHERE user_id = ? AND id NOT IN (SELECT id FROM session "
          "WHERE user_id = ? ORDER BY create_time DESC, id DESC LIMIT ?)",
          session.user_id, session.user_id, static_cast<int64_t>(kMaxSessionsPerUser))
      .Run();
}

absl::Status Rotate(Transaction& tx, absl::string_view id, absl::string_view token_hash,
                    absl::Time expire_time) {
  return tx
      .Sql("UPDATE session SET token_hash = ?, expire_time = ? WHERE id = ?",
           Bytes{std::string(token_hash)}, expire_time, id)
      .Run();
}

absl::Status End(Transaction& tx, absl::string_view id) {
  return tx.Sql("DELETE FROM session WHERE id = ?", id).Run();
}

absl::Status EndAllOf(Transaction& tx, absl::string_view user_id) {
  return tx.Sql("DELETE FROM session WHERE user_id = ?", user_id).Run();
}

absl::Status ForgetExpired(Transaction& tx, int64_t limit) {
  return tx
      .Sql(
          "DELETE FROM session WHERE id IN (SELECT id FROM session WHERE expire_time <= ? LIMIT ?)",
          tx.now(), limit)
      .Run();
}

}  // namespace regulars::gateway::sessions
