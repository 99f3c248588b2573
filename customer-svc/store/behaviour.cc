#include "customer-svc/store/behaviour.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/auth/sha256.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"

namespace regulars::customer::behaviour {
namespace {

constexpr size_t kHashLength = 16;

// No source holds a line feed.
Bytes HashOf(const BehaviourEvent& event) {
  const auto digest = auth::Sha256(absl::StrCat(event.source, "\n", event.message_id));
  return {std::string(auth::AsView(digest).substr(0, kHashLength))};
}

absl::StatusOr<std::optional<int64_t>> FindVisitor(Snapshot& db, int64_t customer) {
  ABSL_ASSIGN_OR_RETURN(const auto row,
                        db.Sql("SELECT visitor FROM customer WHERE key = ?", customer)
                            .First<std::optional<int64_t>>());
  return row ? *row : std::nullopt;
}

// Takes a visitor's days away, and the names that no other's events bear.
absl::Status DeleteDays(Transaction& tx, int64_t visitor) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql("UPDATE behaviour_name SET event_count = event_count - d.total FROM (SELECT name, "
             "SUM(event_count) AS total FROM behaviour_day WHERE visitor = ? GROUP BY name) AS d "
             "WHERE behaviour_name.key = d.name",
             visitor)
          .Run());
  ABSL_RETURN_IF_ERROR(tx.Sql("DELETE FROM behaviour_name WHERE event_count <= 0").Run());
  // Days are far fewer than events: at most one for each name and day.
  return tx.Sql("DELETE FROM behaviour_day WHERE visitor = ?", visitor).Run();
}

}  // namespace

absl::StatusOr<bool> IsKnown(Snapshot& db, const BehaviourEvent& event) {
  ABSL_ASSIGN_OR_RETURN(
      const auto row,
      db.Sql("SELECT 1 FROM behaviour_event WHERE message = ?", HashOf(event)).First<int64_t>());
  return row.has_value();
}

absl::StatusOr<int64_t> KeyOfName(Transaction& tx, const std::string& name) {
  ABSL_ASSIGN_OR_RETURN(
      const auto known,
      tx.Sql("SELECT key FROM behaviour_name WHERE name = ?", name).First<int64_t>());
  if (known) return *known;
  ABSL_ASSIGN_OR_RETURN(const auto count,
                        tx.Sql("SELECT COUNT(*) FROM behaviour_name").First<int64_t>());
  if (count.value_or(0) >= kMaxEventNames) {
    return FieldError("event_name", "TOO_MANY_EVENT_NAMES",
                      absl::StrCat("is a new one, and there are ", kMaxEventNames));
  }
  ABSL_ASSIGN_OR_RETURN(
      const auto made,
      tx.Sql("INSERT INTO behaviour_name (name) VALUES (?) RETURNING key", name).First<int64_t>());
  return made.value();  // RETURNING gives one row for each inserted.
}

absl::StatusOr<int64_t> VisitorOf(Transaction& tx, int64_t customer) {
  ABSL_ASSIGN_OR_RETURN(const auto known, FindVisitor(tx, customer));
  if (known) return *known;
  ABSL_ASSIGN_OR_RETURN(
      const auto made,
      tx.Sql("INSERT INTO visitor (forgotten) VALUES (0) RETURNING key").First<int64_t>());
  ABSL_RETURN_IF_ERROR(
      tx.Sql("UPDATE customer SET visitor = ? WHERE key = ?", made.value(), customer).Run());
  return made.value();
}

absl::Status Insert(Transaction& tx, int64_t visitor, int64_t name, const BehaviourEvent& event,
                    int64_t day) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql("INSERT INTO behaviour_event (visitor, name, source, message, event_time, item, "
             "quantity, value, currency, store) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
             visitor, name, event.source, HashOf(event), event.event_time, event.item,
             event.quantity_micros, event.value_micros, event.value_currency, event.store)
          .Run());
  ABSL_RETURN_IF_ERROR(
      tx.Sql("UPDATE behaviour_name SET event_count = event_count + 1 WHERE key = ?", name).Run());
  return tx
      .Sql(
          "INSERT INTO behaviour_day (visitor, name, day, event_count) VALUES (?, ?, ?, 1) "
          "ON CONFLICT (visitor, name, day) DO UPDATE SET event_count = event_count + 1",
          visitor, name, day)
      .Run();
}

absl::StatusOr<bool> Any(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(const auto any,
                        db.Sql("SELECT 1 FROM behaviour_event LIMIT 1").First<int64_t>());
  return any.has_value();
}

absl::StatusOr<std::vector<EventDay>> LoadDays(Snapshot& db, int64_t visitor,
                                               const std::string& name, int64_t first_day) {
  std::vector<EventDay> days;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT day, event_count FROM behaviour_day WHERE visitor = ? AND name = (SELECT key "
             "FROM behaviour_name WHERE name = ?) AND day >= ? ORDER BY day",
             visitor, name, first_day)
          .Each<int64_t, int64_t>([&](int64_t day, int64_t count) {
            days.push_back({day, count});
          }));
  return days;
}

absl::StatusOr<std::vector<StoredEvent>> List(Snapshot& db, int64_t customer, absl::Time before,
                                              int64_t before_key, int64_t limit) {
  std::vector<StoredEvent> events;
  ABSL_ASSIGN_OR_RETURN(const auto visitor, FindVisitor(db, customer));
  if (!visitor) return events;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT e.key, n.name, e.source, e.event_time, e.item, e.quantity, e.value, "
             "e.currency, e.store FROM behaviour_event e JOIN behaviour_name n ON n.key = e.name "
             "WHERE e.visitor = ? AND (e.event_time, e.key) < (?, ?) "
             "ORDER BY e.event_time DESC, e.key DESC LIMIT ?",
             *visitor, before, before_key, limit)
          .Each<int64_t, std::string, std::string, absl::Time, std::string, int64_t, int64_t,
                std::string, std::string>([&](int64_t key, std::string name, std::string source,
                                              absl::Time time, std::string item, int64_t quantity,
                                              int64_t value, std::string currency,
                                              std::string store) {
            events.push_back({key,
                              {.source = std::move(source),
                               .event_name = std::move(name),
                               .event_time = time,
                               .item = std::move(item),
                               .quantity_micros = quantity,
                               .value_micros = value,
                               .value_currency = std::move(currency),
                               .store = std::move(store)}});
          }));
  return events;
}

absl::StatusOr<bool> Forget(Transaction& tx, int64_t customer) {
  ABSL_ASSIGN_OR_RETURN(const auto visitor, FindVisitor(tx, customer));
  if (!visitor) return false;
  ABSL_RETURN_IF_ERROR(tx.Sql("UPDATE visitor SET forgotten = 1 WHERE key = ?", *visitor).Run());
  ABSL_RETURN_IF_ERROR(tx.Sql("UPDATE customer SET visitor = NULL WHERE key = ?", customer).Run());
  return true;
}

absl::StatusOr<int64_t> DeleteForgotten(Transaction& tx, int64_t limit) {
  ABSL_ASSIGN_OR_RETURN(
      const auto visitor,
      tx.Sql("SELECT key FROM visitor WHERE forgotten = 1 ORDER BY key LIMIT 1").First<int64_t>());
  if (!visitor) return 0;
  ABSL_RETURN_IF_ERROR(
      tx.Sql("DELETE FROM behaviour_event WHERE key IN (SELECT key FROM behaviour_event "
             "WHERE visitor = ? LIMIT ?)",
             *visitor, limit)
          .Run());
  if (const int64_t deleted = tx.Changes(); deleted > 0) return deleted;
  ABSL_RETURN_IF_ERROR(DeleteDays(tx, *visitor));
  ABSL_RETURN_IF_ERROR(tx.Sql("DELETE FROM visitor WHERE key = ?", *visitor).Run());
  return 1;
}

}  // namespace regulars::customer::behaviour
