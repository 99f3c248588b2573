#include "customer-svc/store/segment_sets.h"

#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"

namespace regulars::customer::segment_sets {
namespace {

using storage_internal::ToParameter;

int64_t Number(SetRole role) { return static_cast<int64_t>(role); }

absl::StatusOr<std::vector<SegmentSet>> Select(Snapshot& db, absl::string_view condition,
                                               const std::vector<Parameter>& parameters) {
  std::vector<SegmentSet> sets;
  const std::string sql = absl::StrCat(
      "SELECT key, segment, filter, role, member_count, scanned, scanned_count, announced "
      "FROM segment_set WHERE ",
      condition);
  ABSL_RETURN_IF_ERROR(
      db.SqlWith(sql, parameters)
          .Each<int64_t, int64_t, std::string, int64_t, int64_t, int64_t, int64_t, std::string>(
              [&](int64_t key, int64_t segment, std::string filter, int64_t role, int64_t members,
                  int64_t scanned, int64_t scanned_count, std::string announced) {
                sets.push_back({.key = key,
                                .segment_key = segment,
                                .filter = std::move(filter),
                                .role = static_cast<SetRole>(role),
                                .member_count = members,
                                .scanned = scanned,
                                .scanned_count = scanned_count,
                                .announced = std::move(announced)});
              }));
  return sets;
}

absl::StatusOr<std::optional<SegmentSet>> SelectOne(Snapshot& db, absl::string_view condition,
                                                    const std::vector<Parameter>& parameters) {
  ABSL_ASSIGN_OR_RETURN(std::vector<SegmentSet> sets, Select(db, condition, parameters));
  if (sets.empty()) return std::optional<SegmentSet>();
  return std::optional<SegmentSet>(std::move(sets.front()));
}

// Deletes members or timers of a set, at most `limit`; whether there were any.
absl::StatusOr<bool> DeleteRows(Transaction& tx, absl::string_view table, int64_t set,
                                int64_t limit) {
  const std::string sql =
      absl::StrCat("DELETE FROM ", table, " WHERE segment_set = ? AND customer IN (SELECT customer",
                   " FROM ", table, " WHERE segment_set = ? ORDER BY customer LIMIT ?)");
  ABSL_RETURN_IF_ERROR(tx.Sql(sql, set, set, limit).Run());
  return tx.Changes() > 0;
}

}  // namespace

absl::StatusOr<State> LoadState(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(
      auto row,
      db.Sql("SELECT plan, timer_due FROM segment_state").First<std::string, absl::Time>());
  if (!row) return absl::DataLossError("segment_state has lost its row");
  return State{std::move(std::get<0>(*row)), std::get<1>(*row)};
}

absl::Status SavePlan(Transaction& tx, absl::string_view plan) {
  return tx.Sql("UPDATE segment_state SET plan = ?", plan).Run();
}

absl::Status SaveTimerDue(Transaction& tx, absl::Time due) {
  return tx.Sql("UPDATE segment_state SET timer_due = ?", due).Run();
}

absl::StatusOr<int64_t> Insert(Transaction& tx, int64_t segment_key, absl::string_view filter,
                               SetRole role) {
  ABSL_ASSIGN_OR_RETURN(
      const auto key,
      tx.Sql("INSERT INTO segment_set (segment, filter, role, member_count, scanned, "
             "scanned_count, scan_total, announced) VALUES (?, ?, ?, 0, 0, 0, 0, '') RETURNING key",
             segment_key, filter, Number(role))
          .First<int64_t>());
  return key.value_or(0);
}

absl::StatusOr<std::optional<SegmentSet>> Find(Snapshot& db, int64_t key) {
  return SelectOne(db, "key = ?", {ToParameter(key)});
}

absl::StatusOr<std::optional<SegmentSet>> FindByRole(Snapshot& db, int64_t segment_key,
                                                     SetRole role) {
  return SelectOne(db, "segment = ? AND role = ?",
                   {ToParameter(segment_key), ToParameter(Number(role))});
}

absl::StatusOr<std::vector<SegmentSet>> List(Snapshot& db, SetRole role) {
  return Select(db, "role = ? ORDER BY key", {ToParameter(Number(role))});
}

absl::Status SetRoleOf(Transaction& tx, int64_t key, SetRole role) {
  return tx.Sql("UPDATE segment_set SET role = ? WHERE key = ?", Number(role), key).Run();
}

absl::Status KillAll(Transaction& tx, int64_t segment_key) {
  return tx
      .Sql("UPDATE segment_set SET segment = 0, role = ? WHERE segment = ?", Number(SetRole::kDead),
           segment_key)
      .Run();
}

absl::Status SaveScan(Transaction& tx, int64_t key, int64_t scanned, int64_t scanned_count) {
  return tx
      .Sql("UPDATE segment_set SET scanned = ?, scanned_count = ? WHERE key = ?", scanned,
           scanned_count, key)
      .Run();
}

absl::Status SaveScanTotal(Transaction& tx, int64_t key, int64_t total) {
  return tx.Sql("UPDATE segment_set SET scan_total = ? WHERE key = ?", total, key).Run();
}

absl::Status SaveAnnounced(Transaction& tx, int64_t key, absl::string_view customer_id) {
  return tx.Sql("UPDATE segment_set SET announced = ? WHERE key = ?", customer_id, key).Run();
}

absl::Status AddMember(Transaction& tx, int64_t set, absl::string_view customer_id,
                       absl::Time enter_time) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql("INSERT INTO segment_member (segment_set, customer, enter_time) VALUES (?, ?, ?)", set,
             customer_id, enter_time)
          .Run());
  return tx.Sql("UPDATE segment_set SET member_count = member_count + 1 WHERE key = ?", set).Run();
}

absl::Status RemoveMember(Transaction& tx, int64_t set, absl::string_view customer_id) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql("DELETE FROM segment_member WHERE segment_set = ? AND customer = ?", set, customer_id)
          .Run());
  return tx.Sql("UPDATE segment_set SET member_count = member_count - 1 WHERE key = ?", set).Run();
}

absl::Status MoveEnterTime(Transaction& tx, int64_t set, absl::string_view customer_id,
                           absl::Time enter_time) {
  return tx
      .Sql("UPDATE segment_member SET enter_time = ? WHERE segment_set = ? AND customer = ?",
           enter_time, set, customer_id)
      .Run();
}

absl::StatusOr<std::vector<Membership>> MembershipsOf(Snapshot& db, absl::string_view customer_id) {
  std::vector<Membership> memberships;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT segment_set, enter_time FROM segment_member WHERE customer = ?", customer_id)
          .Each<int64_t, absl::Time>([&](int64_t set, absl::Time time) {
            memberships.push_back({set, time});
          }));
  return memberships;
}

absl::StatusOr<std::vector<Member>> ListMembers(Snapshot& db, int64_t set, absl::string_view after,
                                                int64_t limit) {
  std::vector<Member> members;
  ABSL_RETURN_IF_ERROR(db.Sql("SELECT customer, enter_time FROM segment_member WHERE "
                              "segment_set = ? AND customer > ? ORDER BY customer LIMIT ?",
                              set, after, limit)
                           .Each<std::string, absl::Time>([&](std::string id, absl::Time time) {
                             members.push_back({std::move(id), time});
                           }));
  return members;
}

absl::StatusOr<std::optional<Member>> FindMember(Snapshot& db, int64_t set,
                                                 absl::string_view customer_id) {
  ABSL_ASSIGN_OR_RETURN(
      const auto time,
      db.Sql("SELECT enter_time FROM segment_member WHERE segment_set = ? AND customer = ?", set,
             customer_id)
          .First<absl::Time>());
  if (!time) return std::optional<Member>();
  return std::optional<Member>(Member{std::string(customer_id), *time});
}

absl::StatusOr<std::vector<SegmentOf>> ListSegmentsOf(Snapshot& db, absl::string_view customer_id,
                                                      absl::string_view after, int64_t limit) {
  std::vector<SegmentOf> segments;
  ABSL_RETURN_IF_ERROR(db.Sql("SELECT s.id, m.enter_time FROM segment_member m "
                              "JOIN segment_set t ON t.key = m.segment_set AND t.role = ? "
                              "JOIN segment s ON s.key = t.segment "
                              "WHERE m.customer = ? AND s.id > ? ORDER BY s.id LIMIT ?",
                              Number(SetRole::kLive), customer_id, after, limit)
                           .Each<std::string, absl::Time>([&](std::string id, absl::Time time) {
                             segments.push_back({std::move(id), time});
                           }));
  return segments;
}

absl::StatusOr<std::optional<absl::Time>> FindTimer(Snapshot& db, int64_t set,
                                                    int64_t customer_key) {
  return db
      .Sql("SELECT due FROM segment_timer WHERE segment_set = ? AND customer = ?", set,
           customer_key)
      .First<absl::Time>();
}

absl::Status PutTimer(Transaction& tx, int64_t set, int64_t customer_key, absl::Time due) {
  return tx
      .Sql(
          "INSERT INTO segment_timer (segment_set, customer, due) VALUES (?, ?, ?) "
          "ON CONFLICT (segment_set, customer) DO UPDATE SET due = excluded.due",
          set, customer_key, due)
      .Run();
}

absl::Status DeleteTimer(Transaction& tx, int64_t set, int64_t customer_key) {
  return tx
      .Sql("DELETE FROM segment_timer WHERE segment_set = ? AND customer = ?", set, customer_key)
      .Run();
}

absl::StatusOr<std::vector<Timer>> DueTimers(Snapshot& db, absl::Time now, int64_t limit) {
  std::vector<Timer> timers;
  ABSL_RETURN_IF_ERROR(db.Sql("SELECT customer, segment_set FROM segment_timer WHERE due <= ? "
                              "ORDER BY due, customer, segment_set LIMIT ?",
                              now, limit)
                           .Each<int64_t, int64_t>([&](int64_t customer, int64_t set) {
                             timers.push_back({customer, set});
                           }));
  return timers;
}

absl::StatusOr<std::optional<absl::Time>> NextTimer(Snapshot& db) {
  return db.Sql("SELECT due FROM segment_timer ORDER BY due LIMIT 1").First<absl::Time>();
}

absl::StatusOr<bool> DeleteDead(Transaction& tx, int64_t limit) {
  ABSL_ASSIGN_OR_RETURN(const auto dead, SelectOne(tx, "role = ? ORDER BY key LIMIT 1",
                                                   {ToParameter(Number(SetRole::kDead))}));
  if (!dead) return false;
  for (const absl::string_view table : {"segment_member", "segment_timer"}) {
    ABSL_ASSIGN_OR_RETURN(const bool more, DeleteRows(tx, table, dead->key, limit));
    if (more) return true;
  }
  ABSL_RETURN_IF_ERROR(tx.Sql("DELETE FROM segment_set WHERE key = ?", dead->key).Run());
  return true;
}

absl::StatusOr<std::vector<int64_t>> CustomersAfter(Snapshot& db, int64_t after, int64_t limit) {
  return db.Sql("SELECT key FROM customer WHERE key > ? ORDER BY key LIMIT ?", after, limit)
      .All<int64_t>();
}

absl::StatusOr<int64_t> CountCustomers(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(const auto count, db.Sql("SELECT COUNT(*) FROM customer").First<int64_t>());
  return count.value_or(0);
}

}  // namespace regulars::customer::segment_sets
