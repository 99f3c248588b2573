#include "chassis/csv/raw_text.h"

#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"

namespace regulars::csv {
namespace {

struct Case {
  const char* name;
  absl::string_view file;
  Charset charset;
  int64_t begin;
  int64_t end;
  size_t max_characters;
  const char* text;
};

using namespace std::string_literals;  // NOLINT: for texts that hold NUL.

const std::string kUtf16 = "x\0a\0\xFC\0\r\0\n\0"s;
const std::string kNul = "a\0b"s;

const Case kCases[] = {
    {"a line without its end", "one\r\ntwo\r\n", Charset::kUtf8, 5, 10, 100, "two"},
    {"lines within quotes stay", "\"a\nb\",c\n", Charset::kUtf8, 0, 8, 100, "\"a\nb\",c"},
    {"cut at characters, not bytes", "äöü", Charset::kUtf8, 0, 6, 2, "äö"},
    {"what is no UTF-8",
     "a\xFF"
     "b",
     Charset::kUtf8, 0, 3, 100, "a\uFFFDb"},
    {"NUL", kNul, Charset::kUtf8, 0, 3, 100, "a\uFFFDb"},
    {"windows-1252", "\x80 5\n", Charset::kWindows1252, 0, 4, 100, "€ 5"},
    {"UTF-16", kUtf16, Charset::kUtf16LittleEndian, 2, 10, 100, "aü"},
    {"half a unit", kUtf16, Charset::kUtf16LittleEndian, 2, 5, 100, "a\uFFFD"},
    {"beyond the end", "abc", Charset::kUtf8, 1, 9, 100, "bc"},
    {"nothing", "abc", Charset::kUtf8, 2, 2, 100, ""},
};

TEST(RawTextTest, ShowsWhatStandsThere) {
  for (const Case& test : kCases) {
    RawText raw(std::make_unique<BufferSource>(test.file), test.charset);
    EXPECT_THAT(raw.Read(test.begin, test.end, test.max_characters),
                testing::IsOkAndHolds(std::string(test.text)))
        << test.name;
  }
}

}  // namespace
}  // namespace regulars::csv
