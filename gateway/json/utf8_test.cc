#include "gateway/json/utf8.h"

#include <gtest/gtest.h>

namespace regulars::gateway::json {
namespace {

struct Row {
  const char* name;
  std::string text;
  bool valid;
};

TEST(Utf8, FollowsRfc3629) {
  // The boundaries of Unicode 15 table 3-7, "Well-Formed UTF-8 Byte Sequences".
  const Row rows[] = {
      {"ascii", "a\x7F", true},
      {"NUL is a character", std::string(1, '\0'), true},
      {"first of two bytes", "\xC2\x80", true},
      {"last of two bytes", "\xDF\xBF", true},
      {"first of three bytes", "\xE0\xA0\x80", true},
      {"last before surrogates", "\xED\x9F\xBF", true},
      {"first after surrogates", "\xEE\x80\x80", true},
      {"noncharacter U+FFFF", "\xEF\xBF\xBF", true},
      {"first of four bytes", "\xF0\x90\x80\x80", true},
      {"last code point", "\xF4\x8F\xBF\xBF", true},
      {"continuation alone", "\x80", false},
      {"overlong slash", "\xC0\xAF", false},
      {"overlong C1", "\xC1\xBF", false},
      {"overlong of three", "\xE0\x9F\xBF", false},
      {"overlong of four", "\xF0\x8F\xBF\xBF", false},
      {"high surrogate", "\xED\xA0\x80", false},
      {"low surrogate", "\xED\xBF\xBF", false},
      {"above U+10FFFF", "\xF4\x90\x80\x80", false},
      {"F5", "\xF5\x80\x80\x80", false},
      {"FF", "\xFF", false},
      {"cut after one of two", "\xC2", false},
      {"cut after two of three", "\xE2\x82", false},
      {"cut after three of four", "\xF0\x9F\x98", false},
      {"bad third byte", "\xE2\x82\x28", false},
      {"bad fourth byte", "\xF0\x9F\x98\x28", false},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(IsValidUtf8(row.text), row.valid);
    EXPECT_EQ(IsValidUtf8("plain text before " + row.text + "!"), row.valid);
  }
}

TEST(Utf8, AppendsEachLength) {
  std::string out;
  for (uint32_t code : {0x24u, 0xA3u, 0x20ACu, 0x1F600u}) AppendUtf8(code, &out);
  EXPECT_EQ(out, "$\xC2\xA3\xE2\x82\xAC\xF0\x9F\x98\x80");
}

// Against the slow obvious way, with each byte at each place of a word.
TEST(Utf8, PlainTextEndsAtEverySpecialByte) {
  for (int byte = 0; byte < 256; ++byte) {
    for (size_t at = 0; at < 20; ++at) {
      std::string text(20, 'x');
      text[at] = static_cast<char>(byte);
      const bool special = byte < 0x20 || byte == '"' || byte == '\\' || byte >= 0x80;
      const char* end = text.data() + text.size();
      EXPECT_EQ(SkipPlainText(text.data(), end) - text.data(),
                static_cast<ptrdiff_t>(special ? at : text.size()))
          << byte << " at " << at;
    }
  }
}

}  // namespace
}  // namespace regulars::gateway::json
