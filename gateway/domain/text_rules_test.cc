#include "gateway/domain/text_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::HasReason;

TEST(TextRulesTest, Text) {
  EXPECT_OK(CheckText("f", "", 3));
  EXPECT_OK(CheckText("f", "äöü", 3));
  EXPECT_OK(CheckText("f", "Zoë 🛒", 5));
  EXPECT_THAT(CheckText("f", "äöüß", 3), HasReason("FIELD_TOO_LONG"));
  for (const std::string& bad :
       {std::string("a\0b", 3), std::string("a\x1b[31m"), std::string("\t"), std::string("\x7f"),
        std::string("\xc2\x85"), std::string("\xff"), std::string("\xed\xa0\x80")}) {
    EXPECT_THAT(CheckText("f", bad, 100), HasReason("INVALID_TEXT"))
        << ::testing::PrintToString(bad);
  }
  EXPECT_OK(CheckText("f", "\xc2\xa0", 100)) << "a no-break space is no control character";
}

TEST(TextRulesTest, Stores) {
  EXPECT_OK(CheckStores("user.stores", {}));
  EXPECT_OK(CheckStores("user.stores", {"London-1", "web_shop", "0.1", std::string(64, 'x')}));
  for (const std::string& bad : {std::string(), std::string("a b"), std::string("a/b"),
                                 std::string("é"), std::string("a\"b"), std::string(65, 'x')}) {
    const absl::Status status = CheckStores("user.stores", {"fine", bad});
    EXPECT_THAT(status, HasReason("INVALID_STORE")) << bad;
    EXPECT_EQ(GetErrorDetails(status).violations.at(0).field, "user.stores[1]");
  }
  // With quotes and comma each takes 10 bytes of a token.
  EXPECT_OK(CheckStores("f", std::vector<std::string>(200, "1234567")));
  EXPECT_THAT(CheckStores("f", std::vector<std::string>(201, "1234567")),
              HasReason("TOO_MANY_STORES"));
  EXPECT_OK(CheckStores("f", std::vector<std::string>(500, "1")));
  const absl::Status many = CheckStores("f", std::vector<std::string>(501, "1"));
  EXPECT_THAT(many, HasReason("TOO_MANY_STORES"));
  EXPECT_THAT(many.message(), ::testing::HasSubstr("at most 2000 bytes"));
  EXPECT_THAT(many.message(), ::testing::Not(::testing::HasSubstr("1000 stores")));
  // What access.proto gives as an example.
  EXPECT_OK(CheckStores("f", std::vector<std::string>(166, "store-001")));
  EXPECT_THAT(CheckStores("f", std::vector<std::string>(167, "store-001")),
              HasReason("TOO_MANY_STORES"));
}

}  // namespace
}  // namespace regulars::gateway
