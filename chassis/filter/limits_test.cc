// The longest and strangest texts: each ends soon, in an answer or in an error.
#include <gtest/gtest.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "chassis/base/ids.h"
#include "chassis/filter/check.h"
#include "chassis/filter/parse.h"
#include "chassis/filter/sql.h"
#include "chassis/filter/thing.h"
#include "chassis/testing/status_matchers.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace regulars::filter {
namespace {

using ::regulars::testing::HasReason;

// A few milliseconds each without sanitizers; the rest is for those and for a busy machine.
constexpr double kMaxCpuSeconds = 0.25;

std::string Repeat(absl::string_view piece, size_t bytes = kMaxFilterBytes) {
  std::string out;
  while (out.size() + piece.size() <= bytes) absl::StrAppend(&out, piece);
  return out;
}

void Feed(absl::string_view text) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(text.data()), text.size());
}

double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

TEST(Limits, Length) {
  const Schema schema = ThingSchema();
  const std::string longest = absl::StrCat("count = 1", std::string(kMaxFilterBytes - 9, ' '));
  EXPECT_OK(Compile(longest, schema));
  EXPECT_THAT(Compile(absl::StrCat(longest, " "), schema), HasReason("FILTER_TOO_LONG"));
  EXPECT_THAT(Compile(Repeat("a", 100'000'000), schema), HasReason("FILTER_TOO_LONG"));
}

TEST(Limits, Depth) {
  const Schema schema = ThingSchema();
  const auto nested = [](int depth) {
    return absl::StrCat(std::string(depth, '('), "count = 1", std::string(depth, ')'));
  };
  EXPECT_OK(Compile(nested(kMaxFilterDepth), schema));
  EXPECT_THAT(Compile(nested(kMaxFilterDepth + 1), schema), HasReason("FILTER_TOO_DEEP"));
  const absl::Status status = Compile(Repeat("("), schema).status();
  EXPECT_THAT(status, HasReason("FILTER_TOO_DEEP"));
  EXPECT_EQ(GetErrorDetails(status).metadata[0].second, "51");
  // Printing adds no depth.
  std::string alternating = "count = 1";
  for (int i = 0; i < kMaxFilterDepth; ++i) {
    alternating = absl::StrCat("NOT (", alternating, " count = 2 OR flag = true)");
  }
  ASSERT_OK_AND_ASSIGN(const Expression expression, Compile(alternating, schema));
  ASSERT_OK_AND_ASSIGN(const Expression again, Compile(expression.ToText(), schema));
  EXPECT_TRUE(again == expression);
}

TEST(Limits, NegationsInARowCancel) {
  const Schema schema = ThingSchema();
  for (const bool odd : {false, true}) {
    for (const char* negation : {"-", "NOT "}) {
      std::string text = Repeat(negation, 8000);
      if (odd != (text.size() / std::string(negation).size() % 2 == 1)) text += negation;
      ASSERT_OK_AND_ASSIGN(const Expression expression, Compile(text + "count = 1", schema));
      EXPECT_EQ(expression.ToText(), odd ? "NOT count = 1" : "count = 1");
    }
  }
}

TEST(Limits, HardTextsEndInMilliseconds) {
  std::string nested_not = "a";
  for (int i = 0; i < kMaxFilterDepth; ++i) nested_not = absl::StrCat("NOT (", nested_not, " b)");
  const std::string half = Repeat("a ", kMaxFilterBytes / 2 - 100);
  const std::string texts[] = {
      Repeat("("),
      Repeat(")"),
      Repeat("()"),
      Repeat("(a)"),
      Repeat("(("),
      Repeat("-"),
      Repeat("NOT "),
      Repeat("NOT("),
      Repeat("-("),
      Repeat("- "),
      Repeat("a "),
      Repeat("a OR "),
      Repeat("a AND "),
      absl::StrCat(Repeat("a OR ", kMaxFilterBytes - 1), "a"),
      Repeat("a."),
      Repeat("a"),
      Repeat("*"),
      Repeat("a*"),
      Repeat("\""),
      Repeat("\\"),
      Repeat("'a'"),
      Repeat("\"\\u0000\" "),
      Repeat("="),
      Repeat("a="),
      Repeat("a=b "),
      Repeat("count=1 "),
      Repeat("count=1 OR "),
      Repeat("tags:a "),
      Repeat("tags:* "),
      Repeat("name=*a* "),
      Repeat("f("),
      Repeat("f()"),
      Repeat("f(a,"),
      Repeat("ago(1d)"),
      Repeat("made<today() "),
      Repeat("made=today() "),
      Repeat("events(1d).count=1 "),
      Repeat("labels.weight=1 "),
      Repeat(","),
      Repeat("."),
      Repeat(":"),
      Repeat("!"),
      Repeat("<="),
      Repeat("é"),
      Repeat("\xF0\x9F\x98\x80"),
      Repeat("\xC2\xA0"),
      Repeat(std::string(1, '\0')),
      Repeat("\xFF"),
      Repeat("name=\"\n\" "),
      absl::StrCat("name=\"", Repeat("*", 8000), "\""),
      absl::StrCat("name=\"", Repeat("\\", 8000), "\""),
      absl::StrCat("count=", Repeat("9", 8000)),
      absl::StrCat("price=0.", Repeat("0", 8000)),
      absl::StrCat("length=", Repeat("9", 8000), "d"),
      absl::StrCat(Repeat("count.", 8000), "x=1"),
      absl::StrCat(std::string(8000, 'x'), "=1"),
      nested_not,
      absl::StrCat(std::string(50, '('), half, std::string(50, ')'), half),
  };
  for (const std::string& text : texts) {
    ASSERT_LE(text.size(), kMaxFilterBytes);
    const double begin = CpuSeconds();
    Feed(text);
    EXPECT_LT(CpuSeconds() - begin, kMaxCpuSeconds) << text.substr(0, 40);
  }
}

// A slip of the keyboard anywhere in a good filter.
TEST(Limits, DamagedFiltersDoNotCrash) {
  const std::string good =
      "name = \"a\\u00e9*\" AND NOT (count >= 1 OR tags:'x y') -made < ago(\"90d\") "
      "labels.\"odd key\":* events(1d).total > 2.50 made = 2024-05-31T18:30:00+02:00";
  ASSERT_OK(Compile(good, ThingSchema()));
  Mixer mixer(1);
  for (size_t cut = 0; cut <= good.size(); ++cut) Feed(good.substr(0, cut));
  for (int i = 0; i < 20000; ++i) {
    std::string text = good;
    for (uint64_t edits = 1 + mixer.Next() % 3; edits > 0; --edits) {
      const size_t place = mixer.Next() % text.size();
      static constexpr absl::string_view kPieces =
          "()\"'\\*.:,=<>!- \xC3\xFF\x01"
          "aN0";
      const std::string piece(1, kPieces[mixer.Next() % kPieces.size()]);
      text.replace(place, mixer.Next() % 3, piece);
    }
    Feed(text);
  }
}

TEST(Limits, TheFuzzersCorpusHolds) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(FILTER_FUZZ_CORPUS)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    Feed(text);
    ++files;
  }
  EXPECT_GT(files, 20);
}

}  // namespace
}  // namespace regulars::filter
