#include "campaign-svc/store/messages.h"

#include <limits>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"

namespace regulars::campaign::messages {
namespace {

using storage_internal::ToParameter;

constexpr char kColumns[] =
    "key, id, origin, campaign, template, template_number, customer, address, variables, "
    "sender_key, state, reason, smtp_code, attempts, doubts, refusals, create_time, due_time, "
    "first_time, finish_time, open_time, click_time, unsubscribe_time, correlation_id, hops";

int64_t Below(int64_t before) { return before > 0 ? before : std::numeric_limits<int64_t>::max(); }

absl::StatusOr<std::vector<Message>> Rows(Snapshot& db, const std::string& sql,
                                          const std::vector<Parameter>& parameters) {
  std::vector<Message> rows;
  using Time = std::optional<absl::Time>;
  ABSL_RETURN_IF_ERROR(
      db.SqlWith(sql, parameters)
          .Each<int64_t, std::string, int64_t, int64_t, int64_t, int64_t, std::string, std::string,
                std::string, std::string, int64_t, std::string, int64_t, int64_t, int64_t, int64_t,
                absl::Time, absl::Time, Time, Time, Time, Time, Time, std::string, int64_t>(
              [&](auto&&... column) {
                Message& m = rows.emplace_back();
                int64_t origin;
                int64_t state;
                int64_t hops;
                std::tie(m.key, m.id, origin, m.campaign, m.template_key, m.template_number,
                         m.customer, m.address, m.variables, m.sender_key, state, m.reason,
                         m.smtp_code, m.attempts, m.doubts, m.refusals, m.create_time, m.due_time,
                         m.first_time, m.finish_time, m.open_time, m.click_time, m.unsubscribe_time,
                         m.cause.correlation_id, hops) = std::make_tuple(std::move(column)...);
                m.origin = static_cast<MessageOrigin>(origin);
                m.state = static_cast<MessageState>(state);
                m.cause.hops = static_cast<int>(hops);
              }));
  return rows;
}

absl::StatusOr<std::vector<Message>> Select(Snapshot& db, absl::string_view condition,
                                            const std::vector<Parameter>& parameters) {
  return Rows(db, absl::StrCat("SELECT ", kColumns, " FROM message ", condition), parameters);
}

absl::StatusOr<std::optional<Message>> One(absl::StatusOr<std::vector<Message>> rows) {
  if (!rows.ok()) return rows.status();
  if (rows->empty()) return std::optional<Message>();
  return std::optional<Message>(std::move(rows->front()));
}

}  // namespace

absl::StatusOr<std::optional<Message>> Find(Snapshot& db, absl::string_view id) {
  return One(Select(db, "WHERE id = ?", {ToParameter(id)}));
}

absl::StatusOr<std::optional<Message>> FindBySenderKey(Snapshot& db, absl::string_view key) {
  return One(Select(db, "WHERE sender_key = ? AND sender_key <> ''", {ToParameter(key)}));
}

absl::StatusOr<std::vector<Message>> List(Snapshot& db, const Wanted& wanted, int64_t before,
                                          int64_t limit) {
  const Parameter below = ToParameter(Below(before));
  if (wanted.campaign != 0) {
    return Select(db, "WHERE campaign = ? AND key < ? ORDER BY key DESC LIMIT ?",
                  {ToParameter(wanted.campaign), below, ToParameter(limit)});
  }
  if (!wanted.customer.empty()) {
    return Select(db, "WHERE customer = ? AND customer <> '' AND key < ? ORDER BY key DESC LIMIT ?",
                  {ToParameter(wanted.customer), below, ToParameter(limit)});
  }
  return Select(db, "WHERE key < ? ORDER BY key DESC LIMIT ?", {below, ToParameter(limit)});
}

absl::StatusOr<bool> Insert(Transaction& tx, Message& m) {
  m.cause = tx.origin().cause();
  ABSL_ASSIGN_OR_RETURN(
      const auto key,
      tx.Sql("INSERT INTO message (id, origin, campaign, template, template_number, customer, "
             "address, variables, sender_key, state, reason, smtp_code, attempts, doubts, "
             "create_time, due_time, holder, lease_until, correlation_id, hops) VALUES (?, ?, ?, "
             "?, ?, ?, ?, ?, ?, ?, '', 0, 0, 0, ?, ?, 0, 0, ?, ?) ON CONFLICT (campaign, customer) "
             "WHERE campaign <> 0 AND "
             "customer <> '' "
             "DO NOTHING RETURNING key",
             m.id, static_cast<int64_t>(m.origin), m.campaign, m.template_key, m.template_number,
             m.customer, m.address, m.variables, m.sender_key, static_cast<int64_t>(m.state),
             m.create_time, m.due_time, m.cause.correlation_id, m.cause.hops)
          .First<int64_t>());
  m.key = key.value_or(0);
  return key.has_value();
}

absl::StatusOr<int64_t> CountWaitingSingles(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(const auto count,
                        db.Sql("SELECT count FROM waiting_singles").First<int64_t>());
  return count.value_or(0);
}

absl::StatusOr<std::vector<Message>> Claim(Transaction& tx, int64_t campaign, int64_t limit,
                                           int64_t holder, absl::Time lease_until) {
  return Rows(
      tx,
      absl::StrCat("UPDATE message SET state = 2, holder = ?, lease_until = ? WHERE key IN (SELECT "
                   "key FROM message WHERE state = 1 AND campaign = ? AND due_time <= ? ORDER BY "
                   "due_time LIMIT ?) RETURNING ",
                   kColumns),
      {ToParameter(holder), ToParameter(lease_until), ToParameter(campaign), ToParameter(tx.now()),
       ToParameter(limit)});
}

absl::StatusOr<std::vector<Message>> Abandoned(Snapshot& db, Of lane, int64_t holder,
                                               int64_t limit) {
  return Select(
      db,
      "WHERE state IN (2, 3) AND (holder <> ? OR lease_until <= ?) AND (campaign = 0) = ? "
      "LIMIT ?",
      {ToParameter(holder), ToParameter(db.now()), ToParameter(lane == Of::kSingles),
       ToParameter(limit)});
}

absl::StatusOr<std::optional<absl::Time>> NextLeaseEnd(Snapshot& db, Of lane) {
  return db
      .Sql(
          "SELECT lease_until FROM message WHERE state IN (2, 3) AND (campaign = 0) = ? ORDER BY "
          "lease_until LIMIT 1",
          lane == Of::kSingles)
      .First<absl::Time>();
}

absl::StatusOr<bool> MarkSending(Transaction& tx, const Message& message, int64_t holder) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql("UPDATE message SET state = 3 WHERE key = ? AND state = 2 AND holder = ? AND "
             "customer = ? AND (campaign = 0 OR EXISTS (SELECT 1 FROM campaign c WHERE c.key = "
             "message.campaign AND c.state = 3))",
             message.key, holder, message.customer)
          .Run());
  return tx.Changes() == 1;
}

absl::Status Save(Transaction& tx, const Message& m) {
  const bool done = IsFinal(m.state);
  return tx
      .Sql(
          "UPDATE message SET state = ?, reason = ?, smtp_code = ?, attempts = ?, doubts = ?, "
          "refusals = ?, due_time = ?, holder = 0, lease_until = 0, first_time = ?, "
          "finish_time = ?, address = ?, variables = ? WHERE key = ?",
          static_cast<int64_t>(m.state), m.reason, m.smtp_code, m.attempts, m.doubts, m.refusals,
          m.due_time, m.first_time, m.finish_time, done ? "" : m.address.c_str(),
          done ? "" : m.variables.c_str(), m.key)
      .Run();
}

absl::StatusOr<std::optional<absl::Time>> NextDueSingle(Snapshot& db) {
  return db
      .Sql(
          "SELECT due_time FROM message WHERE state = 1 AND campaign = 0 ORDER BY due_time LIMIT 1")
      .First<absl::Time>();
}

absl::StatusOr<std::vector<Message>> Claimed(Snapshot& db, int64_t limit) {
  // The first condition is the index's.
  return Select(db, "WHERE state IN (2, 3) AND state = 2 LIMIT ?", {ToParameter(limit)});
}

absl::Status ReleaseSingles(Transaction& tx) {
  return tx
      .Sql(
          "UPDATE message SET state = 1, holder = 0, lease_until = 0 WHERE state = 2 AND "
          "campaign = 0")
      .Run();
}

absl::StatusOr<std::vector<Message>> Waiting(Snapshot& db, int64_t campaign, int64_t limit) {
  return Select(db, "WHERE state = 1 AND campaign = ? ORDER BY due_time LIMIT ?",
                {ToParameter(campaign), ToParameter(limit)});
}

absl::Status SetOpened(Transaction& tx, int64_t key, absl::Time time) {
  return tx.Sql("UPDATE message SET open_time = ? WHERE key = ?", time, key).Run();
}

absl::Status SetClicked(Transaction& tx, int64_t key, absl::Time time) {
  return tx.Sql("UPDATE message SET click_time = ? WHERE key = ?", time, key).Run();
}

absl::Status SetUnsubscribed(Transaction& tx, int64_t key, absl::Time time) {
  return tx.Sql("UPDATE message SET unsubscribe_time = ? WHERE key = ?", time, key).Run();
}

absl::StatusOr<std::optional<Message>> UnsubscribedAt(Snapshot& db, absl::string_view customer,
                                                      absl::Time time) {
  return One(Select(db, "WHERE customer = ? AND customer <> '' AND unsubscribe_time = ? LIMIT 1",
                    {ToParameter(customer), ToParameter(time)}));
}

absl::StatusOr<std::vector<Message>> WaitingOf(Snapshot& db, absl::string_view customer,
                                               int64_t limit) {
  return Select(db, "WHERE customer = ? AND customer <> '' AND state = 1 LIMIT ?",
                {ToParameter(customer), ToParameter(limit)});
}

absl::Status Forget(Transaction& tx, int64_t key) {
  return tx
      .Sql(
          "UPDATE message SET customer = '', address = '', variables = '', sender_key = '' WHERE "
          "key = ?",
          key)
      .Run();
}

absl::StatusOr<int64_t> Anonymise(Transaction& tx, absl::string_view customer, int64_t limit) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql(
            "UPDATE message SET customer = '', address = '', variables = '', sender_key = '' WHERE "
            "key IN (SELECT key FROM message WHERE customer = ? AND customer <> '' LIMIT ?)",
            customer, limit)
          .Run());
  return tx.Changes();
}

}  // namespace regulars::campaign::messages
