#include "campaign-svc/store/hits.h"

#include <utility>

#include "chassis/base/status_macros.h"

namespace regulars::campaign::hits {

absl::Status Append(Transaction& tx, absl::string_view message, bool click) {
  return tx
      .Sql("INSERT INTO hit (message, kind, time, correlation_id, hops) VALUES (?, ?, ?, ?, ?)",
           message, click ? "c" : "o", tx.now(), tx.origin().correlation_id, tx.origin().hops)
      .Run();
}

absl::StatusOr<std::vector<Hit>> Oldest(Snapshot& db, int64_t limit) {
  std::vector<Hit> hits;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT key, message, kind, time, correlation_id, hops FROM hit ORDER BY key LIMIT ?",
             limit)
          .Each<int64_t, std::string, std::string, absl::Time, std::string, int64_t>(
              [&](int64_t key, std::string message, const std::string& kind, absl::Time time,
                  std::string correlation_id, int64_t hops) {
                hits.push_back({key,
                                std::move(message),
                                kind == "c",
                                time,
                                {std::move(correlation_id), static_cast<int>(hops)}});
              }));
  return hits;
}

absl::Status DeleteUpTo(Transaction& tx, int64_t key) {
  return tx.Sql("DELETE FROM hit WHERE key <= ?", key).Run();
}

}  // namespace regulars::campaign::hits
