#include "loyalty-svc/store/counted_codec.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace regulars::loyalty {
namespace {

TEST(CountedCodecTest, ReadsWhatItWrote) {
  const std::vector<std::vector<CountedLine>> cases = {
      {},
      {{"", 1, 1}},
      {{"a", 127, 128}, {std::string("\0\xff", 2), INT64_MAX, INT64_MAX}},
      std::vector<CountedLine>(2000, {std::string(100, 'x'), 1'000'000, 2'550'000}),
  };
  for (const auto& lines : cases) {
    const auto read = DecodeCounted(EncodeCounted(lines));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(*read, lines);
  }
  EXPECT_EQ(EncodeCounted({}), "");
}

TEST(CountedCodecTest, RefusesOtherBytes) {
  const std::string good = EncodeCounted({{"abc", 300, 400}});
  for (size_t length = 2; length < good.size(); ++length) {
    EXPECT_EQ(DecodeCounted(good.substr(0, length)), std::nullopt) << length;
  }
  EXPECT_EQ(DecodeCounted("\x02"), std::nullopt) << "another format";
  EXPECT_EQ(DecodeCounted(std::string("\x01") + std::string(12, '\xff')), std::nullopt);
}

}  // namespace
}  // namespace regulars::loyalty
