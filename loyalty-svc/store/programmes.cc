#include "loyalty-svc/store/programmes.h"

#include <limits>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/base/check.h"
#include "chassis/base/status_macros.h"

namespace regulars::loyalty::programmes {
namespace {

constexpr char kRuleColumns[] =
    "SELECT revision, effective_time, points_per_step, step_amount, counted_lines, rounding, "
    "minimum_amount, start_time, end_time, update_time FROM earning_rule ";

using OptionalTime = std::optional<absl::Time>;
using RuleRow = std::tuple<int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t,
                           OptionalTime, OptionalTime, OptionalTime>;

// The first revision holds from a time that no clock shows.
absl::Time FromStored(int64_t effective) {
  return effective == std::numeric_limits<int64_t>::min() ? absl::InfinitePast()
                                                          : absl::FromUnixMicros(effective);
}

RuleRevision MakeRule(const RuleRow& row) {
  RuleRevision revision;
  int64_t effective;
  int64_t counted_lines;
  int64_t rounding;
  EarningRule& rule = revision.rule;
  std::tie(revision.revision, effective, rule.points_per_step, rule.step_amount_micros,
           counted_lines, rounding, rule.minimum_amount_micros, rule.start_time, rule.end_time,
           revision.update_time) = row;
  revision.effective_time = FromStored(effective);
  rule.counted_lines = static_cast<CountedLines>(counted_lines);
  rule.rounding = static_cast<Rounding>(rounding);
  return revision;
}

absl::StatusOr<RuleRevision> FirstRule(Query query) {
  ABSL_ASSIGN_OR_RETURN(auto row, std::move(query)
                                      .First<int64_t, int64_t, int64_t, int64_t, int64_t, int64_t,
                                             int64_t, OptionalTime, OptionalTime, OptionalTime>());
  CHECK(row.has_value());  // Migration 1 writes a revision for all times, and nothing deletes it.
  return MakeRule(*row);
}

}  // namespace

absl::StatusOr<Programme> Load(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(
      auto row,
      db.Sql("SELECT display_name, enrolment, point_value, max_basket_percent, "
             "min_points, step_points, base_currency, version, update_time FROM programme")
          .First<std::string, int64_t, int64_t, int64_t, int64_t, int64_t, std::string, int64_t,
                 OptionalTime>());
  CHECK(row.has_value());  // Migration 1 writes the one row, and nothing deletes it.
  Programme programme;
  int64_t enrolment;
  std::tie(programme.display_name, enrolment, programme.payment.point_value_micros,
           programme.payment.max_basket_percent, programme.payment.min_points,
           programme.payment.step_points, programme.base_currency, programme.version,
           programme.update_time) = *std::move(row);
  programme.enrolment = static_cast<Enrolment>(enrolment);
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT id, display_name, threshold FROM tier ORDER BY position")
          .Each<std::string, std::string, int64_t>(
              [&](const std::string& id, const std::string& display_name, int64_t threshold) {
                programme.tiers.push_back({id, display_name, threshold});
              }));
  return programme;
}

absl::Status Save(Transaction& tx, const Programme& programme) {
  const PointsPayment& payment = programme.payment;
  ABSL_RETURN_IF_ERROR(
      tx.Sql("UPDATE programme SET display_name = ?, enrolment = ?, point_value = ?, "
             "max_basket_percent = ?, min_points = ?, step_points = ?, version = ?, "
             "update_time = ?",
             programme.display_name, static_cast<int64_t>(programme.enrolment),
             payment.point_value_micros, payment.max_basket_percent, payment.min_points,
             payment.step_points, programme.version, programme.update_time)
          .Run());
  ABSL_RETURN_IF_ERROR(tx.Sql("DELETE FROM tier").Run());
  int64_t position = 0;
  for (const Tier& tier : programme.tiers) {
    ABSL_RETURN_IF_ERROR(
        tx.Sql("INSERT INTO tier (position, id, display_name, threshold) VALUES (?, ?, ?, ?)",
               position++, tier.id, tier.display_name, tier.threshold_points)
            .Run());
  }
  return absl::OkStatus();
}

absl::Status SaveBaseCurrency(Transaction& tx, absl::string_view currency) {
  return tx.Sql("UPDATE programme SET base_currency = ?", currency).Run();
}

absl::StatusOr<RuleRevision> RuleAt(Snapshot& db, absl::Time order_time) {
  return FirstRule(db.Sql(absl::StrCat(kRuleColumns,
                                       "WHERE effective_time <= ? ORDER BY revision "
                                       "DESC LIMIT 1"),
                          order_time));
}

absl::StatusOr<RuleRevision> LatestRule(Snapshot& db) {
  return FirstRule(db.Sql(absl::StrCat(kRuleColumns, "ORDER BY revision DESC LIMIT 1")));
}

absl::StatusOr<std::vector<RuleRevision>> ListRules(Snapshot& db, int64_t before, int64_t limit) {
  const int64_t end = before == 0 ? std::numeric_limits<int64_t>::max() : before;
  ABSL_ASSIGN_OR_RETURN(
      const auto rows,
      db.Sql(absl::StrCat(kRuleColumns, "WHERE revision < ? ORDER BY revision DESC LIMIT ?"), end,
             limit)
          .All<int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, OptionalTime,
               OptionalTime, OptionalTime>());
  std::vector<RuleRevision> revisions;
  for (const auto& row : rows) revisions.push_back(MakeRule(row));
  return revisions;
}

absl::Status PutRule(Transaction& tx, const RuleRevision& revision) {
  const EarningRule& rule = revision.rule;
  const int64_t effective = revision.effective_time == absl::InfinitePast()
                                ? std::numeric_limits<int64_t>::min()
                                : absl::ToUnixMicros(revision.effective_time);
  ABSL_RETURN_IF_ERROR(
      tx.Sql("DELETE FROM earning_rule WHERE revision = ?", revision.revision).Run());
  return tx
      .Sql(
          "INSERT INTO earning_rule (revision, effective_time, points_per_step, step_amount, "
          "counted_lines, rounding, minimum_amount, start_time, end_time, update_time) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          revision.revision, effective, rule.points_per_step, rule.step_amount_micros,
          static_cast<int64_t>(rule.counted_lines), static_cast<int64_t>(rule.rounding),
          rule.minimum_amount_micros, rule.start_time, rule.end_time, revision.update_time)
      .Run();
}

}  // namespace regulars::loyalty::programmes
