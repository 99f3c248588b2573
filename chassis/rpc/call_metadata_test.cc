#include "chassis/rpc/call_metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"

namespace regulars::rpc {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::IsOkAndHolds;

TEST(BearerToken, IsWhatFollowsTheScheme) {
  EXPECT_THAT(BearerToken("Bearer a.b.c"), IsOkAndHolds("a.b.c"));
  EXPECT_THAT(BearerToken("bEARER x"), IsOkAndHolds("x"));
  for (const char* bad : {"", "Bearer", "Bearer ", "Basic x", "x"}) {
    EXPECT_THAT(BearerToken(bad), HasReason("TOKEN_MISSING")) << bad;
  }
}

// The example of W3C Trace Context, 3.2.
TEST(TraceId, IsThatOfATraceparent) {
  EXPECT_EQ(TraceId("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
            "4bf92f3577b34da6a3ce929d0e0e4736");
  for (const char* bad : {"", "4bf92f3577b34da6a3ce929d0e0e4736",
                          "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                          "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                          "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011"}) {
    EXPECT_EQ(TraceId(bad), "") << bad;
  }
}

TEST(ReadHops, AreFew) {
  EXPECT_THAT(ReadHops(""), IsOkAndHolds(0));
  EXPECT_THAT(ReadHops("8"), IsOkAndHolds(kMaxHops));
  EXPECT_THAT(ReadHops("9"), HasReason("TOO_MANY_HOPS"));
  for (const char* bad : {"-1", "x", "2147483648", "1.0"}) {
    EXPECT_THAT(ReadHops(bad), HasReason("INVALID_HOPS")) << bad;
  }
}

TEST(ReadFeedPosition, NamesTheServiceFirst) {
  const auto read = ReadFeedPosition("customer:9223372036854775807");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->service, "customer");
  EXPECT_EQ(read->position, 9223372036854775807);
  for (const char* bad :
       {"", "customer", "customer:", "customer:-1", "customer:x", "customer:9223372036854775808"}) {
    EXPECT_FALSE(ReadFeedPosition(bad)) << bad;
  }
}

}  // namespace
}  // namespace regulars::rpc
