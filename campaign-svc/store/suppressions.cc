#include "campaign-svc/store/suppressions.h"

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "campaign-svc/domain/template.h"
#include "chassis/base/status_macros.h"

namespace regulars::campaign::suppressions {
namespace {

using storage_internal::ToParameter;

constexpr auto kEmail = static_cast<int64_t>(Channel::kEmail);

absl::StatusOr<std::vector<Suppression>> Select(Snapshot& db, absl::string_view condition,
                                                const std::vector<Parameter>& parameters) {
  std::vector<Suppression> rows;
  const std::string sql = absl::StrCat(
      "SELECT key, id, cause, topic, customer, address_hash, create_time FROM suppression ",
      condition);
  ABSL_RETURN_IF_ERROR(
      db.SqlWith(sql, parameters)
          .Each<int64_t, std::string, int64_t, std::string, std::string, std::string, absl::Time>(
              [&](int64_t key, std::string id, int64_t cause, std::string topic,
                  std::string customer, std::string hash, absl::Time created) {
                rows.push_back({key, std::move(id), static_cast<SuppressionCause>(cause),
                                std::move(topic), std::move(customer), std::move(hash), created});
              }));
  return rows;
}

absl::StatusOr<std::optional<Suppression>> One(absl::StatusOr<std::vector<Suppression>> rows) {
  if (!rows.ok()) return rows.status();
  if (rows->empty()) return std::optional<Suppression>();
  return std::optional<Suppression>(std::move(rows->front()));
}

}  // namespace

absl::StatusOr<std::optional<Suppression>> Find(Snapshot& db, absl::string_view id) {
  return One(Select(db, "WHERE id = ?", {ToParameter(id)}));
}

absl::StatusOr<std::vector<Suppression>> List(Snapshot& db, absl::string_view customer,
                                              int64_t before, int64_t limit) {
  const int64_t below = before > 0 ? before : std::numeric_limits<int64_t>::max();
  if (customer.empty()) {
    return Select(db, "WHERE key < ? ORDER BY key DESC LIMIT ?",
                  {ToParameter(below), ToParameter(limit)});
  }
  return Select(db, "WHERE customer = ? AND key < ? ORDER BY key DESC LIMIT ?",
                {ToParameter(customer), ToParameter(below), ToParameter(limit)});
}

absl::StatusOr<Added> Add(Transaction& tx, Suppression s) {
  ABSL_ASSIGN_OR_RETURN(
      auto there,
      One(Select(tx, "WHERE customer = ? AND address_hash = ? AND channel = ? AND topic = ?",
                 {ToParameter(s.customer), ToParameter(s.address_hash), ToParameter(kEmail),
                  ToParameter(s.topic)})));
  if (!there) {
    ABSL_ASSIGN_OR_RETURN(
        const auto key,
        tx.Sql("INSERT INTO suppression (id, cause, channel, topic, customer, address_hash, "
               "create_time) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING key",
               s.id, static_cast<int64_t>(s.cause), kEmail, s.topic, s.customer, s.address_hash,
               s.create_time)
            .First<int64_t>());
    s.key = key.value_or(0);
    return Added{std::move(s), true};
  }
  const bool later = s.create_time > there->create_time;
  const bool news = later && there->cause != SuppressionCause::kUnsubscribe;
  if (later) there->create_time = s.create_time;
  if (s.cause == SuppressionCause::kManual) there->cause = s.cause;
  ABSL_RETURN_IF_ERROR(tx.Sql("UPDATE suppression SET cause = ?, create_time = ? WHERE key = ?",
                              static_cast<int64_t>(there->cause), there->create_time, there->key)
                           .Run());
  return Added{*std::move(there), news};
}

absl::Status Delete(Transaction& tx, int64_t key) {
  return tx.Sql("DELETE FROM suppression WHERE key = ?", key).Run();
}

absl::StatusOr<std::optional<SuppressionCause>> Closed(Snapshot& db, absl::string_view customer,
                                                       absl::string_view address_hash,
                                                       absl::string_view topic) {
  ABSL_ASSIGN_OR_RETURN(
      auto cause, db.Sql("SELECT cause FROM suppression WHERE customer = ? AND customer <> '' AND "
                         "address_hash = '' AND "
                         "topic IN ('', ?) LIMIT 1",
                         customer, topic)
                      .First<int64_t>());
  if (!cause && !address_hash.empty()) {
    ABSL_ASSIGN_OR_RETURN(
        cause, db.Sql("SELECT cause FROM suppression WHERE address_hash = ? AND address_hash <> '' "
                      "AND topic IN ('', ?) LIMIT 1",
                      address_hash, topic)
                   .First<int64_t>());
  }
  if (!cause) return std::optional<SuppressionCause>();
  return std::optional<SuppressionCause>(static_cast<SuppressionCause>(*cause));
}

absl::Status LiftUnsubscribed(Transaction& tx, absl::string_view customer, absl::string_view topic,
                              absl::Time time) {
  return tx
      .Sql(
          "DELETE FROM suppression WHERE customer = ? AND customer <> '' AND cause = ? AND "
          "create_time < ? AND (? = '' OR topic = ?)",
          customer, static_cast<int64_t>(SuppressionCause::kUnsubscribe), time, topic, topic)
      .Run();
}

absl::StatusOr<std::vector<Suppression>> Unsubscribed(Snapshot& db, absl::string_view customer,
                                                      absl::string_view topic) {
  return Select(
      db, "WHERE customer = ? AND customer <> '' AND cause = ? AND (? = '' OR topic = ?)",
      {ToParameter(customer), ToParameter(static_cast<int64_t>(SuppressionCause::kUnsubscribe)),
       ToParameter(topic), ToParameter(topic)});
}

absl::StatusOr<std::vector<std::string>> WhoUnsubscribed(Snapshot& db, absl::string_view after,
                                                         int64_t limit) {
  return db
      .Sql(
          "SELECT DISTINCT customer FROM suppression WHERE customer > ? AND cause = ? ORDER BY "
          "customer LIMIT ?",
          after, static_cast<int64_t>(SuppressionCause::kUnsubscribe), limit)
      .All<std::string>();
}

absl::Status Erase(Transaction& tx, absl::string_view customer) {
  return tx.Sql("DELETE FROM suppression WHERE customer = ? AND customer <> ''", customer).Run();
}

}  // namespace regulars::campaign::suppressions
