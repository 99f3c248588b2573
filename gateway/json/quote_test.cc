#include "gateway/json/quote.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "chassis/testing/status_matchers.h"
#include "gateway/json/strict.h"

namespace regulars::gateway::json {
namespace {

TEST(Quote, EscapesWhatRfc8259Asks) {
  const struct {
    const char* name;
    std::string text;
    std::string quoted;
  } rows[] = {
      {"empty", "", "\"\""},
      {"plain", "Ann", "\"Ann\""},
      {"quote and backslash", "a\"b\\c", "\"a\\\"b\\\\c\""},
      {"short escapes", "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
      {"other controls", std::string("\0\x1f", 2), "\"\\u0000\\u001f\""},
      {"solidus stays", "a/b", "\"a/b\""},
      {"beyond ASCII stays", "\xE2\x82\xAC", "\"\xE2\x82\xAC\""},
      {"bytes that are not UTF-8", "a\xFF\xC2z", "\"a\xEF\xBF\xBD\xEF\xBF\xBDz\""},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    std::string out;
    AppendQuoted(row.text, &out);
    EXPECT_EQ(out, row.quoted);
  }
}

TEST(Quote, EveryByteGivesJson) {
  for (int byte = 1; byte < 256; ++byte) {
    std::string out;
    AppendQuoted(std::string("x") + static_cast<char>(byte), &out);
    EXPECT_OK(CheckStrict(out)) << byte;
  }
}

TEST(Quote, ExcerptsEndBetweenCharacters) {
  EXPECT_EQ(Excerpt("a\nb"), "a\\nb");
  const std::string x59(59, 'x');
  EXPECT_EQ(Excerpt(absl::StrCat(x59, "x")), absl::StrCat(x59, "x"));
  EXPECT_EQ(Excerpt(absl::StrCat(x59, "xx")), absl::StrCat(x59, "x…"));
  EXPECT_EQ(Excerpt(absl::StrCat(x59, "\xE2\x82\xAC")), absl::StrCat(x59, "…"));
}

}  // namespace
}  // namespace regulars::gateway::json
