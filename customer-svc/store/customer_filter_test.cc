// Every field that filters can name, asked of one customer in both ways there are: in SQL and of
// the record in memory.
#include "customer-svc/store/customer_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/money.h"
#include "chassis/base/status_macros.h"
#include "chassis/filter/evaluate.h"
#include "chassis/filter/sql.h"
#include "chassis/testing/status_matchers.h"
#include "customer-svc/domain/company_day.h"
#include "customer-svc/domain/purchases.h"
#include "customer-svc/domain/settings.h"
#include "customer-svc/store/followed.h"
#include "customer-svc/store/rfm.h"
#include "customer-svc/store/segment_record.h"
#include "customer-svc/testing/segment_world.h"

namespace regulars::customer {
namespace {

using ::regulars::testing::HasReason;

class CustomerFilterTest : public ::testing::Test {
 protected:
  // 14 November 2023, 22:13:20 UTC: 17:13:20 in New York.
  void SetUp() override {
    DeclareAttribute(world_, "size", AttributeType::kInteger);
    DeclareAttribute(world_, "height", AttributeType::kDecimal);
    DeclareAttribute(world_, "vip", AttributeType::kBool);
    DeclareAttribute(world_, "tier", AttributeType::kEnum, {"gold", "very special"});
    DeclareAttribute(world_, "checked", AttributeType::kTime);
    DeclareAttribute(world_, "note", AttributeType::kText);
    Customer c;
    c.given_name = "Zoë";
    c.family_name = "Lee";
    c.company = "Lee & Sons";
    c.kind = CustomerKind::kCompany;
    c.language = "en-GB";
    c.country = "GB";
    c.time_zone = "Europe/London";
    c.home_store = "s1";
    c.birthday = "1985-06-30";
    c.emails = {{.address = "Zoe@Example.com"}};
    c.phones = {{.number = "+442079460000"}};
    c.external_ids = {{"erp", "4711"}, {"shop", "a:b"}};
    c.tags = {"vip", "early:2023"};
    c.addresses = {
        {.locality = "Leeds", .region = "Yorkshire", .postal_code = "LS1 1AA", .country = "GB"},
        {.country = "FR"}};
    c.attributes["size"] = {AttributeType::kInteger, 44, ""};
    c.attributes["height"] = {AttributeType::kDecimal, 1'830'000, ""};
    c.attributes["vip"] = {AttributeType::kBool, 1, ""};
    c.attributes["tier"] = {AttributeType::kEnum, 0, "very special"};
    c.attributes["checked"] = {AttributeType::kTime, absl::ToUnixMicros(world_.now()), ""};
    c.attributes["note"] = {AttributeType::kText, 0, "hello"};
    full_ = world_.Create(c);
    empty_ = world_.Create({});
    // 3 × 10.05, 1 × 0.005, and one piece back for 2.
    world_.Order("1", full_.id, world_.now() - absl::Hours(24 * 10), 3, 10'050'000);
    world_.Order("2", full_.id, world_.now(), 1, 5'000);
    world_.Order("3", full_.id, world_.now(), -1, 2'000'000);
    world_.Write([&](Transaction& tx) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const int64_t version, rfm::NewVersion(tx));
      ABSL_RETURN_IF_ERROR(rfm::Insert(tx, version, full_.key, {{4, 3, 2}, {6, 2, -1'500'000}}));
      return rfm::Switch(tx, {.version = version, .as_of = absl::CivilDay(2023, 11, 20)}, {});
    });
    BrowseAndFollow();
  }

  void BrowseAndFollow() {
    world_.Event("1", full_.id, "product_viewed", world_.now());
    world_.Event("2", full_.id, "product_viewed", world_.now() - absl::Hours(1));
    world_.Event("3", full_.id, "product_viewed", world_.now() - absl::Hours(24 * 10));
    world_.Event("4", full_.id, "product_added", world_.now());
    world_.Write([&](Transaction& tx) -> absl::Status {
      ABSL_RETURN_IF_ERROR(
          followed::SaveLoyalty(tx, full_.key, LoyaltyFacts{"members/m1", "gold", -120}));
      return followed::SaveEngagement(tx, full_.key,
                                      {.sends = 9,
                                       .opens = 5,
                                       .clicks = 2,
                                       .bounces = 1,
                                       .last_send_time = world_.now(),
                                       .last_open_time = world_.now() - absl::Hours(48),
                                       .last_click_time = world_.now() - absl::Hours(72)});
    });
  }

  // Whether the customer meets the filter; both backends must say the same.
  bool Meets(const Customer& customer, const std::string& text) {
    bool by_record = false;
    world_.Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const filter::Expression filter, CompileCustomerFilter(db, text));
      ABSL_ASSIGN_OR_RETURN(const auto facts, LoadFacts(db, customer.key, NeedsOf(filter), zone_));
      by_record = filter::Evaluate(filter, CustomerRecord(*facts), db.now(), zone_).matches;
      const filter::SqlFragment where = filter::ToSql(filter, db.now(), zone_);
      std::vector<Parameter> parameters;
      AppendParameters(where, parameters);
      parameters.push_back(storage_internal::ToParameter(customer.key));
      const std::string sql =
          absl::StrCat("SELECT 1 FROM customer c WHERE (", where.sql, ") AND c.key = ?");
      ABSL_ASSIGN_OR_RETURN(const auto row, db.SqlWith(sql, parameters).First<int64_t>());
      EXPECT_EQ(row.has_value(), by_record) << text;
      return absl::OkStatus();
    });
    return by_record;
  }

  static absl::TimeZone NewYork() {
    absl::TimeZone zone;
    EXPECT_TRUE(absl::LoadTimeZone("America/New_York", &zone));
    return zone;
  }

  SegmentWorld world_{"America/New_York"};
  const absl::TimeZone zone_ = NewYork();
  Customer full_;
  Customer empty_;
};

// Each holds of the full customer. The second says whether the empty one meets it, too.
const std::vector<std::pair<std::string, bool>>& TrueFilters() {
  static const auto& filters = *new std::vector<std::pair<std::string, bool>>{
      {"display_name = \"Zoë Lee\"", false},
      {"given_name = \"Zo*\"", false},
      {"family_name = Lee", false},
      {"company = \"*Sons\"", false},
      {"kind = KIND_COMPANY", false},
      {"kind != KIND_PERSON", false},
      {"language = en-GB", false},
      {"country = GB", false},
      {"time_zone = \"Europe/*\"", false},
      {"home_store = s1", false},
      {"birthday = \"*-06-30\"", false},
      {"birthday.year < 1986", false},
      {"birthday.month = 6", false},
      {"birthday.day = 30", false},
      {"create_time = today()", true},
      {"update_time <= now()", true},
      {"emails:\"*@EXAMPLE.com\"", false},
      {"emails:\"ZOE@example.com\"", false},
      {"phones:\"+4420*\"", false},
      {"external_ids:\"erp:*\"", false},
      {"external_ids:\"shop:a:b\"", false},
      {"tags:vip AND tags:\"early*\"", false},
      {"addresses.country:FR", false},
      {"addresses.region:Yorkshire", false},
      {"addresses.locality:Leeds", false},
      {"addresses.postal_code:\"LS1*\"", false},
      {"attributes.size = 44", false},
      {"attributes.height = 1.83", false},
      {"attributes.vip = true", false},
      {"attributes.tier = \"very special\"", false},
      {"attributes.tier != gold", false},
      {"attributes.checked = now()", false},
      {"attributes.note = hello", false},
      {"attributes:note", false},
      {"purchases.first_order_time = today(-10)", false},
      {"purchases.last_order_time = today()", false},
      {"purchases.order_count = 2", false},
      {"purchases.order_days = 2", false},
      {"purchases.return_count = 1", false},
      {"purchases.sales_amount = 30.155", false},
      {"purchases.returned_amount = 2", false},
      {"purchases.revenue = 28.155", false},
      // 30.155 / 2.
      {"purchases.average_order_amount = 15.0775", false},
      {"purchases.units_sold = 4", false},
      {"purchases.units_returned = 1", false},
      {"purchases.units_sold_micros = 4000000", false},
      {"purchases.units_returned_micros = 1000000", false},
      // The 4th is ten days back: the last 10 days are the 5th to the 14th.
      {"orders(\"10d\").count = 1", false},
      {"orders(\"11d\").count = 2", false},
      {"orders(\"11d\").days = 2", false},
      {"orders(\"1d\").return_count = 1", false},
      {"orders(\"1d\").sales_amount = 0.005", false},
      {"orders(\"1d\").returned_amount = 2", false},
      {"orders(\"1d\").revenue = -1.995", false},
      {"orders(\"2w\").units = 4", false},
      {"orders(\"2w\").units_returned = 1", false},
      {"rfm.recency = 4", false},
      {"rfm.frequency = 3", false},
      {"rfm.monetary = 2", false},
      {"rfm.recency_days = 6", false},
      {"rfm.order_days = 2", false},
      {"rfm.revenue = -1.5", false},
      {"NOT rfm.recency = 5", true},
      {"events(\"product_viewed\", \"1d\").count = 2", false},
      {"events(\"product_viewed\", \"10d\").count = 2", false},
      {"events(\"product_viewed\", \"11d\").count = 3", false},
      {"events(\"product_viewed\", \"11d\").days = 2", false},
      {"events(\"product_added\", \"1d\").count = 1", false},
      {"events(\"never_seen\", \"1d\").count = 0", true},
      {"loyalty.member = \"members/*\"", false},
      {"loyalty.tier = gold", false},
      {"loyalty.balance < 0", false},
      {"engagement.sends = 9", false},
      {"engagement.opens = 5", false},
      {"engagement.clicks = 2", false},
      {"engagement.bounces = 1", false},
      {"engagement.last_send_time = now()", false},
      {"engagement.last_open_time = ago(\"2d\")", false},
      {"engagement.last_click_time < ago(\"2d\")", false},
  };
  return filters;
}

TEST_F(CustomerFilterTest, EveryFieldIsRead) {
  for (const auto& [text, holds_of_empty] : TrueFilters()) {
    EXPECT_TRUE(Meets(full_, text)) << text;
    EXPECT_EQ(Meets(empty_, text), holds_of_empty) << text;
  }
}

TEST_F(CustomerFilterTest, EveryFieldIsInTheTableAboveAndInTheReference) {
  std::ifstream file(REGULARS_SOURCE_DIR "/docs/reference/customer-fields.md");
  std::stringstream reference;
  reference << file.rdbuf();
  world_.Read([&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const filter::Schema schema, LoadCustomerSchema(db));
    for (std::string name : schema.FieldNames()) {
      // orders("30d").count stands for every window.
      if (const size_t after_call = name.find(")."); after_call != std::string::npos) {
        name = name.substr(after_call);
      }
      EXPECT_TRUE(std::any_of(TrueFilters().begin(), TrueFilters().end(), [&](const auto& row) {
        return absl::StrContains(row.first, name);
      })) << name;
      if (absl::StartsWith(name, "attributes.") || absl::EndsWith(name, "_micros")) continue;
      EXPECT_TRUE(absl::StrContains(reference.str(), name + "`")) << name;
    }
    return absl::OkStatus();
  });
}

TEST_F(CustomerFilterTest, WhoNeverBoughtHasCountsOfZeroAndNoTimes) {
  EXPECT_TRUE(Meets(empty_, "purchases.order_count = 0 AND purchases.revenue = 0"));
  EXPECT_TRUE(Meets(empty_, "orders(\"90d\").count = 0 AND orders(\"90d\").revenue = 0"));
  EXPECT_TRUE(Meets(empty_, "NOT purchases.last_order_time:*"));
  EXPECT_TRUE(Meets(empty_, "NOT purchases.average_order_amount:*"));
  EXPECT_TRUE(Meets(empty_, "NOT rfm.recency:*"));
  EXPECT_TRUE(Meets(empty_, "events(\"product_viewed\", \"90d\").count = 0"));
  EXPECT_TRUE(Meets(empty_, "NOT loyalty.balance:* AND NOT loyalty.tier:*"));
  EXPECT_TRUE(Meets(empty_, "engagement.opens = 0 AND NOT engagement.last_open_time:*"));
}

TEST_F(CustomerFilterTest, TheEmptyTextIsNoValue) {
  for (const char* field : {"display_name", "given_name", "family_name", "company", "language",
                            "country", "time_zone", "home_store", "birthday", "birthday.year",
                            "birthday.month", "emails", "tags", "addresses.region"}) {
    EXPECT_TRUE(Meets(empty_, absl::StrCat("NOT ", field, ":*"))) << field;
    EXPECT_TRUE(Meets(full_, absl::StrCat(field, ":*"))) << field;
  }
}

TEST_F(CustomerFilterTest, NamesStandInForTheDisplayName) {
  Customer company;
  company.company = "Only Ltd";
  EXPECT_TRUE(Meets(world_.Create(company), "display_name = \"Only Ltd\""));
  Customer one_name;
  one_name.family_name = "Cher";
  one_name.company = "Only Ltd";
  EXPECT_TRUE(Meets(world_.Create(one_name), "display_name = Cher"));
  Customer set;
  set.display_name = "The Lees";
  set.family_name = "Lee";
  EXPECT_TRUE(Meets(world_.Create(set), "display_name = \"The Lees\""));
}

TEST_F(CustomerFilterTest, ABirthdayWithoutAYear) {
  Customer customer;
  customer.birthday = "--02-29";
  const Customer made = world_.Create(customer);
  EXPECT_TRUE(Meets(made, "birthday.month = 2 AND birthday.day = 29 AND NOT birthday.year:*"));
}

// Worked by hand: x / n, halves to the even neighbour.
struct AverageCase {
  int64_t sales_micros;
  int64_t orders;
  std::string average;
};

TEST_F(CustomerFilterTest, AveragesAreRoundedHalfToEven) {
  for (const AverageCase& c :
       {AverageCase{7, 2, "0.000004"}, AverageCase{5, 2, "0.000002"}, AverageCase{5, 3, "0.000002"},
        AverageCase{4, 3, "0.000001"}, AverageCase{-7, 2, "-0.000004"},
        AverageCase{-5, 2, "-0.000002"}, AverageCase{-5, 3, "-0.000002"}, AverageCase{0, 9, "0"},
        AverageCase{INT64_MAX, 1, "9223372036854.775807"},
        AverageCase{INT64_MAX, 2, "4611686018427.387904"},
        AverageCase{INT64_MIN, 2, "-4611686018427.387904"},
        AverageCase{INT64_MIN, 3, "-3074457345618.258603"}}) {
    world_.Write([&](Transaction& tx) {
      return tx
          .Sql("UPDATE purchase_summary SET sales_micros = ?, order_count = ? WHERE customer = ?",
               c.sales_micros, c.orders, full_.key)
          .Run();
    });
    EXPECT_TRUE(Meets(full_, "purchases.average_order_amount = " + c.average))
        << c.sales_micros << " / " << c.orders;
  }
}

// A day of the full customer, sales and returns in millionths.
struct DayCase {
  int64_t sales;
  int64_t returned;
};

// The numbers near which sums go wrong, and any.
int64_t NumberNearAnEdge(std::mt19937_64& random) {
  constexpr int64_t kEdges[] = {0, kMaxFiguresMicros, -kMaxFiguresMicros, int64_t{1} << 32,
                                -(int64_t{1} << 32)};
  const int64_t edge = kEdges[random() % std::size(kEdges)];
  const auto step = static_cast<int64_t>(random() % 5) - 2;
  const auto any = static_cast<int64_t>(random() % (2 * kMaxFiguresMicros)) - kMaxFiguresMicros;
  return random() % 3 == 0 ? any : std::clamp(edge + step, -kMaxFiguresMicros, kMaxFiguresMicros);
}

TEST_F(CustomerFilterTest, SumsBeyond64BitsAreTheNearestNumber) {
  std::mt19937_64 random(20'240'229);
  const int64_t today = ToDayNumber(Today(world_.now(), zone_));
  for (int round = 0; round < 200; ++round) {
    std::vector<DayCase> days(random() % 6);
    __int128 sales = 0;
    __int128 revenue = 0;
    for (DayCase& day : days) {
      day = {NumberNearAnEdge(random), NumberNearAnEdge(random)};
      sales += day.sales;
      revenue += static_cast<__int128>(day.sales) - day.returned;
    }
    world_.Write([&](Transaction& tx) -> absl::Status {
      ABSL_RETURN_IF_ERROR(tx.Sql("DELETE FROM purchase_day WHERE customer = ?", full_.key).Run());
      for (size_t i = 0; i < days.size(); ++i) {
        ABSL_RETURN_IF_ERROR(
            tx.Sql("INSERT INTO purchase_day (customer, day, order_count, return_count, "
                   "sales_micros, returned_micros, units_sold_micros, units_returned_micros) "
                   "VALUES (?, ?, 1, 1, ?, ?, ?, ?)",
                   full_.key, today - static_cast<int64_t>(i), days[i].sales, days[i].returned,
                   days[i].sales, days[i].returned)
                .Run());
      }
      return tx
          .Sql(
              "UPDATE purchase_summary SET sales_micros = ?, returned_micros = ? "
              "WHERE customer = ?",
              NearestInt64(sales), NearestInt64(sales - revenue), full_.key)
          .Run();
    });
    // No filter can name the least number, which lies below all that it can name.
    for (const auto& [field, sum] :
         {std::make_pair("sales_amount", sales), std::make_pair("units", sales),
          std::make_pair("revenue", revenue)}) {
      const int64_t nearest = std::max(NearestInt64(sum), -INT64_MAX);
      const std::string name = absl::StrCat("orders(\"60d\").", field);
      EXPECT_TRUE(Meets(full_, absl::StrCat(name, " <= ", FormatMicros(nearest)))) << round;
      EXPECT_EQ(Meets(full_, absl::StrCat(name, " = ", FormatMicros(nearest))),
                NearestInt64(sum) == nearest);
      EXPECT_FALSE(Meets(full_, absl::StrCat(name, " > ", FormatMicros(nearest)))) << round;
    }
    Meets(full_, "purchases.revenue > 0");
    Meets(full_, "purchases.revenue = 9223372036854.775807");
  }
}

struct BadCase {
  std::string filter;
  std::string position;
  std::string cause;
};

TEST_F(CustomerFilterTest, MistakesNameTheirPlace) {
  for (const BadCase& c : {
           BadCase{"contry = GB", "1", "UNKNOWN_FIELD"},
           BadCase{"country = GB AND attributes.shoe = 4", "29", "UNKNOWN_FIELD"},
           BadCase{"country == GB", "10", "INVALID_FILTER"},
           BadCase{"attributes.size = big", "19", "TYPE_MISMATCH"},
           BadCase{"attributes.tier = silver", "19", "INVALID_VALUE"},
           BadCase{"orders(\"36h\").count > 1", "8", "INVALID_VALUE"},
           BadCase{"events(\"30d\").count > 1", "8", "INVALID_VALUE"},
           BadCase{"events(\"Product Viewed\", \"30d\").count > 1", "8", "INVALID_VALUE"},
           BadCase{"tags = vip", "1", "TYPE_MISMATCH"},
           BadCase{"vip", "1", "INVALID_FILTER"},
           BadCase{"country = \"\xff\"", "12", "INVALID_FILTER"},
           BadCase{"note = \"" + std::string(4000, 'x') + "\"", "4001", "FILTER_TOO_LONG"},
           BadCase{std::string(51, '(') + "country = GB" + std::string(51, ')'), "51",
                   "FILTER_TOO_DEEP"},
       }) {
    world_.Read([&](Snapshot& db) -> absl::Status {
      const absl::Status status = CompileCustomerFilter(db, c.filter, "segment.filter").status();
      EXPECT_THAT(status, HasReason("INVALID_FILTER"));
      const ErrorDetails details = GetErrorDetails(status);
      EXPECT_THAT(details.metadata,
                  ::testing::UnorderedElementsAre(::testing::Pair("position", c.position),
                                                  ::testing::Pair("cause", c.cause)))
          << c.filter << ": " << status.message();
      EXPECT_EQ(details.violations.at(0).field, "segment.filter");
      return absl::OkStatus();
    });
  }
}

}  // namespace
}  // namespace regulars::customer
