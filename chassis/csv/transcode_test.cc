#include "chassis/csv/transcode.h"

#include <gtest/gtest.h>

#include <string>

#include "chassis/testing/status_matchers.h"

namespace regulars::csv {
namespace {

struct Case {
  const char* name;
  const char* charset;
  std::string bytes;
  std::string text;
};

using namespace std::string_literals;  // NOLINT: for texts that hold NUL.

// Bytes of JIS X 0208, KS X 1001, KOI8-R, CP437 and UTF-32 as their standards have them.
const Case kCases[] = {
    {"Japanese", "shift_jis", "\x93\xFA\x96\x7B,1\r\n", "日本,1\r\n"},
    {"Korean", "euc-kr", "\xC7\xD1\xB1\xB9", "한국"},
    {"Russian", "KOI8-R", "\xF2\xEF\xF3", "РОС"},
    {"of DOS", "cp437", "M\x81ller", "Müller"},
    {"beyond the first plane", "utf-32le", "\x00\xF6\x01\x00"s, "\U0001F600"},
    {"Latin 9", "iso-8859-15", "\xA4", "€"},
    {"what is no text in it", "shift_jis", "a\x93", "a\xFF"},
    {"more than ASCII", "us-ascii", "a\xC3\xA9z", "a\xFF\xFFz"},
    {"a whole pair", "utf-7", "+2D3cqQ- b", "\U0001F4A9 b"},
    {"the first half of a pair", "utf-7", "+2D0- b", "\xFF b"},
    {"the second half of a pair", "utf-7", "+3Kk- b", "\xFF b"},
    {"half a pair at the end", "utf-7", "a+2D0-", "a\xFF"},
    {"nothing", "shift_jis", "", ""},
};

// Gives one byte at a time: no character is whole in one read.
class Dripping : public BufferSource {
 public:
  using BufferSource::BufferSource;
  absl::StatusOr<size_t> Read(char* to, size_t) override { return BufferSource::Read(to, 1); }
};

std::string Read(ByteSource& source, const char* charset) {
  std::string text;
  EXPECT_OK(Transcode(source, charset, [&](absl::string_view utf8) {
    text.append(utf8.data(), utf8.size());
    return absl::OkStatus();
  }));
  return text;
}

TEST(TranscodeTest, TurnsCharsetsIntoUtf8) {
  for (const Case& test : kCases) {
    EXPECT_TRUE(IsKnownCharset(test.charset)) << test.name;
    BufferSource whole(test.bytes);
    EXPECT_EQ(Read(whole, test.charset), test.text) << test.name;
    Dripping dripping(test.bytes);
    EXPECT_EQ(Read(dripping, test.charset), test.text) << test.name;
  }
}

TEST(TranscodeTest, LongTextsStayWhole) {
  std::string bytes;
  std::string text;
  for (int i = 0; i < 50'000; ++i) {
    bytes += "\x93\xFA\x96\x7B";
    text += "日本";
  }
  BufferSource source(bytes);
  EXPECT_EQ(Read(source, "shift_jis"), text);
}

TEST(TranscodeTest, UnknownNames) {
  for (const char* name : {"", "klingon", "utf-8,swaplfnl", "../../x", "a b"}) {
    EXPECT_FALSE(IsKnownCharset(name)) << name;
  }
  EXPECT_FALSE(IsKnownCharset(std::string(61, 'a')));
}

TEST(TranscodeTest, ErrorsOfTheWriterEndIt) {
  BufferSource source("abc");
  EXPECT_THAT(
      Transcode(source, "shift_jis", [](absl::string_view) { return absl::AbortedError("full"); }),
      testing::StatusIs(absl::StatusCode::kAborted));
}

}  // namespace
}  // namespace regulars::csv
