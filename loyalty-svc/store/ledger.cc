#include "loyalty-svc/store/ledger.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "chassis/base/status_macros.h"

namespace regulars::loyalty::ledger {
namespace {

constexpr char kLotsByNumber[] =
    "SELECT number, receipt, remaining FROM lot WHERE member = ? ORDER BY number";

// The first lots that hold `wanted` points together; the rest is not read.
absl::StatusOr<std::vector<Lot>> ReadLots(Query query, int64_t wanted) {
  std::vector<Lot> lots;
  bool enough = false;
  const absl::Status walked = std::move(query).Each<int64_t, std::optional<int64_t>, int64_t>(
      [&](int64_t number, std::optional<int64_t> receipt, int64_t remaining) {
        lots.push_back({number, receipt, remaining});
        wanted -= std::min(wanted, remaining);
        enough = wanted == 0;
        return enough ? absl::CancelledError("there are enough") : absl::OkStatus();
      });
  if (!walked.ok() && !enough) return walked;
  return lots;
}

}  // namespace

absl::Status Append(Transaction& tx, const Posting& posting) {
  const auto account = static_cast<int64_t>(AccountOf(posting.kind));
  // SQLite would go on in floating point where 64 bits end, and not say so.
  ABSL_ASSIGN_OR_RETURN(
      const auto number,
      tx.Sql("UPDATE account SET balance = balance - ?, posting_count = posting_count + 1 "
             "WHERE key = ? AND balance BETWEEN ? AND ? RETURNING posting_count",
             posting.points, account, posting.points - kMaxAccountBalance,
             posting.points + kMaxAccountBalance)
          .First<int64_t>());
  if (!number) return BalanceOutOfRange();
  return tx
      .Sql(
          "INSERT INTO posting (member, number, kind, points, balance_after, qualifying, account, "
          "account_number, receipt, cause, reason_code, reference, create_time) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          posting.member, posting.number, static_cast<int64_t>(posting.kind), posting.points,
          posting.balance_after, posting.qualifying, account, *number, posting.receipt,
          posting.cause, posting.reason_code, posting.reference, posting.create_time)
      .Run();
}

absl::StatusOr<std::vector<Lot>> AllLots(Snapshot& db, int64_t member) {
  return ReadLots(db.Sql(kLotsByNumber, member), std::numeric_limits<int64_t>::max());
}

absl::StatusOr<std::vector<Lot>> LotsToTake(Snapshot& db, int64_t member,
                                            const Movement& movement) {
  int64_t wanted = -movement.points;
  if (!movement.receipt) return ReadLots(db.Sql(kLotsByNumber, member), wanted);
  ABSL_ASSIGN_OR_RETURN(std::vector<Lot> lots,
                        ReadLots(db.Sql("SELECT number, receipt, remaining FROM lot WHERE "
                                        "member = ? AND receipt = ? ORDER BY number",
                                        member, *movement.receipt),
                                 wanted));
  for (const Lot& lot : lots) wanted -= std::min(wanted, lot.remaining);
  if (wanted == 0) return lots;
  ABSL_ASSIGN_OR_RETURN(const std::vector<Lot> others,
                        ReadLots(db.Sql("SELECT number, receipt, remaining FROM lot WHERE "
                                        "member = ? AND receipt IS NOT ? ORDER BY number",
                                        member, *movement.receipt),
                                 wanted));
  lots.insert(lots.end(), others.begin(), others.end());
  return lots;
}

absl::Status SaveLots(Transaction& tx, int64_t member, const Moved& moved) {
  if (moved.made) {
    ABSL_RETURN_IF_ERROR(
        tx.Sql("INSERT INTO lot (member, number, receipt, remaining) VALUES (?, ?, ?, ?)", member,
               moved.made->number, moved.made->receipt, moved.made->remaining)
            .Run());
  }
  for (const Lot& lot : moved.taken) {
    if (lot.remaining == 0) {
      ABSL_RETURN_IF_ERROR(
          tx.Sql("DELETE FROM lot WHERE member = ? AND number = ?", member, lot.number).Run());
    } else {
      ABSL_RETURN_IF_ERROR(tx.Sql("UPDATE lot SET remaining = ? WHERE member = ? AND number = ?",
                                  lot.remaining, member, lot.number)
                               .Run());
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ReadPosting>> NewestFirst(Snapshot& db, int64_t member, int64_t before,
                                                     int64_t limit) {
  const int64_t end = before == 0 ? std::numeric_limits<int64_t>::max() : before;
  std::vector<ReadPosting> postings;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT p.number, p.kind, p.points, p.balance_after, p.qualifying, p.reason_code, "
             "p.reference, p.create_time, r.order_id, r.source, r.number, c.order_id "
             "FROM posting p LEFT JOIN receipt r ON r.key = p.receipt "
             "LEFT JOIN receipt c ON c.key = p.cause "
             "WHERE p.member = ? AND p.number < ? ORDER BY p.number DESC LIMIT ?",
             member, end, limit)
          .Each<int64_t, int64_t, int64_t, int64_t, int64_t, std::string, std::string, absl::Time,
                std::optional<std::string>, std::optional<std::string>, std::optional<std::string>,
                std::optional<std::string>>(
              [&](int64_t number, int64_t kind, int64_t points, int64_t balance_after,
                  int64_t qualifying, std::string reason_code, std::string reference,
                  absl::Time create_time, const auto& order, const auto& source,
                  const auto& receipt_number, const auto& cause) {
                ReadPosting& read = postings.emplace_back();
                read.posting = {.member = member,
                                .number = number,
                                .kind = static_cast<PostingKind>(kind),
                                .points = points,
                                .balance_after = balance_after,
                                .qualifying = qualifying,
                                .reason_code = std::move(reason_code),
                                .reference = std::move(reference),
                                .create_time = create_time};
                if (order) {
                  read.order = {*order, source.value_or(""), receipt_number.value_or("")};
                }
                read.cause_order = cause.value_or("");
              }));
  return postings;
}

absl::Status EachPosting(Snapshot& db, int64_t member,
                         const std::function<absl::Status(const Posting&)>& each) {
  return db
      .Sql(
          "SELECT number, kind, points, balance_after, qualifying, account_number, receipt "
          "FROM posting WHERE member = ? ORDER BY number",
          member)
      .Each<int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, std::optional<int64_t>>(
          [&](int64_t number, int64_t kind, int64_t points, int64_t balance_after,
              int64_t qualifying, int64_t account_number, std::optional<int64_t> receipt) {
            return each({.member = member,
                         .number = number,
                         .kind = static_cast<PostingKind>(kind),
                         .points = points,
                         .balance_after = balance_after,
                         .qualifying = qualifying,
                         .account_number = account_number,
                         .receipt = receipt});
          });
}

absl::StatusOr<std::vector<KeptAccount>> Accounts(Snapshot& db) {
  std::vector<KeptAccount> accounts;
  ABSL_RETURN_IF_ERROR(
      db.Sql("SELECT key, balance, posting_count FROM account ORDER BY key")
          .Each<int64_t, int64_t, int64_t>([&](int64_t key, int64_t balance, int64_t count) {
            accounts.push_back({static_cast<ProgrammeAccount>(key), balance, count});
          }));
  return accounts;
}

}  // namespace regulars::loyalty::ledger
