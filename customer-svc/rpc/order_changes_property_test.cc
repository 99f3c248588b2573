// Whatever happens to orders, in whatever sequence, leaves in the store what the orders alone say
// by a slow reference, and tells followers of each order that changed, once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "chassis/testing/status_matchers.h"
#include "customer-svc/domain/order_check.h"
#include "customer-svc/rpc/customer_changes.h"
#include "customer-svc/rpc/order_changes.h"
#include "customer-svc/store/schema.h"
#include "customer-svc/store/settings.h"
#include "customer-svc/testing/order_reference.h"
#include "google/protobuf/any.pb.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::customer {
namespace {

constexpr int64_t kMillion = 1'000'000;
constexpr int kCustomers = 3;
constexpr int kReceipts = 12;

// A store in memory with some customers, and the means to make orders that get in each other's way:
// few customers, items and times.
class Shop {
 public:
  explicit Shop(uint32_t seed) : random_(seed), connection_(OpenConnection()) {
    auto settings = settings::Load(tx_);
    EXPECT_OK(settings);
    settings->time_zone = "Asia/Tokyo";
    EXPECT_OK(settings::Save(tx_, *settings));
    auto context = LoadOrderContext(tx_);
    EXPECT_OK(context);
    context_ = *context;
    for (int i = 0; i < kCustomers; ++i) customers_.push_back(MakeCustomer());
  }

  Transaction& tx() { return tx_; }
  const OrderContext& context() const { return context_; }
  std::mt19937& random() { return random_; }
  int Below(int limit) { return static_cast<int>(random_() % static_cast<uint32_t>(limit)); }
  std::vector<Buyer>& customers() { return customers_; }

  Buyer MakeCustomer() {
    auto made = CreateBareCustomer(tx_, {.system = "shop", .external_id = absl::StrCat(++made_)});
    EXPECT_OK(made);
    return {made->key, made->id};
  }

  Order MakeOrder(int receipt, const std::vector<Order>& recorded) {
    Order order{.source = "till",
                .receipt_number = absl::StrCat(receipt),
                .order_time = absl::FromUnixSeconds(1'600'000'000) + absl::Hours(8) * Below(9),
                .staff = absl::StrCat(Below(2)),
                .country = Below(4) == 0 ? "" : (Below(2) == 0 ? "GB" : "FR"),
                .currency = "EUR"};
    if (Below(5) != 0) order.buyer = customers_[static_cast<size_t>(Below(kCustomers))];
    for (int i = Below(4); i >= 0; --i) order.lines.push_back(MakeLine(recorded));
    EXPECT_OK(PrepareOrder(order, tx_.now()));
    return order;
  }

  Consequences Stored() {
    auto stored = StoredConsequences(tx_);
    EXPECT_OK(stored);
    return *stored;
  }
  Consequences Expected(const std::vector<Order>& recorded) {
    return ExpectedConsequences(recorded, context_.settings.zone);
  }
  // Links that follow from no order any more, for they are of a customer who has gone.
  Consequences Kept() {
    auto kept = KeptLinks(tx_);
    EXPECT_OK(kept);
    return *kept;
  }
  // Sold lines of which more was taken back than was sold, and kept links of lines that have a
  // customer, are cancelled, or are of different items.
  int64_t Impossible() {
    const auto row =
        tx_.Sql(
               "SELECT (SELECT COUNT(*) FROM order_line l WHERE l.quantity < (SELECT "
               "SUM(k.quantity) FROM return_link k WHERE k.sale_line = l.key)) + "
               "(SELECT COUNT(*) FROM return_link k JOIN order_line rl ON rl.key = k.return_line "
               "JOIN order_line sl ON sl.key = k.sale_line "
               "JOIN customer_order r ON r.key = k.return_line / 4096 "
               "JOIN customer_order s ON s.key = k.sale_line / 4096 WHERE k.named = 2 AND "
               "(r.customer IS NOT NULL OR s.customer IS NOT NULL OR r.state <> 1 OR "
               "s.state <> 1 OR rl.item <> sl.item OR rl.type <> 2 OR sl.type <> 1))")
            .First<int64_t>();
    EXPECT_OK(row);
    return row->value();
  }

  // The books of returns as they were kept, and as they follow from the orders and links alone: the
  // migration that brought them fills them for stores that are older.
  void CheckBooks() {
    const std::multiset<std::string> kept = Books();
    ASSERT_OK(connection_->Script(
        "DROP TABLE open_sale; DROP TABLE unnamed_return; DROP TABLE departed_customer;"));
    for (const Migration& migration : CustomerMigrations()) {
      if (!absl::StrContains(migration.sql, "CREATE TABLE open_sale")) continue;
      ASSERT_OK(connection_->Script(std::string(migration.sql)));
      ASSERT_OK(connection_->Script(
          "ALTER TABLE departed_customer ADD COLUMN erased BIGINT NOT NULL DEFAULT 0;"
          "ALTER TABLE departed_customer ADD COLUMN id TEXT;"));
    }
    ASSERT_EQ(kept, Books());
  }

  int64_t TotalChanges() { return **tx_.Sql("SELECT total_changes()").First<int64_t>(); }

 private:
  static std::unique_ptr<Connection> OpenConnection() {
    auto connection = Connection::Open({.path = ":memory:"});
    EXPECT_OK(connection);
    EXPECT_OK(Migrate(**connection, "chassis", ChassisMigrations(), absl::Now()));
    EXPECT_OK(Migrate(**connection, "customer", CustomerMigrations(), absl::Now()));
    return *std::move(connection);
  }

  std::multiset<std::string> Books() {
    std::multiset<std::string> rows;
    for (const char* sql :
         {"SELECT 'left', customer, item, order_time, sequence, line, quantity, 0 FROM open_sale",
          "SELECT 'back', customer, item, order_time, sequence, line, missing, reach "
          "FROM unnamed_return"}) {
      EXPECT_OK((
          tx_.Sql(sql)
              .Each<std::string, int64_t, std::string, int64_t, int64_t, int64_t, int64_t, int64_t>(
                  [&](const std::string& what, int64_t customer, const std::string& item,
                      auto... numbers) {
                    rows.insert(absl::StrCat(what, " ", customer, " ", item, " ",
                                             absl::StrJoin(std::tuple(numbers...), " ")));
                  })));
    }
    return rows;
  }

  OrderLine MakeLine(const std::vector<Order>& recorded) {
    OrderLine line{.type = Below(2) == 0 ? LineType::kSale : LineType::kReturn,
                   .kind = Below(4) == 0 ? LineKind::kCharge : LineKind::kProduct,
                   .item = absl::StrCat("item-", Below(3)),
                   .quantity_micros = (1 + Below(4)) * kMillion,
                   .unit_price_micros = Below(4) * 1'250'001};
    if (line.type == LineType::kSale || Below(3) != 0) return line;
    LineReference& reference = line.return_of.emplace();
    if (!recorded.empty() && Below(2) == 0) {
      const Order& order = recorded[static_cast<size_t>(Below(static_cast<int>(recorded.size())))];
      reference.order_id = order.id;
      if (Below(2) == 0) reference.line_id = order.lines[0].line_id;
    } else {
      reference.receipt_number = absl::StrCat(Below(kReceipts));
    }
    return line;
  }

  std::mt19937 random_;
  std::unique_ptr<Connection> connection_;
  Origin origin_;
  std::function<bool()> never_ = [] { return false; };
  Transaction tx_{*connection_, origin_, absl::FromUnixSeconds(1'700'000'000), random_(), never_};
  OrderContext context_;
  std::vector<Buyer> customers_;
  int made_ = 0;
};

// One receipt in parts of a few lines; each says a time of its own.
void AddParts(Shop& shop, Order& order, std::vector<Order>& parts) {
  absl::Time earliest = absl::InfiniteFuture();
  for (size_t first = 0; first < order.lines.size();) {
    Order part = order;
    const size_t last =
        std::min(first + 1 + static_cast<size_t>(shop.Below(3)), order.lines.size());
    part.lines.assign(order.lines.begin() + static_cast<std::ptrdiff_t>(first),
                      order.lines.begin() + static_cast<std::ptrdiff_t>(last));
    part.order_time += absl::Hours(8) * shop.Below(2);
    earliest = std::min(earliest, part.order_time);
    parts.push_back(part);
    if (shop.Below(4) == 0) parts.push_back(part);
    first = last;
  }
  order.order_time = earliest;
}

TEST(OrderPropertyTest, FilesGiveTheSameInWhateverSequenceAndParts) {
  for (uint32_t seed = 0; seed < 100; ++seed) {
    Shop shop(seed);
    std::vector<Order> file;
    std::vector<Order> parts;
    int64_t row = 0;
    for (int receipt = 0; receipt < kReceipts; ++receipt) {
      Order order = shop.MakeOrder(receipt, {});
      // Each line has a place of its own: nothing is left for arrival to decide.
      for (OrderLine& line : order.lines) line.sequence = ++row;
      AddParts(shop, order, parts);
      file.push_back(std::move(order));
    }
    std::shuffle(parts.begin(), parts.end(), shop.random());
    for (const Order& part : parts) {
      ASSERT_OK(ApplyOrder(shop.tx(), shop.context(), part, ApplyMode::kAddLines));
    }
    ASSERT_EQ(shop.Stored(), shop.Expected(file)) << "seed " << seed;
    const int64_t changes = shop.TotalChanges();
    const size_t events = shop.tx().events().size();
    for (const Order& part : parts) {
      ASSERT_OK_AND_ASSIGN(const AppliedOrder again,
                           ApplyOrder(shop.tx(), shop.context(), part, ApplyMode::kAddLines));
      ASSERT_EQ(again.outcome, type::v1::UPSERT_OUTCOME_UNCHANGED);
    }
    ASSERT_EQ(shop.TotalChanges(), changes);
    ASSERT_EQ(shop.tx().events().size(), events);
  }
}

// The orders that the events from `first` on tell of, each as often as it is told of.
std::multiset<std::string> OrdersTold(const std::vector<Event>& events, size_t first) {
  std::multiset<std::string> orders;
  for (size_t i = first; i < events.size(); ++i) {
    google::protobuf::Any any;
    EXPECT_TRUE(any.ParseFromString(events[i].payload));
    v1::OrderRecorded recorded;
    v1::OrderChanged changed;
    v1::OrderCancelled cancelled;
    if (any.UnpackTo(&recorded)) orders.insert(recorded.order().order());
    if (any.UnpackTo(&changed)) orders.insert(changed.order().order());
    if (any.UnpackTo(&cancelled)) orders.insert(cancelled.order().order());
  }
  return orders;
}

// A shop in which anything happens, and what should have come of it.
class Life {
 public:
  explicit Life(uint32_t seed) : shop_(seed) {}

  void Step() {
    const Consequences before = shop_.Stored();
    const size_t events = shop_.tx().events().size();
    touched_.reset();
    const int what = shop_.Below(20);
    if (what < 12) {
      Send(shop_.MakeOrder(shop_.Below(kReceipts), recorded_));
    } else if (what < 14) {
      SendAgain();
    } else if (what < 17) {
      Claim();
    } else if (what < 19) {
      Cancel();
    } else {
      DeleteCustomer();
      CheckStored();
      return;
    }
    const Consequences after = shop_.Stored();
    CheckStored();
    // Told of: the order itself if it changed, and those whose returns are linked otherwise.
    std::multiset<std::string> expected;
    if (touched_) expected.insert(absl::StrCat("orders/", recorded_[*touched_].id));
    for (const std::string& name : Relinked(before, after)) {
      if (!expected.contains(name)) expected.insert(name);
    }
    ASSERT_EQ(OrdersTold(shop_.tx().events(), events), expected);
  }

  void CheckBooks() { shop_.CheckBooks(); }

 private:
  // What is stored is what the orders say, and links that were kept.
  void CheckStored() {
    Consequences stored = shop_.Stored();
    for (const std::string& link : shop_.Kept()) stored.erase(link);
    ASSERT_EQ(stored, shop_.Expected(recorded_));
    ASSERT_EQ(shop_.Impossible(), 0);
  }

  Consequences Links() {
    Consequences links = shop_.Stored();
    std::erase_if(links, [](const std::string& text) { return !absl::StartsWith(text, "link "); });
    return links;
  }

  // Orders with return lines whose links are not the same in both.
  std::set<std::string> Relinked(const Consequences& before, const Consequences& after) {
    std::vector<std::string> different;
    std::set_symmetric_difference(before.begin(), before.end(), after.begin(), after.end(),
                                  std::back_inserter(different));
    std::set<std::string> names;
    for (const std::string& sentence : different) {
      for (const Order& order : recorded_) {
        if (absl::StartsWith(sentence, absl::StrCat("link till/", order.receipt_number, "#"))) {
          names.insert(absl::StrCat("orders/", order.id));
        }
      }
    }
    return names;
  }

  Order* Find(const std::string& receipt) {
    const auto found = std::find_if(recorded_.begin(), recorded_.end(), [&](const Order& order) {
      return order.receipt_number == receipt;
    });
    return found == recorded_.end() ? nullptr : &*found;
  }
  Order* Any() {
    return recorded_.empty()
               ? nullptr
               : &recorded_[static_cast<size_t>(shop_.Below(static_cast<int>(recorded_.size())))];
  }
  void Touch(const Order& order) { touched_ = static_cast<size_t>(&order - recorded_.data()); }

  void Send(const Order& order) {
    const auto applied = ApplyOrder(shop_.tx(), shop_.context(), order, ApplyMode::kReplace);
    Order* known = Find(order.receipt_number);
    if (known == nullptr) {
      ASSERT_OK(applied);
      EXPECT_EQ(applied->outcome, type::v1::UPSERT_OUTCOME_CREATED);
      recorded_.push_back(order);
      recorded_.back().id = applied->name.substr(std::string("orders/").size());
      return Touch(recorded_.back());
    }
    Order after = order;
    after.id = known->id;
    if (!after.buyer) after.buyer = known->buyer;
    const bool same = SameContent(after, *known);
    if (known->state == OrderState::kCancelled && !same) {
      EXPECT_THAT(applied, testing::HasReason("ORDER_CANCELLED"));
      return;
    }
    ASSERT_OK(applied);
    EXPECT_EQ(applied->outcome,
              same ? type::v1::UPSERT_OUTCOME_UNCHANGED : type::v1::UPSERT_OUTCOME_UPDATED);
    if (same) return;
    *known = after;
    Touch(*known);
  }

  void SendAgain() {
    const Order* order = Any();
    if (order == nullptr) return;
    const int64_t changes = shop_.TotalChanges();
    ASSERT_OK_AND_ASSIGN(const AppliedOrder applied,
                         ApplyOrder(shop_.tx(), shop_.context(), *order, ApplyMode::kReplace));
    EXPECT_EQ(applied.outcome, type::v1::UPSERT_OUTCOME_UNCHANGED);
    EXPECT_EQ(shop_.TotalChanges(), changes) << "no row is written";
  }

  void Claim() {
    Order* order = Any();
    if (order == nullptr || order->state == OrderState::kCancelled) return;
    ASSERT_OK_AND_ASSIGN(const auto stored, orders::FindById(shop_.tx(), order->id));
    Order after = stored->order;
    after.buyer.reset();
    const int customer = shop_.Below(kCustomers + 1);
    if (customer < kCustomers) after.buyer = shop_.customers()[static_cast<size_t>(customer)];
    ASSERT_OK_AND_ASSIGN(const bool changed,
                         ReplaceOrder(shop_.tx(), shop_.context(), *stored, after));
    EXPECT_EQ(changed, after.buyer != order->buyer);
    if (!changed) return;
    order->buyer = after.buyer;
    Touch(*order);
  }

  void Cancel() {
    Order* order = Any();
    if (order == nullptr || order->state == OrderState::kCancelled) return;
    ASSERT_OK_AND_ASSIGN(const auto stored, orders::FindById(shop_.tx(), order->id));
    ASSERT_OK(CancelRecordedOrder(shop_.tx(), shop_.context(), *stored));
    order->state = OrderState::kCancelled;
    Touch(*order);
  }

  void DeleteCustomer() {
    Buyer& buyer = shop_.customers()[static_cast<size_t>(shop_.Below(kCustomers))];
    ASSERT_OK_AND_ASSIGN(const auto customer, customers::LoadByKey(shop_.tx(), buyer.key));
    const Consequences links = Links();
    ASSERT_OK(ApplyDelete(shop_.tx(), *customer));
    for (Order& order : recorded_) {
      if (order.buyer == buyer) order.buyer.reset();
    }
    const int64_t key = std::exchange(buyer, shop_.MakeCustomer()).key;
    // Nobody gets the key while orders bear it, and whatever happens to these before their turn
    // comes finds them without a customer.
    const bool more_happens = shop_.Below(2) == 0;
    if (more_happens) {
      if (shop_.Below(2) == 0) Send(shop_.MakeOrder(shop_.Below(kReceipts), recorded_));
      if (shop_.Below(2) == 0) Claim();
      if (shop_.Below(2) == 0) Cancel();
    }
    for (bool more = true; more;) {
      ASSERT_OK_AND_ASSIGN(more, orders::DetachNext(shop_.tx(), key));
    }
    if (more_happens) return;
    ASSERT_EQ(Links(), links) << "what followers were told of stays so";
  }

  Shop shop_;
  // In the sequence in which they arrived.
  std::vector<Order> recorded_;
  // The order that the step changed.
  std::optional<size_t> touched_;
};

TEST(OrderPropertyTest, AnythingThatHappensLeavesWhatTheOrdersSay) {
  for (uint32_t seed = 0; seed < 100; ++seed) {
    Life life(seed);
    for (int step = 0; step < 60; ++step) {
      life.Step();
      if (step % 20 == 19) life.CheckBooks();
      if (::testing::Test::HasFailure()) FAIL() << "seed " << seed << " step " << step;
    }
  }
}

// Sales and returns of one customer by the hundred, coming early and late, changed and cancelled.
TEST(OrderPropertyTest, ALongHistoryOfOneCustomerLeavesWhatItsOrdersSay) {
  for (uint32_t seed = 0; seed < 6; ++seed) {
    Shop shop(seed);
    std::vector<Order> recorded;
    for (int step = 0; step < 400; ++step) {
      const bool known = !recorded.empty() && shop.Below(4) == 0;
      const int receipt =
          known ? shop.Below(static_cast<int>(recorded.size())) : static_cast<int>(recorded.size());
      Order order = shop.MakeOrder(receipt, recorded);
      order.buyer = shop.customers()[0];
      // Mostly in order of time, as they come in life.
      const int day = shop.Below(3) == 0 ? shop.Below(400) : step;
      order.order_time = absl::FromUnixSeconds(1'600'000'000) + absl::Hours(6) * day;
      if (!known) {
        ASSERT_OK_AND_ASSIGN(const AppliedOrder applied,
                             ApplyOrder(shop.tx(), shop.context(), order, ApplyMode::kReplace));
        order.id = applied.name.substr(std::string("orders/").size());
        recorded.push_back(std::move(order));
      } else if (Order& old = recorded[static_cast<size_t>(receipt)];
                 old.state == OrderState::kRecorded) {
        ASSERT_OK_AND_ASSIGN(const auto stored, orders::FindById(shop.tx(), old.id));
        if (shop.Below(3) == 0) {
          ASSERT_OK(CancelRecordedOrder(shop.tx(), shop.context(), *stored));
          old.state = OrderState::kCancelled;
        } else {
          order.id = old.id;
          ASSERT_OK(ReplaceOrder(shop.tx(), shop.context(), *stored, order).status());
          old = std::move(order);
        }
      }
      if (step % 25 == 24) {
        ASSERT_EQ(shop.Stored(), shop.Expected(recorded)) << "seed " << seed << " step " << step;
      }
    }
    shop.CheckBooks();
    if (HasFailure()) FAIL() << "seed " << seed;
  }
}

}  // namespace
}  // namespace regulars::customer
