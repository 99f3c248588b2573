#include "chassis/feed/follow_tables.h"

#include <array>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"
#include "chassis/feed/follower.h"

namespace regulars::follow {
namespace {

constexpr std::array<const char*, 3> kStates = {"FOLLOWING", "READING", "SWEEPING"};

constexpr char kCursorColumns[] =
    "SELECT upstream, epoch, position, state, pinned_epoch, pinned_position, rebuild_cursor, "
    "generation, backfill_version, types, event_time FROM followed_feed";
constexpr char kParkedColumns[] =
    "SELECT upstream, position, type, subject, event, reason, message, attempts, due, park_time "
    "FROM parked_event";

State StateOf(absl::string_view name) {
  for (size_t i = 1; i < kStates.size(); ++i) {
    if (name == kStates[i]) return static_cast<State>(i);
  }
  return State::kFollowing;
}

int64_t EventTime(const Cursor& cursor) {
  return cursor.event_time ? absl::ToUnixMicros(*cursor.event_time) : 0;
}

absl::StatusOr<std::vector<Cursor>> ReadCursors(Query query) {
  std::vector<Cursor> cursors;
  ABSL_RETURN_IF_ERROR(
      std::move(query)
          .Each<std::string, std::string, int64_t, std::string, std::string, int64_t, std::string,
                int64_t, int64_t, std::string, int64_t>(
              [&](std::string upstream, std::string epoch, int64_t position,
                  const std::string& state, std::string pinned_epoch, int64_t pinned_position,
                  std::string rebuild_cursor, int64_t generation, int64_t backfill_version,
                  std::string types, int64_t event_time) {
                Cursor cursor{std::move(upstream),
                              std::move(epoch),
                              position,
                              StateOf(state),
                              std::move(pinned_epoch),
                              pinned_position,
                              std::move(rebuild_cursor),
                              generation,
                              backfill_version,
                              std::move(types)};
                if (event_time > 0) cursor.event_time = absl::FromUnixMicros(event_time);
                cursors.push_back(std::move(cursor));
              }));
  return cursors;
}

// Calls `each` with one after the other, until it fails.
absl::Status EachParked(Query&& query, const std::function<absl::Status(Parked)>& each) {
  return std::move(query)
      .Each<std::string, int64_t, std::string, std::string, Bytes, std::string, std::string,
            int64_t, bool, absl::Time>([&](std::string upstream, int64_t position, std::string type,
                                           std::string subject, Bytes event, std::string reason,
                                           std::string message, int64_t attempts, bool due,
                                           absl::Time park_time) {
        return each({std::move(upstream), position, std::move(type), std::move(subject),
                     std::move(event.value), std::move(reason), std::move(message), attempts, due,
                     park_time});
      });
}

absl::StatusOr<std::vector<Parked>> ReadParked(Query query) {
  std::vector<Parked> all;
  ABSL_RETURN_IF_ERROR(EachParked(std::move(query), [&](Parked parked) {
    all.push_back(std::move(parked));
    return absl::OkStatus();
  }));
  return all;
}

template <typename T>
absl::StatusOr<std::optional<T>> TheFirst(absl::StatusOr<std::vector<T>> rows) {
  if (!rows.ok()) return rows.status();
  if (rows->empty()) return std::optional<T>();
  return std::optional<T>(std::move(rows->front()));
}

}  // namespace

absl::StatusOr<std::optional<Cursor>> Find(Snapshot& db, absl::string_view upstream) {
  return TheFirst(
      ReadCursors(db.Sql(absl::StrCat(kCursorColumns, " WHERE upstream = ?"), upstream)));
}

absl::StatusOr<std::vector<Cursor>> List(Snapshot& db) {
  return ReadCursors(db.Sql(absl::StrCat(kCursorColumns, " ORDER BY upstream")));
}

absl::Status Save(Transaction& tx, const Cursor& cursor) {
  return tx
      .Sql(
          "INSERT INTO followed_feed (upstream, epoch, position, state, pinned_epoch, "
          "pinned_position, rebuild_cursor, generation, backfill_version, types, event_time) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (upstream) DO UPDATE SET "
          "epoch = excluded.epoch, position = excluded.position, state = excluded.state, "
          "pinned_epoch = excluded.pinned_epoch, pinned_position = excluded.pinned_position, "
          "rebuild_cursor = excluded.rebuild_cursor, generation = excluded.generation, "
          "backfill_version = excluded.backfill_version, types = excluded.types, "
          "event_time = excluded.event_time",
          cursor.upstream, cursor.epoch, cursor.position,
          kStates[static_cast<size_t>(cursor.state)], cursor.pinned_epoch, cursor.pinned_position,
          cursor.rebuild_cursor, cursor.generation, cursor.backfill_version, cursor.types,
          EventTime(cursor))
      .Run();
}

absl::Status Move(Transaction& tx, const Cursor& cursor) {
  return tx
      .Sql("UPDATE followed_feed SET epoch = ?, position = ?, event_time = ? WHERE upstream = ?",
           cursor.epoch, cursor.position, EventTime(cursor), cursor.upstream)
      .Run();
}

absl::Status Park(Transaction& tx, const Parked& parked) {
  return tx
      .Sql(
          "INSERT INTO parked_event (upstream, position, type, subject, event, reason, message, "
          "attempts, due, park_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
          "ON CONFLICT (upstream, position) DO UPDATE SET reason = excluded.reason, "
          "message = excluded.message, attempts = excluded.attempts, due = excluded.due",
          parked.upstream, parked.position, parked.type, parked.subject, Bytes{parked.event},
          parked.reason, parked.message, parked.attempts, parked.due, parked.park_time)
      .Run();
}

absl::Status Unpark(Transaction& tx, const Parked& parked) {
  ABSL_RETURN_IF_ERROR(tx.Sql("DELETE FROM parked_event WHERE upstream = ? AND position = ?",
                              parked.upstream, parked.position)
                           .Run());
  // Who stands next in this row waited for no other reason.
  return tx
      .Sql(
          "UPDATE parked_event SET due = 1 WHERE upstream = ? AND position = (SELECT "
          "MIN(position) FROM parked_event WHERE upstream = ? AND subject = ?) AND reason = ?",
          parked.upstream, parked.upstream, parked.subject, kBehindAnother)
      .Run();
}

absl::Status UnparkAll(Transaction& tx, absl::string_view upstream) {
  return tx.Sql("DELETE FROM parked_event WHERE upstream = ?", upstream).Run();
}

absl::Status UnparkSubject(Transaction& tx, absl::string_view subject) {
  ABSL_ASSIGN_OR_RETURN(
      const auto upstreams,
      tx.Sql("DELETE FROM parked_event WHERE upstream IN (SELECT upstream FROM followed_feed) AND "
             "subject = ? RETURNING upstream",
             subject)
          .All<std::string>());
  for (const std::string& upstream : upstreams) tx.Ring(FollowerBell(upstream));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Parked>> FindParked(Snapshot& db, absl::string_view upstream,
                                                 int64_t position) {
  return TheFirst(ReadParked(db.Sql(
      absl::StrCat(kParkedColumns, " WHERE upstream = ? AND position = ?"), upstream, position)));
}

absl::StatusOr<ParkedPage> ListParked(Snapshot& db, absl::string_view upstream, int64_t after,
                                      int64_t limit, size_t max_bytes) {
  static const std::string& sql = *new std::string(absl::StrCat(
      kParkedColumns, " WHERE upstream = ? AND position > ? ORDER BY upstream, position LIMIT ?"));
  ParkedPage page;
  size_t bytes = 0;
  const absl::Status walked =
      EachParked(db.Sql(sql, upstream, after, limit + 1), [&](Parked parked) {
        page.more = static_cast<int64_t>(page.parked.size()) == limit || bytes >= max_bytes;
        if (page.more) return absl::CancelledError("the page is full");
        bytes += parked.event.size();
        page.parked.push_back(std::move(parked));
        return absl::OkStatus();
      });
  if (!walked.ok() && !page.more) return walked;
  return page;
}

absl::StatusOr<int64_t> CountParked(Snapshot& db, absl::string_view upstream) {
  ABSL_ASSIGN_OR_RETURN(
      const auto count,
      db.Sql("SELECT COUNT(*) FROM parked_event WHERE upstream = ?", upstream).First<int64_t>());
  return count.value_or(0);
}

absl::StatusOr<bool> IsAnythingParked(Snapshot& db, absl::string_view upstream) {
  ABSL_ASSIGN_OR_RETURN(
      const auto any,
      db.Sql("SELECT 1 FROM parked_event WHERE upstream = ? LIMIT 1", upstream).First<int64_t>());
  return any.has_value();
}

absl::StatusOr<bool> IsSubjectParked(Snapshot& db, absl::string_view upstream,
                                     absl::string_view subject) {
  ABSL_ASSIGN_OR_RETURN(
      const auto any,
      db.Sql("SELECT 1 FROM parked_event WHERE upstream = ? AND subject = ? LIMIT 1", upstream,
             subject)
          .First<int64_t>());
  return any.has_value();
}

absl::StatusOr<int64_t> MakeDue(Transaction& tx, absl::string_view upstream,
                                std::optional<absl::string_view> subject) {
  ABSL_RETURN_IF_ERROR(
      subject ? tx.Sql("UPDATE parked_event SET due = 1 WHERE upstream = ? AND subject = ?",
                       upstream, *subject)
                    .Run()
              : tx.Sql("UPDATE parked_event SET due = 1 WHERE upstream = ?", upstream).Run());
  return tx.Changes();
}

absl::Status MakeNotDue(Transaction& tx, absl::string_view upstream, absl::string_view subject) {
  return tx
      .Sql("UPDATE parked_event SET due = 0 WHERE upstream = ? AND subject = ? AND reason = ?",
           upstream, subject, kBehindAnother)
      .Run();
}

absl::StatusOr<std::optional<Parked>> FirstDue(Snapshot& db, absl::string_view upstream) {
  return TheFirst(ReadParked(db.Sql(
      absl::StrCat(kParkedColumns, " WHERE upstream = ? AND due = 1 ORDER BY position LIMIT 1"),
      upstream)));
}

}  // namespace regulars::follow
