#include "campaign-svc/store/campaigns.h"

#include <limits>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"

namespace regulars::campaign::campaigns {
namespace {

using storage_internal::ToParameter;

constexpr char kColumns[] =
    "SELECT key, id, display_name, description, template, template_number, trigger_kind, segment, "
    "planned_time, state, audience_complete, error_code, error_reason, error_message, version, "
    "create_time, update_time, start_time, running_time, finish_time, recipients, sent, skipped, "
    "failed, "
    "bounced, unknown, opened, clicked, unsubscribed FROM campaign ";

absl::StatusOr<std::vector<Campaign>> Select(Snapshot& db, absl::string_view condition,
                                             const std::vector<Parameter>& parameters) {
  std::vector<Campaign> rows;
  using Time = std::optional<absl::Time>;
  const std::string sql = absl::StrCat(kColumns, condition);
  ABSL_RETURN_IF_ERROR(
      db.SqlWith(sql, parameters)
          .Each<int64_t, std::string, std::string, std::string, int64_t, int64_t, int64_t,
                std::string, Time, int64_t, bool, int64_t, std::string, std::string, int64_t,
                absl::Time, absl::Time, Time, Time, Time, int64_t, int64_t, int64_t, int64_t,
                int64_t, int64_t, int64_t, int64_t, int64_t>([&](auto&&... column) {
            Campaign& c = rows.emplace_back();
            int64_t trigger;
            int64_t state;
            int64_t error;
            std::tie(c.key, c.id, c.display_name, c.description, c.template_key, c.template_number,
                     trigger, c.segment, c.planned_time, state, c.audience_complete, error,
                     c.error_reason, c.error_message, c.version, c.create_time, c.update_time,
                     c.start_time, c.running_time, c.finish_time, c.counts.recipients,
                     c.counts.sent, c.counts.skipped, c.counts.failed, c.counts.bounced,
                     c.counts.unknown, c.counts.opened, c.counts.clicked, c.counts.unsubscribed) =
                std::make_tuple(std::move(column)...);
            c.trigger = static_cast<Trigger>(trigger);
            c.state = static_cast<CampaignState>(state);
            c.error_code = static_cast<absl::StatusCode>(error);
          }));
  return rows;
}

absl::StatusOr<std::optional<Campaign>> One(absl::StatusOr<std::vector<Campaign>> rows) {
  if (!rows.ok()) return rows.status();
  if (rows->empty()) return std::optional<Campaign>();
  return std::optional<Campaign>(std::move(rows->front()));
}

}  // namespace

absl::StatusOr<std::optional<Campaign>> Find(Snapshot& db, absl::string_view id) {
  return One(Select(db, "WHERE id = ?", {ToParameter(id)}));
}

absl::StatusOr<std::optional<Campaign>> FindByKey(Snapshot& db, int64_t key) {
  return One(Select(db, "WHERE key = ?", {ToParameter(key)}));
}

absl::StatusOr<std::vector<Campaign>> List(Snapshot& db, int64_t before, int64_t limit) {
  return Select(
      db, "WHERE key < ? ORDER BY key DESC LIMIT ?",
      {ToParameter(before > 0 ? before : std::numeric_limits<int64_t>::max()), ToParameter(limit)});
}

absl::StatusOr<int64_t> CountOpen(Snapshot& db) {
  // Named one by one, so that the index on the state serves.
  ABSL_ASSIGN_OR_RETURN(const auto count,
                        db.Sql("SELECT COUNT(*) FROM campaign WHERE state IN (?, ?, ?, ?)",
                               static_cast<int64_t>(CampaignState::kDraft),
                               static_cast<int64_t>(CampaignState::kScheduled),
                               static_cast<int64_t>(CampaignState::kRunning),
                               static_cast<int64_t>(CampaignState::kPaused))
                            .First<int64_t>());
  return count.value_or(0);
}

absl::StatusOr<std::vector<int64_t>> InState(Snapshot& db, CampaignState state, int64_t limit) {
  return db
      .Sql("SELECT key FROM campaign WHERE state = ? ORDER BY key LIMIT ?",
           static_cast<int64_t>(state), limit)
      .All<int64_t>();
}

absl::StatusOr<std::vector<Running>> WithDue(Snapshot& db, absl::Time now, int64_t limit) {
  std::vector<Running> due;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT key, running_time FROM campaign c WHERE state = ? AND EXISTS (SELECT 1 FROM "
             "message m WHERE m.state = 1 AND m.campaign = c.key AND m.due_time <= ?) ORDER BY key "
             "LIMIT ?",
             static_cast<int64_t>(CampaignState::kRunning), now, limit)
          .Each<int64_t, std::optional<absl::Time>>(
              [&](int64_t key, std::optional<absl::Time> since) {
                due.push_back({key, since.value_or(absl::InfinitePast())});
              }));
  return due;
}

absl::StatusOr<std::optional<absl::Time>> NextDue(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(
      const auto due,
      db.Sql("SELECT MIN((SELECT m.due_time FROM message m WHERE m.state = 1 AND m.campaign = "
             "c.key ORDER BY m.due_time LIMIT 1)) FROM campaign c WHERE c.state = ?",
             static_cast<int64_t>(CampaignState::kRunning))
          .First<std::optional<absl::Time>>());
  return due.value_or(std::nullopt);
}

absl::StatusOr<std::vector<Campaign>> EntryCampaigns(Snapshot& db, absl::string_view segment) {
  return Select(db, "WHERE segment = ? AND trigger_kind = ? AND state IN (?, ?)",
                {ToParameter(segment), ToParameter(static_cast<int64_t>(Trigger::kEntry)),
                 ToParameter(static_cast<int64_t>(CampaignState::kRunning)),
                 ToParameter(static_cast<int64_t>(CampaignState::kPaused))});
}

absl::StatusOr<std::vector<std::string>> WatchedSegments(Snapshot& db) {
  return db
      .Sql(
          "SELECT DISTINCT segment FROM campaign WHERE trigger_kind = ? AND state IN (?, ?) "
          "ORDER BY segment",
          static_cast<int64_t>(Trigger::kEntry), static_cast<int64_t>(CampaignState::kRunning),
          static_cast<int64_t>(CampaignState::kPaused))
      .All<std::string>();
}

absl::Status Insert(Transaction& tx, Campaign& c) {
  ABSL_ASSIGN_OR_RETURN(
      const auto key,
      tx.Sql("INSERT INTO campaign (id, display_name, description, template, template_number, "
             "trigger_kind, segment, planned_time, state, audience_complete, recipients, sent, "
             "skipped, failed, bounced, unknown, opened, clicked, unsubscribed, error_code, "
             "error_reason, error_message, version, create_time, update_time, start_time, "
             "finish_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, 0, 0, 0, 0, ?, ?, "
             "?, ?, ?, ?, ?, ?) RETURNING key",
             c.id, c.display_name, c.description, c.template_key, c.template_number,
             static_cast<int64_t>(c.trigger), c.segment, c.planned_time,
             static_cast<int64_t>(c.state), c.audience_complete, static_cast<int64_t>(c.error_code),
             c.error_reason, c.error_message, c.version, c.create_time, c.update_time, c.start_time,
             c.finish_time)
          .First<int64_t>());
  c.key = key.value_or(0);
  return absl::OkStatus();
}

absl::Status Update(Transaction& tx, const Campaign& c) {
  return tx
      .Sql(
          "UPDATE campaign SET display_name = ?, description = ?, template = ?, "
          "template_number = ?, trigger_kind = ?, segment = ?, planned_time = ?, state = ?, "
          "audience_complete = ?, error_code = ?, error_reason = ?, error_message = ?, "
          "version = ?, update_time = ?, start_time = ?, running_time = ?, finish_time = ? WHERE "
          "key = ?",
          c.display_name, c.description, c.template_key, c.template_number,
          static_cast<int64_t>(c.trigger), c.segment, c.planned_time, static_cast<int64_t>(c.state),
          c.audience_complete, static_cast<int64_t>(c.error_code), c.error_reason, c.error_message,
          c.version, c.update_time, c.start_time, c.running_time, c.finish_time, c.key)
      .Run();
}

absl::Status AddCounts(Transaction& tx, int64_t key, const CampaignCounts& delta) {
  return tx
      .Sql(
          "UPDATE campaign SET recipients = recipients + ?, sent = sent + ?, "
          "skipped = skipped + ?, failed = failed + ?, bounced = bounced + ?, "
          "unknown = unknown + ?, opened = opened + ?, clicked = clicked + ?, "
          "unsubscribed = unsubscribed + ? WHERE key = ?",
          delta.recipients, delta.sent, delta.skipped, delta.failed, delta.bounced, delta.unknown,
          delta.opened, delta.clicked, delta.unsubscribed, key)
      .Run();
}

absl::Status Delete(Transaction& tx, int64_t key) {
  return tx.Sql("DELETE FROM campaign WHERE key = ?", key).Run();
}

}  // namespace regulars::campaign::campaigns
