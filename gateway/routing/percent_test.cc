#include "gateway/routing/percent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace regulars::gateway {
namespace {

TEST(PercentDecode, EachWay) {
  const struct {
    const char* text;
    const char* all;
    const char* keep_slashes;
    const char* form;
  } rows[] = {
      {"", "", "", ""},
      {"plain-._~", "plain-._~", "plain-._~", "plain-._~"},
      {"a%20b", "a b", "a b", "a b"},
      {"a+b", "a+b", "a+b", "a b"},
      {"a%2Bb", "a+b", "a+b", "a+b"},
      {"a%2Fb%2fc/d", "a/b/c/d", "a%2Fb%2fc/d", "a/b/c/d"},
      {"%3A%40%3f%23", ":@?#", ":@?#", ":@?#"},
      {"%E2%82%AC", "\xE2\x82\xAC", "\xE2\x82\xAC", "\xE2\x82\xAC"},
      {"%252F", "%2F", "%2F", "%2F"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(PercentDecode(row.text, Decode::kAll), row.all) << row.text;
    EXPECT_EQ(PercentDecode(row.text, Decode::kKeepSlashes), row.keep_slashes) << row.text;
    EXPECT_EQ(PercentDecode(row.text, Decode::kForm), row.form) << row.text;
  }
}

TEST(PercentDecode, RefusesHalfAnEscape) {
  for (const char* text : {"%", "%1", "a%", "%g0", "%0g", "%%20", "% 2"}) {
    for (Decode how : {Decode::kAll, Decode::kKeepSlashes, Decode::kForm}) {
      EXPECT_EQ(PercentDecode(text, how), std::nullopt) << text;
    }
  }
}

}  // namespace
}  // namespace regulars::gateway
