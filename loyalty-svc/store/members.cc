#include "loyalty-svc/store/members.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/base/fingerprint.h"
#include "chassis/base/status_macros.h"
#include "chassis/filter/request.h"
#include "chassis/filter/schema.h"
#include "chassis/filter/sql.h"
#include "chassis/storage/filtered.h"

namespace regulars::loyalty::members {
namespace {

using filter::Field;
using filter::Type;
using OptionalTime = std::optional<absl::Time>;

constexpr char kColumns[] =
    "SELECT m.key, m.id, h.customer, m.state, m.balance, m.qualifying, m.tier, m.counted_from, "
    "m.posting_count, m.create_time, m.close_time FROM member m JOIN holder h ON h.key = m.key ";

// Members looked at in one statement of a list.
constexpr int64_t kScannedAtOnce = 1000;

Member MakeMember(int64_t key, std::string id, std::optional<std::string> customer, int64_t state,
                  int64_t balance, int64_t qualifying, std::string tier, OptionalTime counted_from,
                  int64_t posting_count, absl::Time create_time, OptionalTime close_time) {
  return {.key = key,
          .id = std::move(id),
          .customer_id = std::move(customer).value_or(""),
          .state = static_cast<MemberState>(state),
          .balance = {balance, qualifying, posting_count},
          .tier = std::move(tier),
          .counted_from = counted_from,
          .create_time = create_time,
          .close_time = close_time};
}

int64_t FingerprintOf(absl::string_view customer_id) {
  Fingerprint print;
  print.Add(customer_id);
  return static_cast<int64_t>(print.Take());
}

absl::StatusOr<std::optional<Member>> First(Query query) {
  std::optional<Member> found;
  ABSL_RETURN_IF_ERROR(
      std::move(query)
          .Each<int64_t, std::string, std::optional<std::string>, int64_t, int64_t, int64_t,
                std::string, OptionalTime, int64_t, absl::Time, OptionalTime>(
              [&](auto... columns) { found = MakeMember(std::move(columns)...); }));
  return found;
}

absl::StatusOr<std::vector<KnownCustomer>> ReadKnown(Query query) {
  std::vector<KnownCustomer> known;
  ABSL_RETURN_IF_ERROR(std::move(query).Each<int64_t, std::string, bool>(
      [&](int64_t key, std::string customer_id, bool is_lost) {
        known.push_back({key, std::move(customer_id), is_lost});
      }));
  return known;
}

}  // namespace

absl::StatusOr<std::optional<int64_t>> FindHolder(Snapshot& db, absl::string_view customer_id) {
  return db.Sql("SELECT key FROM holder WHERE customer = ?", customer_id).First<int64_t>();
}

absl::StatusOr<std::optional<int64_t>> FindOrAddHolder(Transaction& tx,
                                                       absl::string_view customer_id) {
  ABSL_ASSIGN_OR_RETURN(const auto found, FindHolder(tx, customer_id));
  if (found) return found;
  ABSL_ASSIGN_OR_RETURN(const auto erased, tx.Sql("SELECT 1 FROM erased WHERE fingerprint = ?",
                                                  FingerprintOf(customer_id))
                                               .First<int64_t>());
  if (erased) return std::nullopt;
  return tx.Sql("INSERT INTO holder (customer) VALUES (?) RETURNING key", customer_id)
      .First<int64_t>();
}

absl::StatusOr<bool> Forget(Transaction& tx, absl::string_view customer_id) {
  ABSL_RETURN_IF_ERROR(tx.Sql("INSERT INTO erased (fingerprint) VALUES (?) ON CONFLICT DO NOTHING",
                              FingerprintOf(customer_id))
                           .Run());
  ABSL_RETURN_IF_ERROR(
      tx.Sql("UPDATE holder SET customer = NULL WHERE customer = ?", customer_id).Run());
  return tx.Changes() > 0;
}

absl::StatusOr<std::optional<Member>> FindByKey(Snapshot& db, int64_t key) {
  static const std::string& sql = *new std::string(absl::StrCat(kColumns, "WHERE m.key = ?"));
  return First(db.Sql(sql, key));
}

absl::StatusOr<std::optional<Member>> FindById(Snapshot& db, absl::string_view id) {
  static const std::string& sql = *new std::string(absl::StrCat(kColumns, "WHERE m.id = ?"));
  return First(db.Sql(sql, id));
}

absl::StatusOr<std::optional<Member>> FindByCustomer(Snapshot& db, absl::string_view customer_id) {
  static const std::string& sql = *new std::string(absl::StrCat(kColumns, "WHERE h.customer = ?"));
  return First(db.Sql(sql, customer_id));
}

absl::Status Insert(Transaction& tx, const Member& member) {
  return tx
      .Sql(
          "INSERT INTO member (key, id, state, balance, qualifying, tier, counted_from, "
          "posting_count, create_time, close_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          member.key, member.id, static_cast<int64_t>(member.state), member.balance.points,
          member.balance.qualifying, member.tier, member.counted_from, member.balance.posting_count,
          member.create_time, member.close_time)
      .Run();
}

absl::Status Update(Transaction& tx, const Member& member) {
  return tx
      .Sql(
          "UPDATE member SET state = ?, balance = ?, qualifying = ?, tier = ?, "
          "posting_count = ?, close_time = ? WHERE key = ?",
          static_cast<int64_t>(member.state), member.balance.points, member.balance.qualifying,
          member.tier, member.balance.posting_count, member.close_time, member.key)
      .Run();
}

absl::StatusOr<std::vector<int64_t>> KeysAfter(Snapshot& db, int64_t after, int64_t limit) {
  return db.Sql("SELECT key FROM member WHERE key > ? ORDER BY key LIMIT ?", after, limit)
      .All<int64_t>();
}

absl::StatusOr<std::vector<KnownCustomer>> CustomersAfter(Snapshot& db, int64_t after,
                                                          int64_t limit) {
  return ReadKnown(db.Sql(
      "SELECT key, customer, lost FROM holder WHERE key > ? AND customer IS NOT NULL ORDER BY key "
      "LIMIT ?",
      after, limit));
}

absl::StatusOr<std::vector<KnownCustomer>> ActiveCustomersAfter(Snapshot& db, int64_t after,
                                                                int64_t limit) {
  return ReadKnown(db.Sql(
      "SELECT m.key, h.customer, h.lost FROM member m JOIN holder h ON h.key = m.key WHERE "
      "m.key > ? AND m.state = ? AND h.customer IS NOT NULL AND h.lost = 0 ORDER BY m.key LIMIT ?",
      after, static_cast<int64_t>(MemberState::kActive), limit));
}

absl::Status SetLost(Transaction& tx, absl::string_view customer_id, bool is_lost) {
  return tx.Sql("UPDATE holder SET lost = ? WHERE customer = ?", is_lost, customer_id).Run();
}

absl::StatusOr<filter::Expression> CompileMemberFilter(absl::string_view text) {
  static const filter::Schema& schema = *[] {
    auto* made = new filter::Schema;
    made->Add(Field{.name = "tier", .type = Type::kText, .sql = {"NULLIF(m.tier, '')"}});
    made->Add(Field{.name = "balance", .type = Type::kInt64, .handle = 1, .sql = {"m.balance"}});
    made->Add(Field{
        .name = "qualifying_points", .type = Type::kInt64, .handle = 2, .sql = {"m.qualifying"}});
    made->Add(Field{.name = "state",
                    .type = Type::kEnum,
                    .handle = 3,
                    .sql = {"m.state"},
                    .enum_values = {{"STATE_ACTIVE", static_cast<int64_t>(MemberState::kActive)},
                                    {"STATE_CLOSED", static_cast<int64_t>(MemberState::kClosed)}}});
    made->Add(
        Field{.name = "create_time", .type = Type::kTime, .handle = 4, .sql = {"m.create_time"}});
    return made;
  }();
  return filter::CompileRequest(text, schema);
}

absl::StatusOr<MemberPage> List(Snapshot& db, const filter::Expression& filter,
                                absl::string_view after, int64_t limit) {
  const filter::SqlFragment condition = filter::ToSql(filter, db.now(), absl::UTCTimeZone());
  const std::string sql = absl::StrCat("SELECT m.id, m.key, (", condition.sql,
                                       ") FROM member m WHERE m.id > ? ORDER BY m.id LIMIT ?");
  MemberPage page;
  std::string last(after);
  for (int64_t looked = 0; looked < kMaxRowsScanned; looked += kScannedAtOnce) {
    std::vector<std::pair<std::string, int64_t>> matching;
    int64_t seen = 0;
    const std::string from = last;
    std::vector<Parameter> parameters;
    AppendParameters(condition, parameters);
    parameters.push_back(storage_internal::ToParameter(from));
    parameters.push_back(storage_internal::ToParameter(kScannedAtOnce));
    ABSL_RETURN_IF_ERROR(db.SqlWith(sql, parameters)
                             .Each<std::string, int64_t, bool>(
                                 [&](const std::string& id, int64_t key, bool matches) {
                                   ++seen;
                                   last = id;
                                   if (matches) matching.emplace_back(id, key);
                                 }));
    for (const auto& [id, key] : matching) {
      if (static_cast<int64_t>(page.members.size()) == limit) {
        page.next = page.members.back().id;
        return page;
      }
      ABSL_ASSIGN_OR_RETURN(auto member, FindByKey(db, key));
      if (member) page.members.push_back(*std::move(member));
    }
    if (seen < kScannedAtOnce) return page;
  }
  page.next = last;
  return page;
}

}  // namespace regulars::loyalty::members
