// The small parts that every method uses: names, page tokens, times, events, version marks; and
// what the store answers about rates.
#include <gmock/gmock.h>
#include <google/protobuf/any.pb.h>
#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"
#include "customer-svc/rpc/etag.h"
#include "customer-svc/rpc/events.h"
#include "customer-svc/rpc/names.h"
#include "customer-svc/rpc/pagination.h"
#include "customer-svc/rpc/timestamps.h"
#include "customer-svc/store/schema.h"
#include "customer-svc/store/settings.h"
#include "regulars/customer/v1/customer_service.pb.h"
#include "regulars/customer/v1/events.pb.h"
#include "regulars/customer/v1/settings_service.pb.h"

namespace regulars::customer {
namespace {

using ::testing::ElementsAre;
using testing::HasReason;
using testing::IsOkAndHolds;

TEST(Names, ReadsAndWrites) {
  EXPECT_EQ(Name("customers", "06g1"), "customers/06g1");
  EXPECT_THAT(ParseName("customers", "customers/06g1"), IsOkAndHolds("06g1"));
  EXPECT_THAT(ParseNestedName({"segments", "members"}, "segments/a/members/b"),
              IsOkAndHolds(ElementsAre("a", "b")));
  EXPECT_THAT(ParseName("customers", ""), HasReason("NAME_MISSING"));
  for (const std::string& name :
       {std::string("customers"), std::string("customers/"), std::string("/customers/a"),
        std::string("customers/a/"), std::string("customers/a/b"), std::string("customer/a"),
        std::string("Customers/a"), "customers/" + std::string(129, 'a'),
        std::string("customers/\xFF"), std::string("customers/a\0", 12), std::string("a")}) {
    const auto refused = ParseName("customers", name, "request.name");
    EXPECT_THAT(refused, HasReason("INVALID_NAME")) << name;
    EXPECT_EQ(GetErrorDetails(refused.status()).violations.at(0).field, "request.name");
    EXPECT_THAT(std::string(refused.status().message()),
                ::testing::HasSubstr("'customers/{customer}'"));
  }
  EXPECT_THAT(ParseNestedName({"segments", "members"}, "segments/a"), HasReason("INVALID_NAME"));
}

TEST(Pagination, SizesAndTokens) {
  v1::ListCustomersRequest request;
  EXPECT_EQ(ReadPage(request, {})->size, 50);
  request.set_page_size(1'000'000);
  EXPECT_EQ(ReadPage(request, {})->size, 1000);
  request.set_page_size(-1);
  EXPECT_THAT(ReadPage(request, {}), HasReason("INVALID_PAGE_SIZE"));
  request.set_page_size(3);
  const std::vector<std::string> parts = {"", std::string("\0\xFF", 2), std::string(300, 'x')};
  request.set_page_token(NextPageToken(request, parts));
  EXPECT_THAT(request.page_token(), ::testing::MatchesRegex("[A-Za-z0-9_-]+"));
  ASSERT_OK_AND_ASSIGN(const Page page, ReadPage(request, {.parts = 3}));
  EXPECT_EQ(page.after, parts);
  EXPECT_THAT(ReadPage(request, {.parts = 2}), HasReason("INVALID_PAGE_TOKEN"));
  v1::ListCurrencyRatesRequest other;
  other.set_page_token(request.page_token());
  EXPECT_THAT(ReadPage(other, {.parts = 3}), HasReason("PAGE_TOKEN_MISMATCH"));
  request.set_filter("x");
  EXPECT_THAT(ReadPage(request, {.parts = 3}), HasReason("PAGE_TOKEN_MISMATCH"));
}

TEST(Timestamps, RangesAndPrecision) {
  struct Row {
    int64_t seconds;
    int32_t nanos;
    int64_t micros;
  };
  // The first and the last microsecond of the years 1 to 9999 (timestamp.proto).
  const Row rows[] = {{0, 0, 0},
                      {1, 999, 1'000'000},
                      {-1, 999'999'999, -1},
                      {-62'135'596'800, 0, -62'135'596'800'000'000},
                      {253'402'300'799, 999'999'999, 253'402'300'799'999'999}};
  for (const Row& row : rows) {
    google::protobuf::Timestamp timestamp;
    timestamp.set_seconds(row.seconds);
    timestamp.set_nanos(row.nanos);
    ASSERT_OK_AND_ASSIGN(const absl::Time time, FromTimestamp(timestamp, "t"));
    EXPECT_EQ(absl::ToUnixMicros(time), row.micros);
    EXPECT_EQ(ToTimestamp(time).seconds(), row.seconds);
    EXPECT_EQ(ToTimestamp(time).nanos(), row.nanos / 1000 * 1000);
  }
  const Row bad[] = {
      {-62'135'596'801, 0, 0}, {253'402'300'800, 0, 0}, {0, -1, 0}, {0, 1'000'000'000, 0}};
  for (const Row& row : bad) {
    google::protobuf::Timestamp timestamp;
    timestamp.set_seconds(row.seconds);
    timestamp.set_nanos(row.nanos);
    EXPECT_THAT(FromTimestamp(timestamp, "t"), HasReason("INVALID_TIME")) << row.seconds;
  }
}

TEST(PackEvent, TypesFollowFromPayloads) {
  v1::CustomerCreated created;
  created.set_customer("customers/1");
  const Event event = PackEvent("customers/1", "bath", created);
  EXPECT_EQ(event.type, "regulars.customer.customer_created.v1");
  EXPECT_EQ(event.subject, "customers/1");
  EXPECT_EQ(event.realm, "bath");
  google::protobuf::Any any;
  v1::CustomerCreated unpacked;
  ASSERT_TRUE(any.ParseFromString(event.payload) && any.UnpackTo(&unpacked));
  EXPECT_EQ(unpacked.customer(), "customers/1");
  EXPECT_EQ(PackEvent("x", "", v1::CompanySettingsUpdated()).type,
            "regulars.customer.company_settings_updated.v1");
}

TEST(Etag, MismatchesAbort) {
  const std::string etag = MakeEtag(3, absl::FromUnixMicros(255));
  EXPECT_EQ(etag, "\"3-ff\"");
  EXPECT_OK(CheckEtag("", etag));
  EXPECT_OK(CheckEtag(etag, etag));
  EXPECT_THAT(CheckEtag("\"3-fe\"", etag), HasReason("ETAG_MISMATCH"));
}

TEST(Settings, ARateServesUntilItIsTooOld) {
  testing::TempStore store(CustomerMigrations());
  const absl::CivilDay day(2026, 3, 31);
  const auto find = [&](absl::CivilDay on, int64_t max_age) {
    std::string found = "none";
    EXPECT_OK(store.Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const auto rate, settings::FindRate(db, "USD", on, max_age));
      if (rate) found = rate->ToText();
      return absl::OkStatus();
    }));
    return found;
  };
  ASSERT_OK(store.Write([&](Transaction& tx) -> absl::Status {
    ABSL_RETURN_IF_ERROR(settings::PutRate(tx, {"USD", day, *Rate::Parse("0.85"), tx.now()}));
    ABSL_RETURN_IF_ERROR(settings::PutRate(tx, {"USD", day - 10, *Rate::Parse("0.80"), tx.now()}));
    return settings::PutRate(tx, {"GBP", day, *Rate::Parse("1.2"), tx.now()});
  }));
  EXPECT_EQ(find(day, 31), "0.85");
  EXPECT_EQ(find(day + 31, 31), "0.85");
  EXPECT_EQ(find(day + 32, 31), "none");
  EXPECT_EQ(find(day - 1, 31), "0.8");
  EXPECT_EQ(find(day - 10, 1), "0.8");
  EXPECT_EQ(find(day - 11, 31), "none");
  EXPECT_EQ(find(day + 1, 1), "0.85");
  EXPECT_EQ(find(day + 2, 1), "none");
}

}  // namespace
}  // namespace regulars::customer
