#include "gateway/json/strict.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::gateway::json {
namespace {

using ::regulars::testing::HasReason;
using ::testing::HasSubstr;

struct Row {
  const char* name;
  std::string text;
};

// The structure of these tables follows Nicolas Seriot's "Parsing JSON is a minefield": what every
// parser must take, what none may take, and what RFC 8259 leaves open and is decided here.
TEST(Strict, TakesJson) {
  const Row rows[] = {
      {"array, spaces between", "[1 , 2\t,\n3\r]"},
      {"array, empty", "[]"},
      {"array, empty with spaces", "[ \t\r\n]"},
      {"array, empty string", "[\"\"]"},
      {"array, mixed", "[null, 1, \"1\", {}]"},
      {"array, several nulls", "[1,null,null,null,2]"},
      {"array, trailing space", "[2] "},
      {"array, false", "[false]"},
      {"number, 0", "[0]"},
      {"number, -0", "[-0]"},
      {"number, 0e+1", "[0e+1]"},
      {"number, 0e1", "[0e1]"},
      {"number, exponent", "[1e2]"},
      {"number, capital E", "[1E22]"},
      {"number, E-2", "[1E-2]"},
      {"number, E+2", "[1E+2]"},
      {"number, fraction and exponent", "[123.456e78]"},
      {"number, negative", "[-123]"},
      {"number, near zero", "[-0." + std::string(80, '0') + "1]"},
      {"number, huge exponent is grammar all the same", "[1e9999]"},
      {"number, 200 digits", "[" + std::string(200, '7') + "]"},
      {"number, space after", "[4 ]"},
      {"object, empty", "{}"},
      {"object, one", "{\"a\":[]}"},
      {"object, two", "{\"a\":\"b\", \"c\":\"d\"}"},
      {"object, empty key", "{\"\":0}"},
      {"object, spaces and newlines", "{\n\"a\"\t:\r\"b\"\n}"},
      {"object, key differs by case", "{\"a\":1,\"A\":2}"},
      {"object, same key on two levels", "{\"a\":{\"a\":1}}"},
      {"object, same key in two objects", "[{\"a\":1},{\"a\":1}]"},
      {"object, escaped key", "{\"\\u0066oo\":42}"},
      {"string, one byte of UTF-8 escaped", "[\"\\u0060\\u012a\\u12AB\"]"},
      {"string, surrogate pair", "[\"\\uD801\\udc37\"]"},
      {"string, two surrogate pairs", "[\"\\ud83d\\ude39\\ud83d\\udc8d\"]"},
      {"string, all escapes", "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]"},
      {"string, escaped backslash before u", "[\"\\\\u0000\"]"},
      {"string, escaped control", "[\"\\u0012\"]"},
      {"string, escaped noncharacter", "[\"\\uFFFF\"]"},
      {"string, noncharacter U+10FFFF", "[\"\xF4\x8F\xBF\xBF\"]"},
      {"string, three bytes of UTF-8", "[\"\xE2\x82\xAC\"]"},
      {"string, line separator U+2028", "[\"\xE2\x80\xA8\"]"},
      {"string, DEL", "[\"a\x7F\"]"},
      {"string, byte order mark inside", "[\"\xEF\xBB\xBF\"]"},
      {"string, comment inside", "[\"a/*b*/c//d\"]"},
      {"top-level string", "\"asd\""},
      {"top-level number", "42"},
      {"top-level negative", "-0.1"},
      {"top-level true", "true"},
      {"top-level false", "false"},
      {"top-level null", "null"},
      {"space around", " \n[] \r\n"},
  };
  for (const Row& row : rows) EXPECT_OK(CheckStrict(row.text)) << row.name;
}

TEST(Strict, RefusesWhatIsNotJson) {
  const Row rows[] = {
      {"nothing", ""},
      {"space only", " "},
      {"array, 1 true without comma", "[1 true]"},
      {"array, invalid UTF-8", "[a\xE5]"},
      {"array, colon for comma", "[\"\": 1]"},
      {"array, comma after close", "[\"\"],"},
      {"array, comma and number", "[,1]"},
      {"array, double comma", "[1,,2]"},
      {"array, double extra comma", "[\"x\",,]"},
      {"array, extra close", "[\"x\"]]"},
      {"array, extra comma", "[\"\",]"},
      {"array, incomplete", "[\"x\""},
      {"array, incomplete invalid value", "[x"},
      {"array, inner without comma", "[3[4]]"},
      {"array, just comma", "[,]"},
      {"array, just minus", "[-]"},
      {"array, missing value", "[   , \"\"]"},
      {"array, newlines unclosed", "[\"a\",\n4\n,1,"},
      {"array, star inside", "[*]"},
      {"array, form feed outside a string", "[\"a\"\f]"},
      {"array, unclosed", "[1,"},
      {"array, unclosed with object", "[{}"},
      {"incomplete false", "[fals]"},
      {"incomplete null", "[nul]"},
      {"incomplete true", "[tru]"},
      {"capital True", "[True]"},
      {"NUL after number", std::string("[123\0]", 6)},
      {"number ++", "[++1234]"},
      {"number +1", "[+1]"},
      {"number +Inf", "[+Inf]"},
      {"number -01", "[-01]"},
      {"number -1.0.", "[-1.0.]"},
      {"number -2.", "[-2.]"},
      {"number -NaN", "[-NaN]"},
      {"number .-1", "[.-1]"},
      {"number .2e-3", "[.2e-3]"},
      {"number 0.1.2", "[0.1.2]"},
      {"number 0.3e+", "[0.3e+]"},
      {"number 0.e1", "[0.e1]"},
      {"number 0E", "[0E]"},
      {"number 0E+", "[0E+]"},
      {"number 1.0e-", "[1.0e-]"},
      {"number 1 000", "[1 000.0]"},
      {"number 1eE2", "[1eE2]"},
      {"number 2.e+3", "[2.e+3]"},
      {"number 9.e+", "[9.e+]"},
      {"number Inf", "[Inf]"},
      {"number NaN", "[NaN]"},
      {"number, fullwidth digit", "[\xEF\xBC\x91]"},
      {"number expression", "[1+2]"},
      {"number hex", "[0x42]"},
      {"number Infinity", "[Infinity]"},
      {"number -Infinity", "[-Infinity]"},
      {"number, letter after", "[1a]"},
      {"number, invalid byte after", "[123\xE5]"},
      {"number, minus space", "[- 1]"},
      {"number, minus letter", "[-foo]"},
      {"number, leading zero", "[012]"},
      {"number, real without integer part", "[-.123]"},
      {"number, suffix", "[1.2a-3]"},
      {"object, bracket for key", "{[: \"x\"}"},
      {"object, missing colon", "{\"a\" b}"},
      {"object, double colon", "{\"x\"::\"b\"}"},
      {"object, emoji key", "{\xF0\x9F\x87\xA8}"},
      {"object, trailing garbage", "{\"a\":\"a\" 123}"},
      {"object, single quotes", "{'a':0}"},
      {"object, comma for colon", "{\"x\", null}"},
      {"object, bare key", "{a: \"b\"}"},
      {"object, missing value", "{\"a\":"},
      {"object, missing key", "{:\"b\"}"},
      {"object, number key", "{1:1}"},
      {"object, repeated null for key", "{null:null,null:null}"},
      {"object, several trailing commas", "{\"id\":0,,,,,}"},
      {"object, trailing comma", "{\"id\":0,}"},
      {"object, trailing comment", "{\"a\":\"b\"}/**/"},
      {"object, trailing slash", "{\"a\":\"b\"}/"},
      {"object, two commas", "{\"a\":\"b\",,\"c\":\"d\"}"},
      {"object, unterminated value", "{\"a\":\"a"},
      {"object, bare word after", "{\"a\":\"b\",c}"},
      {"object, two objects", "{}{}"},
      {"single space string", " \"\" \"\""},
      {"string, surrogate then escape u", "[\"\\uD800\\u\"]"},
      {"string, surrogate then u1", "[\"\\uD800\\u1\"]"},
      {"string, surrogate then u1x", "[\"\\uD800\\u1x\"]"},
      {"string, accent unquoted", "[\xC3\xA9]"},
      {"string, backslash NUL", std::string("[\"\\\0\"]", 6)},
      {"string, escape x", "[\"\\x00\"]"},
      {"string, escaped backslash thrice", "[\"\\\\\\\"]"},
      {"string, escaped tab", "[\"\\\t\"]"},
      {"string, escaped emoji", "[\"\\\xF0\x9F\x8C\x80\"]"},
      {"string, incomplete escape", "[\"\\\"]"},
      {"string, incomplete hex", "[\"\\u00A\"]"},
      {"string, incomplete surrogate", "[\"\\uD834\\uDd\"]"},
      {"string, escape a", "[\"\\a\"]"},
      {"string, escape U", "[\"\\UA66D\"]"},
      {"string, escape with invalid byte", "[\"\\u\xE5\"]"},
      {"string, leading escape", "[\\u0020\"asd\"]"},
      {"string, no quotes", "[\\n]"},
      {"string, single double quote", "\""},
      {"string, single quotes", "['single quote']"},
      {"string, start escape unclosed", "[\"\\"},
      {"string, raw newline", "[\"new\nline\"]"},
      {"string, raw tab", "[\"\t\"]"},
      {"string, text after", "\"\"x"},
      {"structure, 100,000 arrays", std::string(100000, '[')},
      {"structure, angle bracket", "<null>"},
      {"structure, trailing hash", "[1]#"},
      {"structure, comma for value", ","},
      {"structure, asterisk", "*"},
      {"structure, lone brace", "}"},
      {"structure, lone bracket", "]"},
      {"structure, no-break space", "[\xC2\xA0]"},
      {"structure, word joiner", "\xE2\x81\xA0[]"},
      {"structure, open object open string", "{\"a"},
      {"structure, object closes array", "[1}"},
      {"structure, array closes object", "{\"a\":1]"},
      {"structure, comment", "{\"a\":/*comment*/\"b\"}"},
      {"structure, UTF-16", std::string("[\0\"\0\"\0]\0", 8)},
      {"structure, NUL after the value", std::string("{}\0", 3)},
  };
  for (const Row& row : rows) {
    EXPECT_THAT(CheckStrict(row.text), HasReason("MALFORMED_JSON")) << row.name;
  }
}

// RFC 8259 leaves these to the parser, or allows them and warns.
TEST(Strict, RefusesTheLibertiesOfRfc8259) {
  const Row malformed[] = {
      {"byte order mark", "\xEF\xBB\xBF{}"},
      {"byte order mark cut short", "\xEF\xBB"},
      {"escaped NUL in a string", "[\"\\u0000\"]"},
      {"escaped NUL in a key", "{\"a\\u0000\":1}"},
      {"raw NUL in a string", std::string("[\"\0\"]", 5)},
      {"lone high surrogate", "[\"\\uDADA\"]"},
      {"lone low surrogate", "[\"\\uDd1e\"]"},
      {"two high surrogates", "[\"\\uD888\\uD888\"]"},
      {"surrogates the wrong way round", "[\"\\uDd1ea\\uD834\"]"},
      {"surrogate then text", "[\"\\uD800abc\"]"},
      {"surrogate as UTF-8", "[\"\xED\xA0\x80\"]"},
      {"overlong slash", "[\"\xC0\xAF\"]"},
      {"latin-1", "[\"\xE9\"]"},
      {"truncated UTF-8", "[\"\xE0\xFF\"]"},
      {"beyond U+10FFFF", "[\"\xF4\xBF\xBF\xBF\"]"},
      {"101 arrays", std::string(101, '[') + std::string(101, ']')},
  };
  for (const Row& row : malformed) {
    EXPECT_THAT(CheckStrict(row.text), HasReason("MALFORMED_JSON")) << row.name;
  }
  const Row duplicates[] = {
      {"key twice", "{\"a\":1,\"a\":1}"},
      {"key twice, once escaped", "{\"ab\":1,\"a\\u0062\":2}"},
      {"key twice, both escaped", "{\"\\u0061\":1,\"x\":0,\"\\u0061\":2}"},
      {"empty key twice", "{\"\":1,\"\":2}"},
      {"key twice after a nested object", "{\"a\":{\"b\":1},\"a\":2}"},
      {"key twice inside an array", "[{\"k\":[],\"k\":[]}]"},
  };
  for (const Row& row : duplicates) {
    EXPECT_THAT(CheckStrict(row.text), HasReason("DUPLICATE_KEY")) << row.name;
  }
}

TEST(Strict, NamesTheDuplicateAndItsPlace) {
  const absl::Status status = CheckStrict("{\"name\": 1,\n \"na\\u006de\": 2}");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(),
            "malformed JSON at line 2, column 2 (byte 13): the key \"name\" is given twice");
  EXPECT_EQ(GetErrorDetails(status).metadata[0],
            std::make_pair(std::string("byte"), std::string("13")));
}

TEST(Strict, FindsDuplicatesInObjectsOfEverySize) {
  for (int keys = 1; keys < 40; ++keys) {
    for (int again = 0; again < keys; ++again) {
      std::string text = "{";
      for (int i = 0; i < keys; ++i) absl::StrAppend(&text, "\"k", i, "\":{\"k0\":0},");
      EXPECT_OK(CheckStrict(absl::StrCat(text, "\"last\":0}")));
      EXPECT_THAT(CheckStrict(absl::StrCat(text, "\"k", again, "\":0}")),
                  HasReason("DUPLICATE_KEY"));
    }
  }
}

TEST(Strict, BoundsTheKeysItRemembers) {
  std::string text = "{\"k\":0";
  for (size_t i = 1; i < kMaxOpenKeys; ++i) absl::StrAppend(&text, ",\"", i, "\":0");
  EXPECT_OK(CheckStrict(absl::StrCat(text, "}")));
  EXPECT_THAT(CheckStrict(absl::StrCat(text, ",\"x\":0}")), HasReason("TOO_MANY_KEYS"));
}

}  // namespace
}  // namespace regulars::gateway::json
