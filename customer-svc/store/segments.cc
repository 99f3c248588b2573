#include "customer-svc/store/segments.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"

namespace regulars::customer::segments {
namespace {

using storage_internal::ToParameter;

// Segments with what is read along; a condition follows. Roles: SetRole.
constexpr char kSelect[] =
    "SELECT s.key, s.id, s.display_name, s.description, s.filter, s.state, s.error_code, "
    "s.error_reason, s.error_message, s.version, s.ready_time, s.create_time, s.update_time, "
    "COALESCE(live.member_count, 0), COALESCE(staged.scanned_count, 0), "
    "COALESCE(staged.scan_total, 0) FROM segment s "
    "LEFT JOIN segment_set live ON live.segment = s.key AND live.role = 1 "
    "LEFT JOIN segment_set staged ON staged.segment = s.key AND staged.role = 2 ";

absl::StatusOr<std::vector<Segment>> Select(Snapshot& db, absl::string_view condition,
                                            const std::vector<Parameter>& parameters) {
  std::vector<Segment> segments;
  const std::string sql = absl::StrCat(kSelect, condition);
  ABSL_RETURN_IF_ERROR(
      db.SqlWith(sql, parameters)
          .Each<int64_t, std::string, std::string, std::string, std::string, int64_t, int64_t,
                std::string, std::string, int64_t, std::optional<absl::Time>, absl::Time,
                absl::Time, int64_t, int64_t, int64_t>(
              [&](int64_t key, std::string id, std::string name, std::string description,
                  std::string filter, int64_t state, int64_t code, std::string reason,
                  std::string message, int64_t version, std::optional<absl::Time> ready,
                  absl::Time created, absl::Time updated, int64_t members, int64_t scanned,
                  int64_t total) {
                segments.push_back({.key = key,
                                    .id = std::move(id),
                                    .display_name = std::move(name),
                                    .description = std::move(description),
                                    .filter = std::move(filter),
                                    .state = static_cast<SegmentState>(state),
                                    .error_code = static_cast<absl::StatusCode>(code),
                                    .error_reason = std::move(reason),
                                    .error_message = std::move(message),
                                    .version = version,
                                    .ready_time = ready,
                                    .create_time = created,
                                    .update_time = updated,
                                    .member_count = members,
                                    .scanned_count = scanned,
                                    .scan_total = total});
              }));
  return segments;
}

absl::StatusOr<std::optional<Segment>> SelectOne(Snapshot& db, absl::string_view condition,
                                                 const std::vector<Parameter>& parameters) {
  ABSL_ASSIGN_OR_RETURN(std::vector<Segment> segments, Select(db, condition, parameters));
  if (segments.empty()) return std::optional<Segment>();
  return std::optional<Segment>(std::move(segments.front()));
}

}  // namespace

absl::StatusOr<std::optional<Segment>> Find(Snapshot& db, absl::string_view id) {
  return SelectOne(db, "WHERE s.id = ?", {ToParameter(id)});
}

absl::StatusOr<std::optional<Segment>> FindByKey(Snapshot& db, int64_t key) {
  return SelectOne(db, "WHERE s.key = ?", {ToParameter(key)});
}

absl::StatusOr<std::vector<Segment>> List(Snapshot& db, absl::string_view after, int64_t limit) {
  return Select(db, "WHERE s.id > ? ORDER BY s.id LIMIT ?",
                {ToParameter(after), ToParameter(limit)});
}

absl::StatusOr<int64_t> Count(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(const auto count, db.Sql("SELECT COUNT(*) FROM segment").First<int64_t>());
  return count.value_or(0);
}

absl::StatusOr<std::map<int64_t, std::string>> Ids(Snapshot& db) {
  std::map<int64_t, std::string> ids;
  ABSL_RETURN_IF_ERROR(db.Sql("SELECT key, id FROM segment")
                           .Each<int64_t, std::string>(
                               [&](int64_t key, std::string id) { ids[key] = std::move(id); }));
  return ids;
}

absl::Status Insert(Transaction& tx, Segment& segment) {
  ABSL_ASSIGN_OR_RETURN(
      const auto key,
      tx.Sql("INSERT INTO segment (id, display_name, description, filter, state, error_code, "
             "error_reason, error_message, version, ready_time, create_time, update_time) "
             "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING key",
             segment.id, segment.display_name, segment.description, segment.filter,
             static_cast<int64_t>(segment.state), static_cast<int64_t>(segment.error_code),
             segment.error_reason, segment.error_message, segment.version, segment.ready_time,
             segment.create_time, segment.update_time)
          .First<int64_t>());
  segment.key = key.value_or(0);
  return absl::OkStatus();
}

absl::Status Update(Transaction& tx, const Segment& segment) {
  return tx
      .Sql(
          "UPDATE segment SET display_name = ?, description = ?, filter = ?, state = ?, "
          "error_code = ?, error_reason = ?, error_message = ?, version = ?, ready_time = ?, "
          "update_time = ? "
          "WHERE key = ?",
          segment.display_name, segment.description, segment.filter,
          static_cast<int64_t>(segment.state), static_cast<int64_t>(segment.error_code),
          segment.error_reason, segment.error_message, segment.version, segment.ready_time,
          segment.update_time, segment.key)
      .Run();
}

absl::Status Delete(Transaction& tx, int64_t key) {
  return tx.Sql("DELETE FROM segment WHERE key = ?", key).Run();
}

}  // namespace regulars::customer::segments
