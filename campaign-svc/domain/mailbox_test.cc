#include "campaign-svc/domain/mailbox.h"

#include <gtest/gtest.h>

#include "chassis/testing/email_cases.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::campaign {
namespace {

// Addresses of RFC 3696 and RFC 6531's examples; domains by punycode of RFC 3492.
TEST(Mailbox, WhatIsOne) {
  const struct {
    const char* address;
    const char* as;
    const char* folded;
  } rows[] = {
      {"Ann@Shop.Example", "Ann@shop.example", "ann@shop.example"},
      {"a.b+c@x.example", "a.b+c@x.example", "a.b+c@x.example"},
      {"customer/department=shipping@example.com", "customer/department=shipping@example.com",
       "customer/department=shipping@example.com"},
      {"\"Abc@def\"@example.com", "\"Abc@def\"@example.com", "\"abc@def\"@example.com"},
      {"\"a\\\"b\"@example.com", "\"a\\\"b\"@example.com", "\"a\\\"b\"@example.com"},
      {"ann@Müller.Example", "ann@xn--mller-kva.example", "ann@xn--mller-kva.example"},
      {"用户@例子.广告", "用户@xn--fsqu00a.xn--4rr70v", "用户@xn--fsqu00a.xn--4rr70v"},
  };
  for (const auto& row : rows) {
    ASSERT_OK_AND_ASSIGN(const Mailbox mailbox, ParseMailbox(row.address));
    EXPECT_EQ(mailbox.address(), row.as);
    EXPECT_EQ(mailbox.folded(), row.folded);
  }
}

TEST(Mailbox, WhatIsNone) {
  const std::string long_local(65, 'a');
  const std::string rows[] = {
      "",
      "ann",
      "@shop.example",
      "ann@",
      "ann@localhost",
      "ann@127.0.0.1",
      "ann@[127.0.0.1]",
      "a..b@shop.example",
      ".a@shop.example",
      "a.@shop.example",
      "a b@shop.example",
      "ann@shop .example",
      "ann@-shop.example",
      "ann@shop_.example",
      "ann@shop..example",
      "\"ann@shop.example",
      "\"a\"b\"@shop.example",
      "\"a\\\"@shop.example",
      "Ann <ann@shop.example>",
      "ann@shop.example\r\nBcc: eve@evil.example",
      "ann\r\n@shop.example",
      "\"a\r\nb\"@shop.example",
      std::string("ann\0@shop.example", 17),
      "ann@shop.example>",
      "ann,eve@shop.example",
      "ann@\xff.example",
      long_local + "@shop.example",
      "ann@" + std::string(250, 'a') + ".example",
  };
  for (const std::string& row : rows) {
    EXPECT_FALSE(ParseMailbox(row).ok()) << row;
  }
}

// The right ones are as customer-svc/domain/email_address_test.cc has them, or by RFC 5321, 4.1.2,
// and Unicode's CaseFolding.txt.
TEST(Mailbox, OneMailboxFoldsToOneText) {
  const struct {
    const char* address;
    const char* folded;
  } rows[] = {
      {"Ann.Lee@Shop.Example", "ann.lee@shop.example"},
      {R"("Bob"@shop.example)", "bob@shop.example"},
      {R"("b\ob"@shop.example)", "bob@shop.example"},
      {R"("b\\o\"b"@shop.example)", R"("b\\o\"b"@shop.example)"},
      {R"("A B"@shop.example)", R"("a b"@shop.example)"},
      {R"("\a\ b"@shop.example)", R"("a b"@shop.example)"},
      {R"("a@b"@shop.example)", R"("a@b"@shop.example)"},
      {"M\u00dcLLER@shop.example", "m\u00fcller@shop.example"},
      {"mu\u0308ller@shop.example", "m\u00fcller@shop.example"},
      {"\"M\u00dcLLER\"@shop.example", "m\u00fcller@shop.example"},
      {"Stra\u00dfe@shop.example", "strasse@shop.example"},
  };
  for (const auto& row : rows) {
    const auto mailbox = ParseMailbox(row.address);
    ASSERT_TRUE(mailbox.ok()) << row.address;
    EXPECT_EQ(mailbox->folded(), row.folded) << row.address;
  }
}

TEST(Mailbox, AgreesWithOtherServices) {
  for (const testing::EmailCase& row : testing::kEmailCases) {
    EXPECT_EQ(ParseMailbox(row.address).ok(), row.good) << row.address;
  }
}

}  // namespace
}  // namespace regulars::campaign
