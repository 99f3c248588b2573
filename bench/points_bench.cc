// Orders that become points: the feed of orders is followed with loyalty-svc's own functions, from
// one process to another, against a program that runs the same statements with SQLite's C interface
// and nothing else, in groups of the same size, each synced. Both have a store with orders already,
// larger than its cache.
#include <sqlite3.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bench/benches.h"
#include "bench/served_feed.h"
#include "chassis/base/check.h"
#include "chassis/base/ids.h"
#include "chassis/feed/event.h"
#include "chassis/storage/store.h"
#include "loyalty-svc/follow/customer_feed.h"
#include "loyalty-svc/store/schema.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::bench {
namespace {

constexpr int kRounds = 5;
constexpr int kOrders = 120'000;
constexpr int kPreloaded = 80'000;
constexpr int kCustomers = 20'000;
constexpr int kLines = 5;
constexpr int kGroup = 1000;  // What one message of a feed holds at most.
constexpr int64_t kUnit = 1'000'000;
// As the writers of services have them.
constexpr char kPragmas[] =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32768;"
    "PRAGMA wal_autocheckpoint=4000; PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY;";

std::string IdOf(int64_t number, uint64_t kind) {
  Mixer mixer(static_cast<uint64_t>(number) * 8 + kind);
  const uint64_t high = mixer.Next();
  return MakeId(absl::FromUnixMillis(1'700'000'000'000 + number), high, mixer.Next());
}

int64_t BuyerOf(int i) { return static_cast<int64_t>(Mixer(i).Next() % kCustomers); }

customer::v1::OrderRecorded MakeOrder(int i) {
  customer::v1::OrderRecorded event;
  customer::v1::OrderFacts& order = *event.mutable_order();
  order.set_order("orders/" + IdOf(i, 0));
  order.set_customer("customers/" + IdOf(BuyerOf(i), 1));
  order.set_source("shop");
  order.set_receipt_number(absl::StrCat("R", 1'000'000 + i));
  order.mutable_order_time()->set_seconds(1'700'000'000 + i);
  order.set_currency_code("EUR");
  order.mutable_base_totals()->mutable_amount()->set_currency_code("EUR");
  for (int line = 0; line < kLines; ++line) {
    customer::v1::OrderLineFacts& facts = *order.add_lines();
    facts.set_line_id(absl::StrCat("line-", line));
    facts.set_item("85123A");
    facts.set_quantity_micros(6 * kUnit);
    facts.set_base_amount_micros(15'300'000);
  }
  return event;
}

double Ours(const std::string& folder) {
  const Child upstream = ServeFeed(folder, kOrders, [](int i) {
    const customer::v1::OrderRecorded event = MakeOrder(i);
    return PackEvent(event.order().order(), "", event);
  });
  return FollowServed(folder, upstream.address(), kRounds,
                      {.service = "loyalty",
                       .migrations = loyalty::LoyaltyMigrations(),
                       .handlers = [] { return loyalty::CustomerHandlers(nullptr, nullptr); },
                       .from = kPreloaded,
                       .to = kOrders});
}

// The same statements by hand.
class RawLedger {
 public:
  explicit RawLedger(const std::string& path) {
    CHECK(sqlite3_open(path.c_str(), &db_) == SQLITE_OK);
    Run(kPragmas);
  }
  ~RawLedger() {
    for (sqlite3_stmt* statement : statements_) sqlite3_finalize(statement);
    CHECK(sqlite3_close(db_) == SQLITE_OK);
  }

  void Run(const char* sql) { CHECK(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == 0); }

  void Order(const customer::v1::OrderFacts& order, int64_t position) {
    const int64_t time = order.order_time().seconds() * kUnit;
    const std::string customer = order.customer().substr(10);
    Get(kReceipt, order.source(), order.receipt_number());
    Get(kProgramme);
    Get(kTiers);
    Get(kRule, time);
    int64_t holder = Get(kHolder, customer);
    if (holder == 0) holder = Get(kAddHolder, customer);
    const std::string counted(150, 'x');
    const int64_t receipt = Get(kAddReceipt, order.order().substr(7), order.source(),
                                order.receipt_number(), holder, time, counted, position);
    if (Get(kMember, holder) == 0) {
      Get(kAddMember, holder, IdOf(holder, 2), time);
      Get(kPublish, "regulars.loyalty.member_enrolled.v1", order.customer(), time,
          std::string(120, 'x'));
      Get(kReceiptsOf, holder);
    }
    Get(kMember, holder);
    Get(kReturned, order.order().substr(7));
    const int64_t number = Get(kCount, holder) + 1;
    const int64_t account_number = Get(kMoveAccount, int64_t{76});
    Get(kAddPosting, holder, number, int64_t{76}, receipt, time, account_number);
    Get(kAddLot, holder, number, receipt, int64_t{76});
    Get(kPublish, "regulars.loyalty.points_posted.v1", order.customer(), time,
        std::string(220, 'x'));
    Get(kMoveMember, number, holder);
    Get(kStand, int64_t{76}, holder, receipt);
  }

 private:
  // Which statement; prepared at its first use.
  enum Which {
    kReceipt,
    kProgramme,
    kTiers,
    kRule,
    kHolder,
    kAddHolder,
    kAddReceipt,
    kMember,
    kAddMember,
    kPublish,
    kReceiptsOf,
    kReturned,
    kCount,
    kAddPosting,
    kMoveAccount,
    kAddLot,
    kMoveMember,
    kStand,
    kStatements
  };
  static constexpr const char* kSql[kStatements] = {
      "SELECT key, order_id, source, number, holder, order_time, store, cancelled, has_sale, "
      "has_links, earned, unlinked, counted, standing, standing_member, epoch, position "
      "FROM receipt WHERE source = ? AND number = ?",
      "SELECT point_value, display_name, enrolment, max_basket_percent, min_points, step_points, "
      "base_currency, version, update_time FROM programme",
      "SELECT id, display_name, threshold FROM tier ORDER BY position",
      "SELECT revision, effective_time, points_per_step, step_amount, counted_lines, rounding, "
      "minimum_amount, start_time, end_time, update_time FROM earning_rule "
      "WHERE effective_time <= ? ORDER BY revision DESC LIMIT 1",
      "SELECT key FROM holder WHERE customer = ?",
      "INSERT INTO holder (customer) VALUES (?) RETURNING key",
      "INSERT INTO receipt (order_id, source, number, holder, order_time, counted, position, "
      "store, "
      "cancelled, has_sale, has_links, earned, unlinked, standing, standing_member, epoch) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, '', 0, 1, 0, 76, 0, 0, NULL, 4611686018427387904) "
      "RETURNING key",
      "SELECT m.key, m.id, h.customer, m.state, m.balance, m.qualifying, m.tier, m.counted_from, "
      "m.posting_count, m.create_time, m.close_time FROM member m JOIN holder h ON h.key = m.key "
      "WHERE m.key = ?",
      "INSERT INTO member (key, id, state, balance, qualifying, tier, counted_from, posting_count, "
      "create_time, close_time) VALUES (?1, ?2, 1, 0, 0, '', NULL, 0, ?3, NULL)",
      "INSERT INTO feed (type, subject, realm, time, correlation_id, hops, payload) VALUES "
      "(?1, ?2, '', ?3, '', 0, ?4)",
      "SELECT key FROM receipt WHERE holder = ? AND order_time >= 0 LIMIT 1000",
      "SELECT quantity, line_id FROM return_link WHERE sold_order = ?",
      "SELECT posting_count FROM member WHERE key = ?",
      "INSERT INTO posting (member, number, points, balance_after, qualifying, receipt, cause, "
      "create_time, kind, account, account_number, reason_code, reference) "
      "VALUES (?1, ?2, ?3, ?3, ?3, ?4, ?4, ?5, 1, 1, ?6, '', '')",
      "UPDATE account SET balance = balance - ?1, posting_count = posting_count + 1 WHERE key = 1 "
      "AND balance BETWEEN ?1 - 3000000000000000000 AND ?1 + 3000000000000000000 "
      "RETURNING posting_count",
      "INSERT INTO lot (member, number, receipt, remaining) VALUES (?, ?, ?, ?)",
      "UPDATE member SET state = 1, balance = balance + 76, qualifying = qualifying + 76, "
      "tier = '', posting_count = ?, close_time = NULL WHERE key = ?",
      "UPDATE receipt SET standing = ?, standing_member = ? WHERE key = ?"};

  static void Bind(sqlite3_stmt* statement, int place, int64_t value) {
    sqlite3_bind_int64(statement, place, value);
  }
  static void Bind(sqlite3_stmt* statement, int place, const std::string& text) {
    sqlite3_bind_text(statement, place, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
  }

  // Runs a statement through all its rows; the first row's first number, or 0.
  template <typename... Values>
  int64_t Get(Which which, const Values&... values) {
    sqlite3_stmt*& statement = statements_[which];
    if (statement == nullptr) {
      CHECK(sqlite3_prepare_v2(db_, kSql[which], -1, &statement, nullptr) == SQLITE_OK);
    }
    int place = 0;
    (Bind(statement, ++place, values), ...);
    int64_t first = 0;
    int code;
    for (bool is_first = true; (code = sqlite3_step(statement)) == SQLITE_ROW; is_first = false) {
      if (is_first) first = sqlite3_column_int64(statement, 0);
    }
    if (code != SQLITE_DONE) std::fprintf(stderr, "%s\n", sqlite3_errmsg(db_));
    CHECK(code == SQLITE_DONE);
    sqlite3_reset(statement);
    return first;
  }

  sqlite3* db_ = nullptr;
  sqlite3_stmt* statements_[kStatements] = {};
};

double Raw(const std::string& folder, const std::vector<customer::v1::OrderRecorded>& orders) {
  const std::string path = folder + "/raw.db";
  // The schema is that of the service.
  CHECK(
      Store::Open({.path = path, .service = "loyalty", .migrations = loyalty::LoyaltyMigrations()})
          .ok());
  RawLedger ledger(path);
  absl::Time start;
  for (int begin = 0; begin < kOrders; begin += kGroup) {
    if (begin == kPreloaded) start = absl::Now();
    ledger.Run("BEGIN IMMEDIATE");
    for (int i = begin; i < begin + kGroup; ++i) ledger.Order(orders[i].order(), i + 1);
    ledger.Run("COMMIT");
  }
  return (kOrders - kPreloaded) / absl::ToDoubleSeconds(absl::Now() - start);
}

}  // namespace

void BenchPoints(const std::string& folder, Report& report) {
  const double ours = Ours(folder);
  std::vector<customer::v1::OrderRecorded> orders;
  for (int i = 0; i < kOrders; ++i) orders.push_back(MakeOrder(i));
  std::vector<double> raw;
  for (int round = 0; round < kRounds; ++round) {
    const std::string place = absl::StrCat(folder, "/", round);
    std::filesystem::create_directories(place);
    raw.push_back(Raw(place, orders));
  }
  report.Add({"orders followed into postings", ours, "orders/s", Median(raw), 0.6});
}

}  // namespace regulars::bench
