#include "chassis/base/ids.h"

#include <gtest/gtest.h>

namespace regulars {
namespace {

TEST(Ids, FollowTheExampleOfRfc9562) {
  // RFC 9562 A.6: 017F22E2-79B0-7CC3-98C4-DC0C0C07398F, 2022-02-22T19:22:22Z.
  const std::string id = MakeId(absl::FromUnixMillis(0x017F22E279B0), 0xCC3, 0x18C4DC0C0C07398F);
  EXPECT_EQ(id, "01fwhe4ydgfk1shh6w1g60eecf");
  EXPECT_TRUE(IsId(id));
}

TEST(Ids, TextOrderIsTimeOrder) {
  std::string previous;
  for (int64_t ms : {0L, 1L, 31L, 32L, 1'000'000L, 1'700'000'000'000L, (1L << 48) - 1}) {
    const std::string id = MakeId(absl::FromUnixMillis(ms), 0, 0);
    EXPECT_LT(previous, id) << ms;
    previous = id;
  }
}

TEST(Ids, ShapeIsChecked) {
  EXPECT_FALSE(IsId(""));
  EXPECT_FALSE(IsId("01fwhe4ydgfk1shh6w1g60eec"));
  EXPECT_FALSE(IsId("01FWHE4YDGFK1SHH6W1G60EECF"));
  EXPECT_FALSE(IsId("81fwhe4ydgfk1shh6w1g60eecf"));
  EXPECT_FALSE(IsId(absl::string_view("01fwhe4ydgfk1shh6w1g60ee\0f", 26)));
}

TEST(Mixer, FollowsThePublishedSequence) {
  // First outputs of SplitMix64 from seed 1234567, as in Vigna's reference implementation.
  Mixer mixer(1234567);
  EXPECT_EQ(mixer.Next(), 6457827717110365317u);
  EXPECT_EQ(mixer.Next(), 3203168211198807973u);
  EXPECT_EQ(mixer.Next(), 9817491932198370423u);
}

}  // namespace
}  // namespace regulars
