// What requests of resource methods have in common: names, pages, times.
#include <gmock/gmock.h>
#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

#include "chassis/rpc/names.h"
#include "chassis/rpc/page_token.h"
#include "chassis/rpc/timestamps.h"
#include "chassis/testing/status_matchers.h"
#include "regulars/admin/v1/admin_service.pb.h"

namespace regulars::rpc {
namespace {

using ::regulars::admin::v1::ListAuditEntriesRequest;
using ::regulars::admin::v1::ListTasksRequest;
using ::regulars::testing::HasReason;
using ::regulars::testing::IsOkAndHolds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

TEST(Names, AreReadAndWritten) {
  EXPECT_EQ(Name("boxes", "06g1"), "boxes/06g1");
  EXPECT_THAT(ParseName("boxes", "boxes/06g1"), IsOkAndHolds("06g1"));
  EXPECT_THAT(ParseNestedName({"keys", "secrets"}, "keys/a/secrets/b"),
              IsOkAndHolds(ElementsAre("a", "b")));
}

TEST(Names, ThatAreNoneAreRefused) {
  EXPECT_THAT(ParseName("keys", ""), HasReason("NAME_MISSING"));
  for (const std::string& name :
       {std::string("keys"), std::string("keys/"), std::string("/keys/a"), std::string("keys/a/"),
        std::string("keys/a/b"), std::string("key/a"), std::string("Keys/a"),
        "keys/" + std::string(129, 'a'), std::string("keys/\xFF"), std::string("keys/a\0", 7),
        std::string("a")}) {
    const auto refused = ParseName("keys", name, "request.name");
    EXPECT_THAT(refused, HasReason("INVALID_NAME")) << name;
    EXPECT_EQ(GetErrorDetails(refused.status()).violations.at(0).field, "request.name");
    EXPECT_THAT(std::string(refused.status().message()), HasSubstr("'keys/{key}'"));
  }
  EXPECT_THAT(ParseNestedName({"keys", "secrets"}, "keys/a"), HasReason("INVALID_NAME"));
  EXPECT_THAT(std::string(ParseName("auditEntries", "x").status().message()),
              HasSubstr("'auditEntries/{auditEntry}'"));
}

TEST(Names, ThatAServiceMadeHaveItsForm) {
  EXPECT_THAT(ParseMadeName("boxes", "boxes/06g1x7k3vq8s5e0h4m2n9p1r3t"),
              IsOkAndHolds("06g1x7k3vq8s5e0h4m2n9p1r3t"));
  EXPECT_THAT(ParseMadeName("boxes", ""), HasReason("NAME_MISSING"));
  for (const char* id : {"ann.secret@example.com", "06g1", "a b\n{\"x\":1}", "\u2702",
                         "06G1X7K3VQ8S5E0H4M2N9P1R3T", "06g1x7k3vq8s5e0h4m2n9p1r3t0"}) {
    const auto refused = ParseMadeName("boxes", absl::StrCat("boxes/", id), "request.box");
    EXPECT_THAT(refused, HasReason("INVALID_NAME")) << id;
    EXPECT_EQ(GetErrorDetails(refused.status()).violations.at(0).field, "request.box");
    EXPECT_THAT(std::string(refused.status().message()), Not(HasSubstr(id))) << "it may be private";
  }
}

TEST(Pages, HaveBoundedSizes) {
  ListTasksRequest request;
  EXPECT_EQ(ReadPage(request, kNow)->size, 50);
  request.set_page_size(7);
  EXPECT_EQ(ReadPage(request, kNow)->size, 7);
  request.set_page_size(1'000'000);
  EXPECT_EQ(ReadPage(request, kNow)->size, 1000);
  EXPECT_EQ(ReadPage(request, kNow, {.max_size = 100})->size, 100);
  request.set_page_size(-1);
  EXPECT_THAT(ReadPage(request, kNow), HasReason("INVALID_PAGE_SIZE"));
}

TEST(Pages, TokensCarryAnyBytes) {
  ListTasksRequest request;
  const std::vector<std::string> parts = {"", std::string("\0\xFF", 2), std::string(300, 'x')};
  request.set_page_token(NextPageToken(request, kNow, parts));
  EXPECT_THAT(request.page_token(), ::testing::MatchesRegex("[A-Za-z0-9_-]+"));
  request.set_page_size(9);
  ASSERT_OK_AND_ASSIGN(const Page page, ReadPage(request, kNow, {.parts = 3}));
  EXPECT_EQ(page.after, parts);
  EXPECT_THAT(ReadPage(request, kNow, {.parts = 2}), HasReason("INVALID_PAGE_TOKEN"));
}

TEST(Pages, TokensAreBoundToArgumentsAndTime) {
  ListTasksRequest request;
  request.set_filter("state = FAILED");
  const std::string token = NextPageToken(request, kNow, {"17"});
  request.set_page_token(token);
  EXPECT_OK(ReadPage(request, kNow + absl::Hours(72) - absl::Seconds(1)));
  EXPECT_THAT(ReadPage(request, kNow + absl::Hours(72)), HasReason("INVALID_PAGE_TOKEN"));
  request.set_filter("state = DONE");
  EXPECT_THAT(ReadPage(request, kNow), HasReason("INVALID_PAGE_TOKEN"));
  ListAuditEntriesRequest other;
  other.set_filter("state = FAILED");
  other.set_page_token(token);
  EXPECT_THAT(ReadPage(other, kNow), HasReason("INVALID_PAGE_TOKEN"));
}

TEST(Pages, DamagedTokensAreRefused) {
  ListTasksRequest request;
  const std::string token = NextPageToken(request, kNow, {"17"});
  for (const std::string& bad :
       {std::string("x"), std::string("!"), token + "A", token + "AAAA",
        token.substr(0, token.size() - 4), token.substr(0, 4), std::string(6000, 'A')}) {
    request.set_page_token(bad);
    EXPECT_THAT(ReadPage(request, kNow), HasReason("INVALID_PAGE_TOKEN")) << bad;
  }
}

TEST(Pages, PositionsAreNumbers) {
  EXPECT_THAT(PositionOf({}), IsOkAndHolds(0));
  EXPECT_THAT(PositionOf({.after = {"17"}}), IsOkAndHolds(17));
  for (const char* bad : {"", "0", "-1", "x"}) {
    EXPECT_THAT(PositionOf({.after = {bad}}), HasReason("INVALID_PAGE_TOKEN")) << bad;
  }
}

TEST(Timestamps, KeepMicrosecondsAndRange) {
  using google::protobuf::util::TimeUtil;
  struct Row {
    const char* text;
    int64_t micros;
  };
  for (const Row& row :
       {Row{"1970-01-01T00:00:00.000001Z", 1}, Row{"1969-12-31T23:59:59.999999Z", -1},
        Row{"0001-01-01T00:00:00Z", -62'135'596'800'000'000},
        Row{"9999-12-31T23:59:59.999999Z", 253'402'300'799'999'999}}) {
    const auto timestamp = ToTimestamp(absl::FromUnixMicros(row.micros));
    EXPECT_EQ(TimeUtil::ToString(timestamp), row.text);
    EXPECT_THAT(FromTimestamp(timestamp, "time"), IsOkAndHolds(absl::FromUnixMicros(row.micros)));
  }
  google::protobuf::Timestamp finer;
  finer.set_nanos(1999);
  EXPECT_THAT(FromTimestamp(finer, "time"), IsOkAndHolds(absl::FromUnixMicros(1))) << "cut off";
  google::protobuf::Timestamp bad;
  for (const auto& [seconds, nanos] : std::vector<std::pair<int64_t, int32_t>>{
           {-62'135'596'801, 0}, {253'402'300'800, 0}, {0, -1}, {0, 1'000'000'000}}) {
    bad.set_seconds(seconds);
    bad.set_nanos(nanos);
    EXPECT_THAT(FromTimestamp(bad, "time"), HasReason("INVALID_TIME"));
  }
}

}  // namespace
}  // namespace regulars::rpc
