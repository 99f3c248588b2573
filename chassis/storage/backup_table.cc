#include "chassis/storage/backup_table.h"

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"

namespace regulars::backups {
namespace {

using storage_internal::ToParameter;

constexpr const char* kStateNames[] = {"RUNNING", "READY", "FAILED"};

const char* StateName(State state) { return kStateNames[static_cast<int>(state)]; }

State ParseState(absl::string_view name) {
  for (int i = 0; i < 3; ++i) {
    if (name == kStateNames[i]) return static_cast<State>(i);
  }
  return State::kFailed;  // The table's CHECK allows no other name.
}

absl::StatusOr<std::vector<Backup>> Select(Snapshot& db, absl::string_view condition,
                                           const std::vector<Parameter>& parameters) {
  std::vector<Backup> found;
  const std::string sql = absl::StrCat(
      "SELECT id, name, state, path, size_bytes, sha256, epoch, position, error, create_time, "
      "finish_time FROM backup WHERE ",
      condition);
  ABSL_RETURN_IF_ERROR(
      db.SqlWith(sql, parameters)
          .Each<int64_t, std::string, std::string, std::string, int64_t, std::string, std::string,
                int64_t, Bytes, absl::Time, std::optional<absl::Time>>(
              [&](int64_t row, std::string id, const std::string& state, std::string path,
                  int64_t size, std::string sha256, std::string epoch, int64_t position,
                  Bytes error, absl::Time created, std::optional<absl::Time> finished) {
                found.push_back({row, std::move(id), ParseState(state), std::move(path), size,
                                 std::move(sha256), std::move(epoch), position,
                                 std::move(error.value), created, finished});
              }));
  return found;
}

absl::StatusOr<std::optional<Backup>> SelectOne(Snapshot& db, absl::string_view condition,
                                                const std::vector<Parameter>& parameters) {
  ABSL_ASSIGN_OR_RETURN(auto found, Select(db, condition, parameters));
  if (found.empty()) return std::optional<Backup>();
  return std::optional<Backup>(std::move(found.front()));
}

}  // namespace

absl::Status Insert(Transaction& tx, absl::string_view id, absl::string_view path) {
  return tx
      .Sql(
          "INSERT INTO backup (name, state, path, size_bytes, sha256, epoch, position, error, "
          "create_time) VALUES (?, 'RUNNING', ?, 0, '', (SELECT epoch FROM store_meta), 0, x'', ?)",
          id, path, tx.now())
      .Run();
}

absl::Status Update(Transaction& tx, const Backup& backup) {
  return tx
      .Sql(
          "UPDATE backup SET state = ?, size_bytes = ?, sha256 = ?, position = ?, error = ?, "
          "finish_time = ? WHERE id = ?",
          StateName(backup.state), backup.size_bytes, backup.sha256, backup.position,
          Bytes{backup.error}, backup.finish_time, backup.row)
      .Run();
}

absl::Status Delete(Transaction& tx, const Backup& backup) {
  return tx.Sql("DELETE FROM backup WHERE id = ?", backup.row).Run();
}

absl::StatusOr<std::optional<Backup>> Find(Snapshot& db, absl::string_view id) {
  return SelectOne(db, "name = ?", {ToParameter(id)});
}

absl::StatusOr<std::optional<Backup>> FindRunning(Snapshot& db) {
  return SelectOne(db, "state = 'RUNNING' LIMIT 1", {});
}

absl::StatusOr<std::vector<Backup>> List(Snapshot& db, int64_t before, int64_t limit) {
  const int64_t from = before > 0 ? before : std::numeric_limits<int64_t>::max();
  return Select(db, "id < ? ORDER BY id DESC LIMIT ?", {ToParameter(from), ToParameter(limit)});
}

}  // namespace regulars::backups
