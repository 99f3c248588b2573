// Random facts, filters and times: whatever happens in whatever order, the stored members are those
// that a fresh look at everybody finds, and the events tell the same story.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "chassis/base/ids.h"
#include "chassis/base/status_macros.h"
#include "chassis/filter/evaluate.h"
#include "chassis/filter/sql.h"
#include "chassis/testing/status_matchers.h"
#include "customer-svc/rpc/rfm_task.h"
#include "customer-svc/rpc/segment_moves.h"
#include "customer-svc/store/customer_filter.h"
#include "customer-svc/store/segment_record.h"
#include "customer-svc/store/segment_sets.h"
#include "customer-svc/store/segments.h"
#include "customer-svc/store/settings.h"
#include "customer-svc/testing/segment_world.h"
#include "google/protobuf/any.pb.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::customer {
namespace {

using Ids = std::set<std::string>;

class Random {
 public:
  explicit Random(uint64_t seed) : mixer_(seed) {}

  int64_t Below(int64_t bound) { return static_cast<int64_t>(mixer_.Next() % bound); }
  bool OneIn(int64_t n) { return Below(n) == 0; }
  template <typename T>
  T Of(std::initializer_list<T> list) {
    return *(list.begin() + Below(static_cast<int64_t>(list.size())));
  }
  std::string Text(std::initializer_list<const char*> list) { return Of(list); }
  absl::Duration Length() {
    return Of({absl::Microseconds(1), absl::Seconds(Below(4000)), absl::Hours(Below(30)),
               absl::Hours(24), absl::Hours(24 * Below(25))});
  }

 private:
  Mixer mixer_;
};

std::string RandomCondition(Random& random) {
  const std::string n = absl::StrCat(random.Below(4));
  const std::string days = absl::StrCat("\"", 1 + random.Below(40), "d\"");
  const std::string order = random.Text({">=", "<", "=", "!=", ">", "<="});
  const std::string ago = random.Text({"ago(\"36h\")", "today(-3)", "today()", "now()",
                                       "ago(\"20d\")", "from_now(\"5d\")", "today(-30)"});
  const std::string money = absl::StrCat(random.Below(60), random.Text({"", ".5"}));
  switch (random.Below(30)) {
    case 0:
      return "country" + random.Text({" = ", " != "}) + random.Text({"GB", "FR"});
    case 1:
      return "display_name = \"" + random.Text({"Ann*", "*Lee", "Ltd*"}) + "\"";
    case 2:
      return "kind = " + random.Text({"KIND_PERSON", "KIND_COMPANY"});
    case 3:
    case 4:
      return "tags:" + random.Text({"vip", "new", "\"v*\"", "*"});
    case 5:
      return "attributes.size " + order + " 4" + n;
    case 6:
      return "attributes.vip = " + random.Text({"true", "false"});
    case 7:
      return "attributes.tier != " + random.Text({"gold", "silver"});
    case 8:
      return "attributes.checked " + order + " " + ago;
    case 9:
      return "attributes.note = \"" + random.Text({"a*", "*b", "ab"}) + "\"";
    case 10:
      return random.Text({"emails:*", "phones:*", "emails:\"*@EXAMPLE.com\""});
    case 11:
      return "external_ids:\"" + random.Text({"erp:*", "shop:*", "*7"}) + "\"";
    case 12:
      return "birthday.month " + order + " 6";
    case 13:
      return "create_time " + order + " " + ago;
    case 14:
      return "update_time " + order + " " + ago;
    case 15:
    case 16:
      return "purchases.last_order_time " + order + " " + ago;
    case 17:
      return "purchases.first_order_time " + order + " " + ago;
    case 18:
      return "purchases.order_count " + order + " " + n;
    case 19:
      return "purchases.revenue " + order + " " + money;
    case 20:
      return "purchases.average_order_amount " + order + " " + money;
    case 21:
    case 22:
      return absl::StrCat("orders(", days, ").count ", order, " ", n);
    case 23:
      return absl::StrCat("orders(", days, ").revenue ", order, " ", money);
    case 24:
      return absl::StrCat("orders(", days, ").", random.Text({"days", "return_count"}), " ", order,
                          " ", n);
    case 25:
      return absl::StrCat("orders(", days, ").units > ", n);
    case 26:
      return absl::StrCat("rfm.", random.Text({"recency", "frequency", "monetary"}), " ", order,
                          " ", 1 + random.Below(5));
    case 27:
      return "rfm.recency_days " + order + " 1" + n;
    case 28:
      return random.Text({"addresses.country:FR", "rfm.recency:*", "purchases.first_order_time:*"});
    default:
      return "home_store = " + random.Text({"s1", "s2"});
  }
}

std::string RandomFilter(Random& random, int depth = 0) {
  if (depth == 2 || random.OneIn(3)) {
    return (random.OneIn(4) ? "NOT " : "") + RandomCondition(random);
  }
  return absl::StrCat(random.OneIn(4) ? "NOT " : "", "(", RandomFilter(random, depth + 1),
                      random.Text({" AND ", " OR "}), RandomFilter(random, depth + 1), ")");
}

Customer RandomCustomer(Random& random, int64_t number) {
  Customer c;
  c.given_name = random.Text({"", "Ann", "Anna", "Bo"});
  c.family_name = random.Text({"", "Lee", "Ray"});
  c.company = random.Text({"", "Ltd one"});
  c.kind = random.Of({CustomerKind::kPerson, CustomerKind::kCompany});
  c.country = random.Text({"", "GB", "FR"});
  c.home_store = random.Text({"", "s1", "s2"});
  c.birthday = random.Text({"", "1985-06-30", "--07-01"});
  for (const char* tag : {"vip", "new", "x"}) {
    if (random.OneIn(3)) c.tags.push_back(tag);
  }
  if (random.OneIn(2)) {
    c.emails.push_back(
        {.address = absl::StrCat("c", number, "@", random.Text({"example.com", "example.org"}))});
  }
  if (random.OneIn(3)) c.phones.push_back({.number = "+442079460000"});
  if (random.OneIn(2)) {
    c.external_ids.push_back({random.Text({"erp", "shop"}), absl::StrCat(number)});
  }
  if (random.OneIn(4)) c.addresses.push_back({.country = random.Text({"FR", "DE"})});
  const auto set = [&](const char* id, AttributeType type, int64_t integer, std::string text) {
    if (random.OneIn(2)) c.attributes[id] = {type, integer, std::move(text)};
  };
  set("size", AttributeType::kInteger, 40 + random.Below(4), "");
  set("vip", AttributeType::kBool, random.Below(2), "");
  set("tier", AttributeType::kEnum, 0, random.Text({"gold", "silver"}));
  set("note", AttributeType::kText, 0, random.Text({"ab", "a", "b", ""}));
  return c;
}

class SegmentPropertyTest : public ::testing::TestWithParam<std::tuple<uint64_t, std::string>> {
 protected:
  static constexpr int kCustomers = 150;
  static constexpr int kSegments = 20;

  void SetUp() override {
    // Into the different times of the year.
    world_.clock().Advance(absl::Hours(24 * 110) * (std::get<0>(GetParam()) - 1));
    DeclareAttribute(world_, "size", AttributeType::kInteger);
    DeclareAttribute(world_, "vip", AttributeType::kBool);
    DeclareAttribute(world_, "tier", AttributeType::kEnum, {"gold", "silver"});
    DeclareAttribute(world_, "checked", AttributeType::kTime);
    DeclareAttribute(world_, "note", AttributeType::kText);
    for (int i = 0; i < kCustomers; ++i) Create();
  }

  Customer Made(int64_t number) {
    Customer c = RandomCustomer(random_, number);
    if (random_.OneIn(3)) {
      const absl::Time checked =
          world_.now() + absl::Hours(24) * (random_.Below(20) - 10) + random_.Length();
      c.attributes["checked"] = {AttributeType::kTime, absl::ToUnixMicros(checked), ""};
    }
    return c;
  }
  void Create() {
    const int64_t number = next_number_++;
    customers_[world_.Create(Made(number)).id] = number;
  }
  std::string AnyCustomer() {
    return std::next(customers_.begin(), random_.Below(customers_.size()))->first;
  }
  std::string AnySegment() { return absl::StrCat("s", random_.Below(kSegments)); }

  void ChangeSomething() {
    const absl::Time time =
        std::min(world_.now() + absl::Hours(20),
                 world_.now() - absl::Hours(24) * random_.Below(50) + random_.Length());
    switch (random_.Below(12)) {
      case 0:
        return Create();
      case 1:
        if (customers_.size() > kCustomers / 2) {
          const std::string id = AnyCustomer();
          customers_.erase(id);
          world_.Delete(id);
        }
        return;
      case 2:
      case 3:
      case 4: {
        const std::string id = AnyCustomer();
        return world_.Update(id, Made(customers_[id]));
      }
      case 5:
        return world_.CancelOrder(absl::StrCat("r", random_.Below(next_receipt_ + 1)));
      default:
        const int64_t quantity = random_.OneIn(4) ? -1 : 1 + random_.Below(3);
        return world_.Order(absl::StrCat("r", next_receipt_++), AnyCustomer(), time, quantity,
                            1'000'000 * random_.Below(30) + 500'000 * random_.Below(2));
    }
  }

  void ChangeSegments() {
    const std::string id = AnySegment();
    std::string filter = RandomFilter(random_);
    SCOPED_TRACE(filter);
    if (!segments_.contains(id)) {
      EXPECT_OK(world_.CreateSegment(id, filter));
      segments_.insert(id);
    } else if (random_.OneIn(4)) {
      EXPECT_OK(world_.DeleteSegment(id));
      segments_.erase(id);
    } else {
      EXPECT_OK(world_.UpdateSegment(id, filter));
    }
  }

  void PassTime() {
    world_.clock().Advance(random_.Length());
    constexpr int kMaxSteps = 10'000;
    for (int i = 0; world_.StepTask(kUpkeepTask); ++i) ASSERT_LT(i, kMaxSteps) << "never done";
  }

  // Everybody, with all facts that a filter may ask for.
  absl::Status LoadEverybody(Snapshot& db) {
    everybody_.clear();
    ABSL_ASSIGN_OR_RETURN(settings_, settings::Load(db));
    const FactNeeds needs{.groups = kAllFacts, .window_days = 100};
    ABSL_ASSIGN_OR_RETURN(const auto keys, segment_sets::CustomersAfter(db, 0, 100'000));
    for (const int64_t key : keys) {
      ABSL_ASSIGN_OR_RETURN(auto facts, LoadFacts(db, key, needs, settings_.zone));
      everybody_.push_back(*std::move(facts));
    }
    EXPECT_EQ(everybody_.size(), customers_.size());
    return absl::OkStatus();
  }

  // The members that a filter has now, by two ways that share nothing with stored membership.
  absl::StatusOr<Ids> LookAtEverybody(Snapshot& db, const std::string& filter) {
    Ids by_record;
    if (filter.empty()) return by_record;
    ABSL_ASSIGN_OR_RETURN(const filter::Expression expression, CompileCustomerFilter(db, filter));
    for (const CustomerFacts& facts : everybody_) {
      if (filter::Evaluate(expression, CustomerRecord(facts), db.now(), settings_.zone).matches) {
        by_record.insert(facts.customer.id);
      }
    }
    Ids by_sql;
    const filter::SqlFragment where = filter::ToSql(expression, db.now(), settings_.zone);
    std::vector<Parameter> parameters;
    AppendParameters(where, parameters);
    const std::string sql = absl::StrCat("SELECT c.id FROM customer c WHERE ", where.sql);
    ABSL_RETURN_IF_ERROR(db.SqlWith(sql, parameters).Each<std::string>([&](std::string id) {
      by_sql.insert(std::move(id));
    }));
    EXPECT_EQ(by_record, by_sql) << filter;
    return by_record;
  }

  absl::StatusOr<Ids> Stored(Snapshot& db, const SegmentSet& set) {
    Ids ids;
    ABSL_ASSIGN_OR_RETURN(const auto members, segment_sets::ListMembers(db, set.key, "", 100'000));
    for (const segment_sets::Member& member : members) ids.insert(member.customer_id);
    EXPECT_EQ(set.member_count, static_cast<int64_t>(ids.size()));
    return ids;
  }

  // Whether scores have changed under a filter's feet and its members are being moved.
  absl::StatusOr<bool> ScoresAreMoving(Snapshot& db, const std::string& filter) {
    ABSL_ASSIGN_OR_RETURN(const auto task, tasks::FindWaiting(db, kRfmTask));
    return task && !task->cursor.empty() && task->cursor[0] == '1' &&
           filter.find("rfm.") != std::string::npos;
  }

  absl::Status CheckSegment(Snapshot& db, const Segment& segment) {
    ABSL_ASSIGN_OR_RETURN(const auto live,
                          segment_sets::FindByRole(db, segment.key, SetRole::kLive));
    ABSL_ASSIGN_OR_RETURN(const auto staged,
                          segment_sets::FindByRole(db, segment.key, SetRole::kStaged));
    ABSL_ASSIGN_OR_RETURN(const auto outgoing,
                          segment_sets::FindByRole(db, segment.key, SetRole::kOutgoing));
    ABSL_ASSIGN_OR_RETURN(const Ids members, Stored(db, live.value()));
    ABSL_ASSIGN_OR_RETURN(const bool live_moves, ScoresAreMoving(db, live->filter));
    if (!live_moves) {
      ABSL_ASSIGN_OR_RETURN(const Ids expected, LookAtEverybody(db, live->filter));
      EXPECT_EQ(members, expected) << segment.id << " live: " << live->filter;
    }
    EXPECT_EQ(segment.state, staged ? SegmentState::kComputing : SegmentState::kReady);
    if (staged) ABSL_RETURN_IF_ERROR(CheckStaged(db, *staged));
    // What followers know: the live members where the differences have been published, else those
    // of before.
    Ids known;
    Ids before;
    if (outgoing) {
      ABSL_ASSIGN_OR_RETURN(before, Stored(db, *outgoing));
    }
    for (const std::string& id : members) {
      if (!outgoing || id <= outgoing->announced) known.insert(id);
    }
    for (const std::string& id : before) {
      if (id > outgoing->announced) known.insert(id);
    }
    EXPECT_EQ(followed_[segment.id], known) << segment.id << " as its events tell it";
    return absl::OkStatus();
  }

  // As far as the search has come, a staged set is as right as a live one.
  absl::Status CheckStaged(Snapshot& db, const SegmentSet& staged) {
    ABSL_ASSIGN_OR_RETURN(const bool moves, ScoresAreMoving(db, staged.filter));
    ABSL_ASSIGN_OR_RETURN(const Ids members, Stored(db, staged));
    if (moves) return absl::OkStatus();
    ABSL_ASSIGN_OR_RETURN(const Ids all, LookAtEverybody(db, staged.filter));
    Ids expected;
    for (const CustomerFacts& facts : everybody_) {
      const auto& [key, id] = std::tie(facts.customer.key, facts.customer.id);
      if (key <= staged.scanned && all.contains(id)) expected.insert(id);
    }
    EXPECT_EQ(members, expected) << "staged: " << staged.filter;
    return absl::OkStatus();
  }

  void Follow(const std::string& type, const std::string& payload) {
    google::protobuf::Any any;
    ASSERT_TRUE(any.ParseFromString(payload));
    v1::SegmentEntered entered;
    v1::SegmentLeft left;
    v1::SegmentDeleted deleted;
    const auto id = [](const std::string& name) { return name.substr(name.find('/') + 1); };
    if (any.UnpackTo(&entered)) {
      EXPECT_TRUE(followed_[id(entered.segment())].insert(id(entered.customer())).second)
          << "entered twice";
    } else if (any.UnpackTo(&left)) {
      EXPECT_TRUE(followed_[id(left.segment())].erase(id(left.customer()))) << "left without";
    } else if (any.UnpackTo(&deleted)) {
      followed_.erase(id(deleted.segment()));
    } else {
      ASSERT_FALSE(type.find("segment_entered") != std::string::npos);
    }
  }

  void Check() {
    world_.Read([&](Snapshot& db) -> absl::Status {
      ABSL_RETURN_IF_ERROR(
          db.Sql("SELECT position, type, payload FROM feed WHERE position > ? ORDER BY position",
                 followed_to_)
              .Each<int64_t, std::string, Bytes>(
                  [&](int64_t position, const std::string& type, const Bytes& payload) {
                    followed_to_ = position;
                    Follow(type, payload.value);
                  }));
      ABSL_ASSIGN_OR_RETURN(const auto next, segment_sets::NextTimer(db));
      ABSL_ASSIGN_OR_RETURN(const auto upkeep, tasks::FindWaiting(db, kUpkeepTask));
      if (next) {
        EXPECT_LE(upkeep.value().due_time, *next) << "nobody would look in time";
      }
      ABSL_RETURN_IF_ERROR(LoadEverybody(db));
      ABSL_ASSIGN_OR_RETURN(const auto all, segments::List(db, "", kMaxSegments));
      EXPECT_EQ(all.size(), segments_.size());
      for (const Segment& segment : all) ABSL_RETURN_IF_ERROR(CheckSegment(db, segment));
      return absl::OkStatus();
    });
  }

  Random random_{std::get<0>(GetParam())};
  SegmentWorld world_{std::get<1>(GetParam())};
  std::map<std::string, int64_t> customers_;  // Number by id.
  std::set<std::string> segments_;
  int64_t next_number_ = 0;
  int64_t next_receipt_ = 0;

  std::vector<CustomerFacts> everybody_;
  CompanySettings settings_;

  std::map<std::string, Ids> followed_;
  int64_t followed_to_ = 0;
};

TEST_P(SegmentPropertyTest, StoredMembersAreThoseOfAFreshLook) {
  constexpr int kSteps = 600;
  for (int step = 0; step < kSteps && !HasFailure(); ++step) {
    SCOPED_TRACE(absl::StrCat("step ", step));
    switch (random_.Below(10)) {
      case 0:
        PassTime();
        break;
      case 1:
        ChangeSegments();
        break;
      case 2:
        if (random_.OneIn(4)) world_.StartRfm().IgnoreError();  // One may be running.
        if (random_.OneIn(8)) world_.Restart();
        break;
      case 3:
      case 4:
      case 5:
        world_.StepTask();
        break;
      default:
        ChangeSomething();
    }
    if (step % 3 == 0) Check();
  }
  world_.RunTasks();
  Check();
  world_.Read([&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const auto dead, segment_sets::List(db, SetRole::kDead));
    ABSL_ASSIGN_OR_RETURN(const auto outgoing, segment_sets::List(db, SetRole::kOutgoing));
    EXPECT_TRUE(dead.empty() && outgoing.empty()) << "everything ends";
    return absl::OkStatus();
  });
}

INSTANTIATE_TEST_SUITE_P(
    , SegmentPropertyTest,
    ::testing::Combine(::testing::Values(1, 2, 3),
                       // Cairo's clocks change at midnight, both ways.
                       ::testing::Values("UTC", "Europe/London", "Africa/Cairo")),
    [](const auto& test) {
      std::string name = absl::StrCat(std::get<1>(test.param), std::get<0>(test.param));
      std::erase_if(name, [](char c) { return !isalnum(static_cast<unsigned char>(c)); });
      return name;
    });

}  // namespace
}  // namespace regulars::customer
