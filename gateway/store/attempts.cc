#include "gateway/store/attempts.h"

#include <optional>

#include "chassis/base/status_macros.h"

namespace regulars::gateway::attempts {

absl::StatusOr<Attempts> Load(Snapshot& db, absl::string_view key) {
  ABSL_ASSIGN_OR_RETURN(
      auto row,
      db.Sql("SELECT failures, last_time, blocked_until FROM failed_attempt WHERE key = ?",
             Bytes{std::string(key)})
          .First<int64_t, absl::Time, std::optional<absl::Time>>());
  if (!row) return Attempts();
  const auto& [failures, last_time, blocked_until] = *row;
  return Attempts{.failures = failures,
                  .last_time = last_time,
                  .blocked_until = blocked_until.value_or(absl::InfinitePast())};
}

absl::Status Save(Transaction& tx, absl::string_view key, const Attempts& counter,
                  int64_t max_counters) {
  std::optional<absl::Time> blocked_until;
  if (counter.blocked_until != absl::InfinitePast()) blocked_until = counter.blocked_until;
  ABSL_ASSIGN_OR_RETURN(const auto count,
                        tx.Sql("SELECT COUNT(*) FROM failed_attempt").First<int64_t>());
  if (count.value_or(0) >= max_counters) {
    ABSL_RETURN_IF_ERROR(
        tx.Sql("DELETE FROM failed_attempt WHERE key IN (SELECT key FROM failed_attempt "
               "WHERE key <> ? ORDER BY failures, last_time LIMIT ?)",
               Bytes{std::string(key)}, *count - max_counters + 1)
            .Run());
  }
  return tx
      .Sql(
          "INSERT INTO failed_attempt (key, failures, last_time, blocked_until) "
          "VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, "
          "last_time = excluded.last_time, blocked_until = excluded.blocked_until",
          Bytes{std::string(key)}, counter.failures, counter.last_time, blocked_until)
      .Run();
}

absl::Status Forget(Transaction& tx, absl::string_view key) {
  return tx.Sql("DELETE FROM failed_attempt WHERE key = ?", Bytes{std::string(key)}).Run();
}

absl::Status ForgetOld(Transaction& tx, absl::Time time, int64_t limit) {
  return tx
      .Sql(
          "DELETE FROM failed_attempt WHERE key IN (SELECT key FROM failed_attempt "
          "WHERE last_time <= ? LIMIT ?)",
          time, limit)
      .Run();
}

}  // namespace regulars::gateway::attempts
