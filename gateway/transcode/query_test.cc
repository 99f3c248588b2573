#include "gateway/transcode/query.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::HasReason;

TEST(Query, TakesFormsApart) {
  const struct {
    const char* query;
    const char* expected;
  } rows[] = {
      {"", ""},
      {"a=b", "[a|b]"},
      {"a=1&a=2&b=", "[a|1][a|2][b|]"},
      {"a", "[a|]"},
      {"&&a=1&", "[a|1]"},
      {"a=b=c", "[a|b=c]"},
      {"=x", "[|x]"},
      {"a+b=c+d%2Be", "[a b|c d+e]"},
      {"a%2Eb=%26%3D", "[a.b|&=]"},
      {"a=x;b=y", "[a|x;b=y]"},
      {"f=caf%C3%A9", "[f|caf\xC3\xA9]"},
  };
  for (const auto& row : rows) {
    ASSERT_OK_AND_ASSIGN(const auto parameters, ParseQuery(row.query));
    std::string got;
    for (const QueryParameter& p : parameters)
      absl::StrAppend(&got, "[", p.name, "|", p.value, "]");
    EXPECT_EQ(got, row.expected) << row.query;
  }
}

TEST(Query, RefusesHalfAnEscapeAndTooMany) {
  for (const char* query : {"a=%", "%4=b", "a=b&c=%zz"}) {
    EXPECT_THAT(ParseQuery(query), HasReason("MALFORMED_QUERY")) << query;
  }
  std::string query;
  for (size_t i = 0; i < kMaxQueryParameters; ++i) query += "a=1&";
  EXPECT_OK(ParseQuery(query));
  EXPECT_THAT(ParseQuery(absl::StrCat(query, "a")), HasReason("MALFORMED_QUERY"));
}

}  // namespace
}  // namespace regulars::gateway
