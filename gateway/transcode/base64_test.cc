#include "gateway/transcode/base64.h"

#include <gtest/gtest.h>

namespace regulars::gateway {
namespace {

std::string Encode(absl::string_view bytes) {
  std::string out;
  AppendBase64(bytes, &out);
  return out;
}

TEST(Base64, VectorsOfRfc4648) {
  const struct {
    const char* bytes;
    const char* text;
  } rows[] = {{"", ""},
              {"f", "Zg=="},
              {"fo", "Zm8="},
              {"foo", "Zm9v"},
              {"foob", "Zm9vYg=="},
              {"fooba", "Zm9vYmE="},
              {"foobar", "Zm9vYmFy"}};
  for (const auto& row : rows) {
    EXPECT_EQ(Encode(row.bytes), row.text);
    std::string back;
    EXPECT_TRUE(AppendFromBase64(row.text, &back));
    EXPECT_EQ(back, row.bytes);
    // Without padding.
    std::string bare(row.text);
    while (!bare.empty() && bare.back() == '=') bare.pop_back();
    back.clear();
    EXPECT_TRUE(AppendFromBase64(bare, &back));
    EXPECT_EQ(back, row.bytes);
  }
}

TEST(Base64, BothAlphabets) {
  EXPECT_EQ(Encode("\xFB\xFF\xBF"), "+/+/");
  for (const char* text : {"+/+/", "-_-_"}) {
    std::string back;
    EXPECT_TRUE(AppendFromBase64(text, &back));
    EXPECT_EQ(back, "\xFB\xFF\xBF");
  }
}

TEST(Base64, RefusesTheRest) {
  for (const char* text : {"Z", "+_-/", "Zh==", "Zm9", "Zg=", "Zg===", "=", "====", "Zm9v=", "Zm 9",
                           "Zm9v\n", "Z*==", "Zg==Zg==", "\xC3\xA9=="}) {
    std::string back;
    EXPECT_FALSE(AppendFromBase64(text, &back)) << text;
  }
}

TEST(Base64, EveryByteComesBack) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  std::string back;
  EXPECT_TRUE(AppendFromBase64(Encode(bytes), &back));
  EXPECT_EQ(back, bytes);
}

}  // namespace
}  // namespace regulars::gateway
