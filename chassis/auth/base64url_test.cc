#include "chassis/auth/base64url.h"

#include <gtest/gtest.h>

#include "chassis/base/ids.h"

namespace regulars::auth {
namespace {

struct TextCase {
  std::string bytes;
  std::string text;
};

TEST(Base64Url, FollowsThePublishedVectors) {
  // RFC 4648 §10 without padding; RFC 7515 appendix C.
  const TextCase cases[] = {{"", ""},
                            {"f", "Zg"},
                            {"fo", "Zm8"},
                            {"foo", "Zm9v"},
                            {"foob", "Zm9vYg"},
                            {"fooba", "Zm9vYmE"},
                            {"foobar", "Zm9vYmFy"},
                            {"\x03\xEC\xFF\xE0\xC1", "A-z_4ME"}};
  for (const TextCase& c : cases) {
    EXPECT_EQ(EncodeBase64Url(c.bytes), c.text);
    EXPECT_EQ(DecodeBase64Url(c.text), c.bytes);
  }
}

TEST(Base64Url, EachByteStringHasOneText) {
  const char* const refused[] = {"Zg==", "Zg=", "Zm8=", "=",     "Z",   "Zm9vY",   "A",   "Zm9vA",
                                 "Zh",   "Zm9", "Zm 8", "Zm8\n", " Zg", "A+z/4ME", "Zg.", "Zg\xC3"};
  for (const char* text : refused) EXPECT_EQ(DecodeBase64Url(text), std::nullopt) << text;
  EXPECT_EQ(DecodeBase64Url(absl::string_view("Zg\0", 3)), std::nullopt);
  // All texts of two and three digits: what is accepted is what encoding gives.
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  int accepted = 0;
  for (const char a : digits) {
    for (const char b : digits) {
      for (const std::string& text : {std::string{a, b}, std::string{'A', a, b}}) {
        const auto bytes = DecodeBase64Url(text);
        if (!bytes) continue;
        ++accepted;
        EXPECT_EQ(EncodeBase64Url(*bytes), text);
      }
    }
  }
  EXPECT_EQ(accepted, 256 + 1024);  // One byte; two bytes of which the first six bits are zero.
}

TEST(Base64Url, RandomBytesComeBack) {
  for (size_t size = 0; size < 200; ++size) {
    const std::string bytes = SecureRandomBytes(size);
    EXPECT_EQ(DecodeBase64Url(EncodeBase64Url(bytes)), bytes);
  }
}

}  // namespace
}  // namespace regulars::auth
