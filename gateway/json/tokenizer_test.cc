#include "gateway/json/tokenizer.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::gateway::json {
namespace {

// The tokens as one line, "{ k:a n:1 } end", or the error's message.
std::string Tokens(absl::string_view text) {
  Tokenizer tokens(text);
  std::string line;
  while (true) {
    const Token token = tokens.Next();
    switch (token.kind) {
      case TokenKind::kBeginObject:
        line += "{ ";
        break;
      case TokenKind::kEndObject:
        line += "} ";
        break;
      case TokenKind::kBeginArray:
        line += "[ ";
        break;
      case TokenKind::kEndArray:
        line += "] ";
        break;
      case TokenKind::kKey:
        absl::StrAppend(&line, "k:", token.text, " ");
        break;
      case TokenKind::kString:
        absl::StrAppend(&line, "s:", token.text, " ");
        break;
      case TokenKind::kNumber:
        absl::StrAppend(&line, "n:", token.text, " ");
        break;
      case TokenKind::kTrue:
        line += "true ";
        break;
      case TokenKind::kFalse:
        line += "false ";
        break;
      case TokenKind::kNull:
        line += "null ";
        break;
      case TokenKind::kEnd:
        return line + "end";
      case TokenKind::kError:
        return std::string(tokens.status().message());
    }
  }
}

TEST(Tokenizer, SplitsEveryKind) {
  EXPECT_EQ(Tokens(" {\"a\" : [1, -2.5e+3, \"x\", true, false, null, {}, []] }\r\n\t"),
            "{ k:a [ n:1 n:-2.5e+3 s:x true false null { } [ ] ] } end");
}

TEST(Tokenizer, UnescapesStringsAndKeys) {
  const struct {
    const char* json;
    const char* text;
  } rows[] = {
      {R"("\"\\\/\b\f\n\r\t")", "\"\\/\b\f\n\r\t"},
      {R"("\u0041\u00e9\u20AC")", "A\xC3\xA9\xE2\x82\xAC"},
      {R"("\uD83D\uDE00")", "\xF0\x9F\x98\x80"},
      {R"("plain \u002d and \u002D more")", "plain - and - more"},
      {"\"a \xE2\x82\xAC b\\n\xE2\x82\xAC\"", "a \xE2\x82\xAC b\n\xE2\x82\xAC"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(Tokens(row.json), absl::StrCat("s:", row.text, " end"));
    EXPECT_EQ(Tokens(absl::StrCat("{", row.json, ":1}")),
              absl::StrCat("{ k:", row.text, " n:1 } end"));
  }
}

TEST(Tokenizer, SaysWhatIsWrongAndWhere) {
  const struct {
    const char* json;
    const char* message;
  } rows[] = {
      {"", "line 1, column 1 (byte 0): expected a value, found the end of the text"},
      {"{\n  \"a\": 1,\n}",
       "line 3, column 1 (byte 12): expected a key in double quotes, found '}'"},
      {"{\"a\" 1}", "line 1, column 6 (byte 5): expected ':', found '1'"},
      {"{a: 1}", "line 1, column 2 (byte 1): expected a key in double quotes or '}', found 'a'"},
      {"[1 2]", "line 1, column 4 (byte 3): expected ',' or ']', found '2'"},
      {"[1,]", "line 1, column 4 (byte 3): expected a value, found ']'"},
      {"{\"a\":1;", "line 1, column 7 (byte 6): expected ',' or '}', found ';'"},
      {"{} x", "line 1, column 4 (byte 3): expected the end of the text, found 'x'"},
      {"[\"\xE2\x82\xAC\xE2\x82\xAC\" 1]",
       "line 1, column 7 (byte 10): expected ',' or ']', found '1'"},
      {"\xEF\xBB\xBF{}", "line 1, column 1 (byte 0): a byte order mark is not allowed"},
      {"[\x01]", "line 1, column 2 (byte 1): expected a value or ']', found byte 0x01"},
      {"\"a\tb\"",
       "line 1, column 3 (byte 2): a control character inside a string must be escaped"},
      {"\"a\xFF\"", "line 1, column 3 (byte 2): this is not UTF-8"},
      {"\"a\\n\xFF\"", "line 1, column 5 (byte 4): this is not UTF-8"},
      {"  \"abc", "line 1, column 3 (byte 2): this string has no closing quote"},
      {"\"\\x\"", "line 1, column 2 (byte 1): unknown escape"},
      {"\"\\u12g4\"", "line 1, column 2 (byte 1): \\u needs four hexadecimal digits"},
      {"\"\\u0000\"", "line 1, column 2 (byte 1): the character NUL is not allowed"},
      {"\"x\\uD800y\"", "line 1, column 3 (byte 2): half of a surrogate pair"},
      {"[01]", "line 1, column 2 (byte 1): this is not a number"},
      {"tru", "line 1, column 1 (byte 0): expected 'true'"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(Tokens(row.json), absl::StrCat("malformed JSON at ", row.message)) << row.json;
  }
}

TEST(Tokenizer, NestsAHundredDeepAndNoDeeper) {
  const auto nested = [](size_t depth) {
    return absl::StrCat(std::string(depth, '['), std::string(depth, ']'));
  };
  EXPECT_THAT(Tokens(nested(100)), ::testing::EndsWith("end"));
  EXPECT_EQ(Tokens(nested(101)),
            "malformed JSON at line 1, column 101 (byte 100): objects and arrays nest more than "
            "100 deep");
  EXPECT_THAT(Tokens(std::string(100000, '[')), ::testing::HasSubstr("nest more than 100 deep"));
}

TEST(Tokenizer, SkipsOneWholeValue) {
  Tokenizer tokens(R"({"a": [1, {"b": [2]}, "]"], "c": 3})");
  tokens.Next();
  EXPECT_EQ(tokens.Next().text, "a");
  EXPECT_TRUE(tokens.Skip(tokens.Next()));
  EXPECT_EQ(tokens.Next().text, "c");
  EXPECT_TRUE(tokens.Skip(tokens.Next()));
  EXPECT_EQ(tokens.Next().kind, TokenKind::kEndObject);
}

TEST(Tokenizer, StaysAtItsError) {
  Tokenizer tokens("[}");
  tokens.Next();
  EXPECT_EQ(tokens.Next().kind, TokenKind::kError);
  EXPECT_EQ(tokens.Next().kind, TokenKind::kError);
  EXPECT_THAT(tokens.status(), testing::HasReason("MALFORMED_JSON"));
}

}  // namespace
}  // namespace regulars::gateway::json
