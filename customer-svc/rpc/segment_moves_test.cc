// Segments and scores over the wire: previews, and what time, facts and scorings move.
#include <algorithm>
#include <functional>
#include <limits>

#include "chassis/testing/vm_steps.h"
#include "customer-svc/testing/segment_fixture.h"

namespace regulars::customer {
namespace {

using ::regulars::testing::IsOkAndHolds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// Counts what the store is asked for.
class SegmentStepsTest : protected testing::VmSteps, public SegmentsTest {
 protected:
  // The least of three: what the process does meanwhile comes on top.
  int64_t StepsOf(const std::function<void(const std::string&)>& act) {
    int64_t least = std::numeric_limits<int64_t>::max();
    for (int i = 0; i < 3; ++i) {
      const std::string customer = Customer("GB");
      const int64_t before = Steps();
      act(customer);
      least = std::min(least, Steps() - before);
    }
    return least;
  }
};

TEST_F(SegmentsTest, APreviewOfFewIsExact) {
  for (int i = 0; i < 10; ++i) Customer(i < 4 ? "GB" : "FR");
  ASSERT_OK_AND_ASSIGN(const auto preview, Preview("country = GB", 3));
  EXPECT_TRUE(preview.exact());
  EXPECT_EQ(preview.estimated_count(), 4);
  EXPECT_EQ(preview.matched_count(), 4);
  EXPECT_EQ(preview.examined_count(), 10);
  EXPECT_EQ(preview.customer_count(), 10);
  ASSERT_EQ(preview.sample_size(), 3);
  EXPECT_EQ(preview.sample(0).country(), "GB");
  EXPECT_EQ(Preview("country = GB")->sample_size(), 0);
  EXPECT_THAT(Preview("country = GB", 21), HasReason("INVALID_SAMPLE_SIZE"));
  EXPECT_THAT(Preview("contry = GB"), HasReason("INVALID_FILTER"));
  EXPECT_THAT(Preview(""), HasReason("INVALID_FILTER"));
}

TEST_F(SegmentsTest, APreviewOfManyIsAnEvenSample) {
  constexpr int64_t kCustomers = 50'000;
  // The first fifth has gaps between its keys; every third is from GB.
  ASSERT_OK(server_.store().Write([&](Transaction& tx) {
    return tx
        .Sql(
            "INSERT INTO customer (key, id, display_name, given_name, family_name, company, kind, "
            "language, country, country_set, time_zone, home_store, birthday, parts, version, "
            "create_time, update_time) "
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            "SELECT CASE WHEN i <= 10000 THEN 7 * i ELSE 60000 + i END, 'c' || i, '', '', '', '', "
            "1, '', CASE i % 3 WHEN 0 THEN 'GB' ELSE 'FR' END, 1, '', "
            "CASE WHEN i <= 300 THEN 's1' ELSE '' END, '', 0, 1, 0, 0 FROM n",
            kCustomers)
        .Run();
  }));
  ASSERT_OK_AND_ASSIGN(const auto preview, Preview("country = GB"));
  EXPECT_FALSE(preview.exact());
  EXPECT_EQ(preview.customer_count(), kCustomers);
  EXPECT_LE(preview.examined_count(), 20'000);
  EXPECT_GT(preview.examined_count(), 15'000);
  EXPECT_NEAR(preview.estimated_count(), kCustomers / 3.0, 300);
  ASSERT_OK_AND_ASSIGN(const auto of_store, Preview("country = GB", 0, kOfStore1));
  EXPECT_TRUE(of_store.exact());
  EXPECT_EQ(of_store.customer_count(), 300);
  EXPECT_EQ(of_store.matched_count(), 100);
}

TEST_F(SegmentsTest, TimeMovesMembersWithoutAnyFact) {
  const std::string ann = Customer("GB");
  const absl::Time now = server_.clock().Now();  // 14 November 2023, 22:13:20.
  Order("1", ann, now - absl::Hours(24 * 89), 5);
  CreateAndSettle("quiet", "purchases.last_order_time < ago(\"90d\")");
  CreateAndSettle("recent", "orders(\"90d\").count > 0");
  EXPECT_THAT(Members("recent"), ElementsAre(ann));
  Feed();
  const auto go_to = [&](absl::Time time) {
    server_.clock().Set(time);
    Settle();
  };
  // The 90 days with today begin on 17 August, the order's day, until midnight.
  const absl::Time midnight = absl::FromCivil(absl::CivilDay(2023, 11, 15), absl::UTCTimeZone());
  go_to(midnight - absl::Microseconds(1));
  EXPECT_THAT(Feed(), IsEmpty());
  go_to(midnight);
  EXPECT_THAT(Feed(), ElementsAre("-recent " + ann));
  // ago("90d") moves with the clock.
  go_to(now + absl::Hours(24));
  EXPECT_THAT(Feed(), IsEmpty());
  go_to(now + absl::Hours(24) + absl::Microseconds(1));
  EXPECT_THAT(Feed(), ElementsAre("+quiet " + ann));
  EXPECT_THAT(Members("quiet"), ElementsAre(ann));
  Order("2", ann, server_.clock().Now(), 5);
  EXPECT_THAT(Feed(), UnorderedElementsAre("-quiet " + ann, "+recent " + ann));
}

TEST_F(SegmentsTest, ReadingTouchesNothingAndAsksNobody) {
  for (int i = 0; i < 20; ++i) Customer("GB");
  CreateAndSettle("gb", "country = GB AND update_time > ago(\"30d\")");
  // A fact that nobody told the segments of: whoever looked at customers would notice.
  ASSERT_OK(server_.store().Write(
      [](Transaction& tx) { return tx.Sql("UPDATE customer SET country = 'FR'").Run(); }));
  const int64_t before = Touched();
  EXPECT_EQ(Get("gb")->member_count(), 20);
  EXPECT_EQ(Members("gb", 7).size(), 20u);
  EXPECT_EQ(Export("gb").size(), 20u);
  const std::string one = Members("gb")[0];
  EXPECT_OK(GetMember("gb", one));
  EXPECT_THAT(SegmentsOf(one), IsOkAndHolds(ElementsAre("segments/gb")));
  EXPECT_EQ(Touched() - before, 1) << "the two looks themselves: each moves store_meta, no more";
}

TEST_F(SegmentsTest, AFactTouchesItsCustomersRowsOnly) {
  CreateAndSettle("gb", "country = GB");
  CreateAndSettle("fr", "country = FR");
  CreateAndSettle("old", "create_time < ago(\"10d\")");
  const auto touched_by_a_move = [&](const std::string& customer) {
    const int64_t before = Touched();
    Move(customer, "FR");
    return Touched() - before;
  };
  const int64_t among_one = touched_by_a_move(Customer("GB"));
  for (int i = 0; i < 300; ++i) Customer("GB");
  const std::string last = Customer("GB");
  EXPECT_EQ(touched_by_a_move(last), among_one);
  // The row itself, its event, audit, the time of the store; a member less here, one more there,
  // with their counts and events.
  EXPECT_LE(among_one, 14);
  // A fact that no segment asks for.
  const int64_t members = Count("segment_member");
  Tag(last);
  EXPECT_EQ(Count("segment_member"), members);
}

TEST_F(SegmentStepsTest, AFactLooksAtItsCustomerOnly) {
  CreateAndSettle("gb", "country = GB");
  CreateAndSettle("fr", "country = FR");
  CreateAndSettle("old", "create_time < ago(\"10d\")");
  const auto move = [this](const std::string& customer) { Move(customer, "FR"); };
  const auto tag = [this](const std::string& customer) { Tag(customer); };
  const int64_t move_among_few = StepsOf(move);
  const int64_t tag_among_few = StepsOf(tag);

  constexpr int kOthers = 300;
  std::vector<std::string> others;
  for (int i = 0; i < kOthers; ++i) others.push_back(Customer("GB"));
  // A fact that nobody told the segments of: whoever looked at the others would move them.
  ASSERT_OK(server_.store().Write(
      [](Transaction& tx) { return tx.Sql("UPDATE customer SET country = 'FR'").Run(); }));
  const int64_t before = Steps();
  EXPECT_EQ(Count("customer NOT INDEXED WHERE language = 'x'"), 0);
  EXPECT_GT(Steps() - before, kOthers) << "what looks at each takes a step for each";
  EXPECT_LT(StepsOf(move), move_among_few + kOthers);
  EXPECT_LT(StepsOf(tag), tag_among_few + kOthers);
  const std::vector<std::string> members = Members("gb");
  const std::set<std::string> in(members.begin(), members.end());
  EXPECT_TRUE(std::all_of(others.begin(), others.end(),
                          [&](const std::string& other) { return in.contains(other); }));
  EXPECT_EQ(Get("fr")->member_count(), 6) << "those who were moved by a call";
}

TEST_F(SegmentsTest, ADeletedCustomerLeaves) {
  const std::string ann = Customer("GB");
  CreateAndSettle("gb", "country = GB AND create_time > ago(\"10d\")");
  Feed();
  v1::DeleteCustomerRequest request;
  request.set_name(ann);
  EXPECT_OK(Call(*customers_, &v1::CustomerService::Stub::DeleteCustomer, request));
  EXPECT_THAT(Feed(), ElementsAre("-gb " + ann));
  EXPECT_EQ(Get("gb")->member_count(), 0);
  EXPECT_EQ(Count("segment_member") + Count("segment_timer"), 0);
}

// Figures and scores by hand: N = 4, 5 × worse / 4.
TEST_F(SegmentsTest, ScoresAreWorkedOutOnDemand) {
  const absl::Time now = server_.clock().Now();  // 14 November 2023.
  const auto days_ago = [&](int days) { return now - absl::Hours(24 * days); };
  const std::string ann = Customer("GB");  // 0 days, 2 days with orders, 30.
  Order("a1", ann, days_ago(0), 10);
  Order("a2", ann, days_ago(5), 20);
  const std::string bea = Customer("GB");  // 3 days, 1 day, 30.
  Order("b1", bea, days_ago(3), 10);
  Order("b2", bea, days_ago(3) - absl::Seconds(60), 20);
  const std::string cat = Customer("GB");  // 40 days, 1 day, -5.
  Order("c1", cat, days_ago(40), 10);
  Order("c2", cat, days_ago(2), -15);
  const std::string dan = Customer("GB");  // 3 days, 1 day, 100.
  Order("d1", dan, days_ago(3), 100);
  const std::string eve = Customer("GB");  // Only returned.
  Order("e1", eve, days_ago(1), -5);
  CreateAndSettle("best", "rfm.recency = 4 AND rfm.monetary >= 2");
  CreateAndSettle("unscored", "NOT rfm.recency:*");
  EXPECT_EQ(Get("unscored")->member_count(), 5);
  EXPECT_THAT(Table(), HasReason("RFM_NOT_COMPUTED"));
  Feed();
  ASSERT_OK_AND_ASSIGN(const auto operation, Compute());
  EXPECT_FALSE(operation.done());
  EXPECT_THAT(operation.name(), ::testing::StartsWith("operations/"));
  Settle();
  EXPECT_THAT(Feed(),
              UnorderedElementsAre("rfm 2023-11-14 4", "+best " + ann, "-unscored " + ann,
                                   "-unscored " + bea, "-unscored " + cat, "-unscored " + dan));
  const auto scores = [&](const std::string& name) {
    const v1::RfmScore rfm = GetCustomer(name).rfm();
    return absl::StrCat(rfm.recency(), rfm.frequency(), rfm.monetary(), " ", rfm.recency_days(),
                        " ", rfm.order_days(), " ", rfm.revenue().micros() / 1'000'000, " ",
                        rfm.as_of());
  };
  // Worse by recency: ann 3, bea and dan 1, cat 0. By money: dan 3, ann and bea 1, cat 0.
  EXPECT_EQ(scores(ann), "442 0 2 30 2023-11-14");
  EXPECT_EQ(scores(bea), "212 3 1 30 2023-11-14");
  EXPECT_EQ(scores(cat), "111 40 1 -5 2023-11-14");
  EXPECT_EQ(scores(dan), "214 3 1 100 2023-11-14");
  EXPECT_FALSE(GetCustomer(eve).has_rfm());

  ASSERT_OK_AND_ASSIGN(const v1::RfmTable table, Table());
  EXPECT_EQ(table.as_of(), "2023-11-14");
  EXPECT_EQ(table.customer_count(), 4);
  std::vector<std::string> cells;
  for (const v1::RfmTable::Cell& cell : table.cells()) {
    cells.push_back(absl::StrCat(cell.recency(), cell.frequency(), cell.monetary(), " ",
                                 cell.customer_count(), " ", cell.revenue().micros() / 1'000'000,
                                 cell.revenue().currency_code()));
  }
  EXPECT_THAT(cells, ElementsAre("111 1 -5EUR", "212 1 30EUR", "214 1 100EUR", "442 1 30EUR"));

  // The day after the latest order or return: 15 November.
  server_.clock().Advance(absl::Hours(24 * 10));
  EXPECT_OK(Compute(v1::RFM_DAY_AFTER_LAST_ORDER));
  Settle();
  EXPECT_EQ(scores(ann), "442 1 2 30 2023-11-15");
  EXPECT_EQ(Count("rfm_score"), 4) << "the scores before are deleted";
  EXPECT_THAT(Feed(), ElementsAre("rfm 2023-11-15 4")) << "no score moved: no segment did";
}

TEST_F(SegmentsTest, OrdersOfTomorrowAreAsRecentAsThoseOfToday) {
  const std::string ann = Customer("GB");
  const std::string bea = Customer("GB");
  Order("1", ann, server_.clock().Now() + absl::Hours(20), 10);
  Order("2", bea, server_.clock().Now(), 10);
  EXPECT_OK(Compute(v1::RFM_DAY_TODAY));
  Settle();
  for (const std::string& name : {ann, bea}) {
    EXPECT_EQ(GetCustomer(name).rfm().recency_days(), 0);
    EXPECT_EQ(GetCustomer(name).rfm().recency(), 1);
  }
}

TEST_F(SegmentsTest, OneScoringAtATime) {
  runner_->Stop();
  EXPECT_OK(Compute());
  EXPECT_THAT(Compute(), HasReason("RFM_RUNNING"));
  EXPECT_THAT(Compute(static_cast<v1::RfmDay>(7)), HasReason("INVALID_DAY"));
}

TEST_F(SegmentsTest, ScoresAreWorkedOutAtNightIfTheSettingsSaySo) {
  Order("1", Customer("GB"), server_.clock().Now(), 10);
  server_.clock().Advance(absl::Hours(24));
  Settle();
  EXPECT_THAT(Table(), HasReason("RFM_NOT_COMPUTED"));
  ASSERT_OK(server_.store().Write(
      [](Transaction& tx) { return tx.Sql("UPDATE company_settings SET rfm_nightly = 1").Run(); }));
  server_.clock().Advance(absl::Hours(1));
  Settle();
  EXPECT_THAT(Table(), HasReason("RFM_NOT_COMPUTED")) << "it is 23:13 UTC";
  server_.clock().Advance(absl::Hours(1));
  Settle();
  ASSERT_OK_AND_ASSIGN(const v1::RfmTable table, Table());
  EXPECT_EQ(table.as_of(), "2023-11-16");
  EXPECT_EQ(table.customer_count(), 1);
}

}  // namespace
}  // namespace regulars::customer
