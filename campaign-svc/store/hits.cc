#include "campaign-svc/store/hits.h"

#include <utility>

#include "chassis/base/status_macros.h"

namespace regulars::campaign::hits {

absl::Status Append(Transaction& tx, absl::string_view message, bool click) {
  return tx
      .Sql("INSERT INTO hit (message, kind, time) VALUES (?, ?, ?)", message, click ? "c" : "o",
           tx.now())
      .Run();
}

absl::StatusOr<std::vector<Hit>> Oldest(Snapshot& db, int64_t limit) {
  std::vector<Hit> hits;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT key, message, kind, time FROM hit ORDER BY key LIMIT ?", limit)
          .Each<int64_t, std::string, std::string, absl::Time>(
              [&](int64_t key, std::string message, const std::string& kind, absl::Time time) {
                hits.push_back({key, std::move(message), kind == "c", time});
              }));
  return hits;
}

absl::Status DeleteUpTo(Transaction& tx, int64_t key) {
  return tx.Sql("DELETE FROM hit WHERE key <= ?", key).Run();
}

}  // namespace regulars::campaign::hits
