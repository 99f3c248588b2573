#include "customer-svc/store/followed.h"

#include <tuple>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"

namespace regulars::customer::followed {

absl::StatusOr<std::optional<LoyaltyFacts>> LoadLoyalty(Snapshot& db, int64_t customer) {
  ABSL_ASSIGN_OR_RETURN(
      auto row,
      db.Sql("SELECT member, tier, balance FROM loyalty_state WHERE customer = ?", customer)
          .First<std::string, std::string, int64_t>());
  if (!row) return std::nullopt;
  auto& [member, tier, balance] = *row;
  return LoyaltyFacts{std::move(member), std::move(tier), balance};
}

absl::Status SaveLoyalty(Transaction& tx, int64_t customer,
                         const std::optional<LoyaltyFacts>& loyalty) {
  if (!loyalty) {
    return tx.Sql("DELETE FROM loyalty_state WHERE customer = ?", customer).Run();
  }
  return tx
      .Sql(
          "INSERT INTO loyalty_state (customer, member, tier, balance) VALUES (?, ?, ?, ?) "
          "ON CONFLICT (customer) DO UPDATE SET member = excluded.member, tier = excluded.tier, "
          "balance = excluded.balance",
          customer, loyalty->member, loyalty->tier, loyalty->balance)
      .Run();
}

absl::Status MarkLoyalty(Transaction& tx, int64_t customer, int64_t generation) {
  return tx.Sql("UPDATE loyalty_state SET generation = ? WHERE customer = ?", generation, customer)
      .Run();
}

absl::StatusOr<std::vector<int64_t>> ListUnmarkedLoyalty(Snapshot& db, int64_t generation,
                                                         int64_t limit) {
  return db
      .Sql("SELECT customer FROM loyalty_state WHERE generation < ? LIMIT ?", generation, limit)
      .All<int64_t>();
}

absl::StatusOr<EngagementFacts> LoadEngagement(Snapshot& db, int64_t customer) {
  ABSL_ASSIGN_OR_RETURN(
      const auto row,
      db.Sql("SELECT sends, opens, clicks, bounces, last_send_time, last_open_time, "
             "last_click_time FROM engagement WHERE customer = ?",
             customer)
          .First<int64_t, int64_t, int64_t, int64_t, std::optional<absl::Time>,
                 std::optional<absl::Time>, std::optional<absl::Time>>());
  if (!row) return EngagementFacts{};
  const auto& [sends, opens, clicks, bounces, sent, opened, clicked] = *row;
  return EngagementFacts{sends, opens, clicks, bounces, sent, opened, clicked};
}

absl::Status SaveEngagement(Transaction& tx, int64_t customer, const EngagementFacts& e) {
  return tx
      .Sql(
          "INSERT INTO engagement (customer, sends, opens, clicks, bounces, last_send_time, "
          "last_open_time, last_click_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
          "ON CONFLICT (customer) DO UPDATE SET sends = excluded.sends, opens = excluded.opens, "
          "clicks = excluded.clicks, bounces = excluded.bounces, "
          "last_send_time = excluded.last_send_time, last_open_time = excluded.last_open_time, "
          "last_click_time = excluded.last_click_time",
          customer, e.sends, e.opens, e.clicks, e.bounces, e.last_send_time, e.last_open_time,
          e.last_click_time)
      .Run();
}

absl::StatusOr<bool> AddEntry(Transaction& tx, int64_t customer, const TimelineEntry& entry) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql("INSERT INTO timeline_entry (customer, event_time, reference, kind, entry) "
             "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
             customer, entry.event_time, entry.reference, entry.kind, Bytes{entry.entry})
          .Run());
  return tx.Changes() > 0;
}

absl::Status PutEntry(Transaction& tx, int64_t customer, const TimelineEntry& entry) {
  return tx
      .Sql(
          "INSERT INTO timeline_entry (customer, event_time, reference, kind, entry) "
          "VALUES (?, ?, ?, ?, ?) ON CONFLICT (customer, reference) DO UPDATE SET "
          "event_time = excluded.event_time, kind = excluded.kind, entry = excluded.entry",
          customer, entry.event_time, entry.reference, entry.kind, Bytes{entry.entry})
      .Run();
}

absl::Status DeleteEntriesAfter(Transaction& tx, int64_t customer, absl::string_view prefix,
                                int64_t last) {
  // In the order of bytes '!' comes right behind the blank.
  const std::string behind = absl::StrCat(prefix.substr(0, prefix.size() - 1), "!");
  std::vector<std::string> references;
  ABSL_RETURN_IF_ERROR(
      tx.Sql("SELECT reference FROM timeline_entry WHERE customer = ? AND reference > ? AND "
             "reference < ?",
             customer, prefix, behind)
          .Each<std::string>([&](std::string reference) {
            int64_t number = 0;
            const auto text = absl::string_view(reference).substr(prefix.size());
            if (absl::SimpleAtoi(text, &number) && number > last) {
              references.push_back(std::move(reference));
            }
          }));
  for (const std::string& reference : references) {
    ABSL_RETURN_IF_ERROR(tx.Sql("DELETE FROM timeline_entry WHERE customer = ? AND reference = ?",
                                customer, reference)
                             .Run());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<TimelineEntry>> ListEntries(Snapshot& db, int64_t customer,
                                                       absl::Time before,
                                                       absl::string_view before_reference,
                                                       int64_t limit) {
  std::vector<TimelineEntry> entries;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT event_time, reference, kind, entry FROM timeline_entry WHERE customer = ? "
             "AND (event_time, reference) < (?, ?) ORDER BY event_time DESC, reference DESC "
             "LIMIT ?",
             customer, before, before_reference, limit)
          .Each<absl::Time, std::string, int64_t, Bytes>(
              [&](absl::Time time, std::string reference, int64_t kind, Bytes entry) {
                entries.push_back({time, std::move(reference), kind, std::move(entry.value)});
              }));
  return entries;
}

absl::StatusOr<bool> AnyEntry(Snapshot& db, int64_t customer) {
  ABSL_ASSIGN_OR_RETURN(
      const auto any,
      db.Sql("SELECT 1 FROM timeline_entry WHERE customer = ? LIMIT 1", customer).First<int64_t>());
  return any.has_value();
}

absl::StatusOr<int64_t> DeleteEntries(Transaction& tx, int64_t customer, int64_t limit) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql("DELETE FROM timeline_entry WHERE customer = ? AND (event_time, reference) IN "
             "(SELECT event_time, reference FROM timeline_entry WHERE customer = ? "
             "ORDER BY event_time, reference LIMIT ?)",
             customer, customer, limit)
          .Run());
  return tx.Changes();
}

absl::Status Forget(Transaction& tx, int64_t customer) {
  ABSL_RETURN_IF_ERROR(tx.Sql("DELETE FROM loyalty_state WHERE customer = ?", customer).Run());
  return tx.Sql("DELETE FROM engagement WHERE customer = ?", customer).Run();
}

}  // namespace regulars::customer::followed
