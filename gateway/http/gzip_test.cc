#include "gateway/http/gzip.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::IsOkAndHolds;

TEST(Gzip, RoundTrips) {
  for (const std::string& text : {std::string(), std::string("abc"), std::string(300'000, 'x')}) {
    EXPECT_THAT(Gunzip(Gzip(text), 1 << 20), IsOkAndHolds(text));
  }
}

TEST(Gzip, ReadsWhatOthersWrote) {
  // printf hello | gzip -n -9
  EXPECT_THAT(
      Gunzip(absl::HexStringToBytes("1f8b0800000000000203cb48cdc9c9070086a6103605000000"), 100),
      IsOkAndHolds("hello"));
}

TEST(Gzip, ABombIsDefused) {
  // 64 MiB of zeros pack into some 64 KiB.
  const std::string bomb = Gzip(std::string(64 << 20, '\0'));
  EXPECT_LT(bomb.size(), 400'000u);
  EXPECT_THAT(Gunzip(bomb, 1 << 20), HasReason("BODY_TOO_LARGE"));
}

TEST(Gzip, MembersBehindOneAnotherAreOneStream) {
  EXPECT_THAT(Gunzip(Gzip("hel") + Gzip("") + Gzip("lo"), 5), IsOkAndHolds("hello"));
  EXPECT_THAT(Gunzip(Gzip("hel") + Gzip("lo!"), 5), HasReason("BODY_TOO_LARGE"));
  const std::string half(100'000, 'x');
  EXPECT_THAT(Gunzip(Gzip(half) + Gzip(half), 200'000), IsOkAndHolds(half + half));
  std::string nothing;
  for (int i = 0; i < 1000; ++i) nothing += Gzip("");
  EXPECT_THAT(Gunzip(nothing, 100), IsOkAndHolds(""));
}

TEST(Gzip, RefusesWhatIsNotAWholeStream) {
  const std::string good = Gzip("hello");
  EXPECT_THAT(Gunzip("", 100), HasReason("INVALID_GZIP"));
  EXPECT_THAT(Gunzip("hello", 100), HasReason("INVALID_GZIP"));
  EXPECT_THAT(Gunzip(good.substr(0, good.size() - 3), 100), HasReason("INVALID_GZIP"));
  EXPECT_THAT(Gunzip(good + "x", 100), HasReason("INVALID_GZIP"));
  EXPECT_THAT(Gunzip(good + "rubbish", 100), HasReason("INVALID_GZIP"));
  EXPECT_THAT(Gunzip(good + good.substr(0, good.size() - 3), 100), HasReason("INVALID_GZIP"));
}

TEST(Gzip, ContentEncoding) {
  for (const char* plain : {"", "identity", "Identity"}) {
    EXPECT_THAT(IsGzip(plain), IsOkAndHolds(false)) << plain;
  }
  for (const char* packed : {"gzip", "x-gzip", "X-GZip"}) {
    EXPECT_THAT(IsGzip(packed), IsOkAndHolds(true)) << packed;
  }
  for (const char* other : {"br", "deflate", "gzip, gzip", "identity, gzip"}) {
    EXPECT_THAT(IsGzip(other), HasReason("UNSUPPORTED_ENCODING")) << other;
  }
}

TEST(Gzip, AcceptEncoding) {
  EXPECT_TRUE(AcceptsGzip("gzip"));
  EXPECT_TRUE(AcceptsGzip("br, GZIP;q=0.5"));
  EXPECT_TRUE(AcceptsGzip("*"));
  EXPECT_TRUE(AcceptsGzip("x-gzip"));
  EXPECT_TRUE(AcceptsGzip("*;q=0, gzip")) << "a name goes before what is said of the others";
  EXPECT_FALSE(AcceptsGzip("*, gzip;q=0"));
  EXPECT_FALSE(AcceptsGzip("*;q=0"));
  EXPECT_FALSE(AcceptsGzip("gzip;q=0"));
  EXPECT_FALSE(AcceptsGzip("gzip; Q=0.000"));
  EXPECT_FALSE(AcceptsGzip("gzip;q=many"));
  EXPECT_FALSE(AcceptsGzip("br"));
  EXPECT_FALSE(AcceptsGzip(""));
}

}  // namespace
}  // namespace regulars::gateway
