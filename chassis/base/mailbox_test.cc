#include "chassis/base/mailbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"

namespace regulars {
namespace {

using ::testing::HasSubstr;
using testing::IsOkAndHolds;
using testing::StatusIs;

// Addresses of RFC 3696 and RFC 6531's examples; domains by punycode of RFC 3492.
TEST(ParseMailbox, WhatIsOne) {
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

TEST(ParseMailbox, WhatIsNone) {
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

// By RFC 5321, 4.1.2, RFC 6531, 3.3, and RFC 1123, 2.1.
const struct {
  const char* address;
  bool good;
} kRules[] = {
    {"ann@shop.example", true},
    {"Ann.Lee+x@Shop.Example", true},
    {"!#$%&'*+-/=?^_`{|}~@shop.example", true},
    {"a@b.c.shop.example", true},
    {"ann@4u.example", true},
    // Hyphens in the third and fourth place mean something to IDNA, and nothing to the DNS.
    {"ann@ab--cd.example", true},
    {"ann@r3---sn.example", true},
    {"ann@xn--mller-kva.example", true},
    {"ann@M\u00fcller.example", true},
    {"\u00fc@shop.example", true},
    {"\u7528\u6237@\u4f8b\u5b50.\u5e7f\u544a", true},
    {R"("ann"@shop.example)", true},
    {R"("a b"@shop.example)", true},
    {R"(" "@shop.example)", true},
    {R"("a@b"@shop.example)", true},
    {R"("a\"b\\"@shop.example)", true},
    {"", false},
    {"ann", false},
    {"@shop.example", false},
    {"ann@", false},
    // A quoted string may be empty to the grammar; nobody is called so.
    {R"(""@shop.example)", false},
    {R"("ann@shop.example)", false},
    {R"("ann\"@shop.example)", false},
    {R"("a"b"@shop.example)", false},
    {R"("a"b@shop.example)", false},
    {R"("a"@b@shop.example)", false},
    {"\"a\tb\"@shop.example", false},
    {"\"a\r\nb\"@shop.example", false},
    {"\"a\x7f\"@shop.example", false},
    {"\"a\u0085\"@shop.example", false},
    {".ann@shop.example", false},
    {"ann.@shop.example", false},
    {"a..b@shop.example", false},
    {"a b@shop.example", false},
    {" ann@shop.example", false},
    {"ann@shop.example ", false},
    {"ann@home@shop.example", false},
    {"ann(work)@shop.example", false},
    {"Ann <ann@shop.example>", false},
    {"ann,eve@shop.example", false},
    // What nobody sees.
    {"a\u00a0@shop.example", false},
    {"a\u200b@shop.example", false},
    {"a\u0081@shop.example", false},
    {"a\u202e@shop.example", false},
    {"\"a\u00ad\"@shop.example", false},
    {"ann@shop.example\u200b", false},
    {"ann@sh\u00adop.example", false},
    {"ann@shop\u2060.example", false},
    {"ann@\ufeffshop.example", false},
    {"ann@shop.exam\u202eple", false},
    {"ann@shop\u00a0.example", false},
    // A joiner where the host name's script asks for one, and where it does not.
    {"ann@\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.example", true},
    {"ann@sh\u200cop.example", false},
    {"ann@xn--mgba3gch31f060k.example", true},
    {"a\xff@shop.example", false},
    {"ann@\xff.example", false},
    {"ann@localhost", false},
    {"ann@192.0.2.1", false},
    {"ann@[192.0.2.1]", false},
    {"ann@shop.123", false},
    {"ann@shop..example", false},
    {"ann@shop.example.", false},
    {"ann@.shop.example", false},
    {"ann@-shop.example", false},
    {"ann@shop-.example", false},
    {"ann@my_shop.example", false},
    {"ann@xn--aaa-99999999.example", false},
    {"ann@\u05d0a.example", false},
    // 64 bytes before the '@' and 63 in a label are the most.
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@shop.example", true},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@shop.example", false},
    {"ann@bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.example", true},
    {"ann@bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.example", false},
};

TEST(ParseMailbox, RulesOneByOne) {
  for (const auto& row : kRules) {
    EXPECT_EQ(ParseMailbox(row.address).ok(), row.good) << row.address;
  }
}

// By RFC 5321, 4.1.2, and Unicode's CaseFolding.txt.
TEST(FoldMailbox, OneMailboxFoldsToOneText) {
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
    EXPECT_THAT(FoldMailbox(row.address), IsOkAndHolds(row.folded)) << row.address;
  }
}

struct Good {
  const char* name;
  std::string address;
  std::string folded;
};

// From RFC 3696 §3 with its erratum 1690, RFC 5322 §3.4.1, RFC 6531 and UTS 46. What each folds to
// follows from: case is dropped, needless quotes go, domains stand as in the DNS.
const Good kGood[] = {
    {"plain", "ann@example.com", "ann@example.com"},
    {"case", "Ann.Smith@Example.COM", "ann.smith@example.com"},
    {"tag", "user+mailbox@example.com", "user+mailbox@example.com"},
    {"slash", "customer/department=shipping@example.com",
     "customer/department=shipping@example.com"},
    {"dollar", "$A12345@example.com", "$a12345@example.com"},
    {"bangs", "!def!xyz%abc@example.com", "!def!xyz%abc@example.com"},
    {"underscore", "_somename@example.com", "_somename@example.com"},
    {"all_atext", "!#$%&'*+-/=?^_`{|}~@example.com", "!#$%&'*+-/=?^_`{|}~@example.com"},
    {"quoted_at", R"("Abc\@def"@example.com)", R"("abc@def"@example.com)"},
    {"quoted_space", R"("Fred Bloggs"@example.com)", R"("fred bloggs"@example.com)"},
    {"quoted_backslash", R"("Joe\\Blow"@example.com)", R"("joe\\blow"@example.com)"},
    {"quoted_plain_at", R"("Abc@def"@example.com)", R"("abc@def"@example.com)"},
    {"quoted_quote", R"("a\"b"@example.com)", R"("a\"b"@example.com)"},
    {"needless_quotes", R"("Ann"@example.com)", "ann@example.com"},
    {"quoted_dots", R"("a..b"@example.com)", R"("a..b"@example.com)"},
    {"one_letter", "x@e.co", "x@e.co"},
    {"sub_domains", "a@b.c.d.example.com", "a@b.c.d.example.com"},
    {"digits_in_domain", "a@4u.example", "a@4u.example"},
    {"hyphen_in_domain", "a@my-shop.example", "a@my-shop.example"},
    {"new_top_level", "a@shop.photography", "a@shop.photography"},
    {"idn", "Ann@M\xC3\xBCller.example", "ann@xn--mller-kva.example"},
    {"idn_in_dns_form", "ann@XN--Mller-KVA.example", "ann@xn--mller-kva.example"},
    {"idn_eszett", "a@fa\xC3\x9F.de", "a@xn--fa-hia.de"},
    {"idn_top_level", "a@\xE4\xBE\x8B\xE5\xAD\x90.\xE6\xB5\x8B\xE8\xAF\x95",
     "a@xn--fsqu00a.xn--0zwm56d"},
    {"unicode_local", "J\xC3\x96RG@example.com", "j\xC3\xB6rg@example.com"},
    {"decomposed_local", "JO\xCC\x88RG@example.com", "j\xC3\xB6rg@example.com"},
    {"local_64_bytes", std::string(64, 'a') + "@example.com",
     std::string(64, 'a') + "@example.com"},
    {"label_63_bytes", "a@" + std::string(63, 'b') + ".com", "a@" + std::string(63, 'b') + ".com"},
    {"address_254_bytes",
     std::string(64, 'a') + "@" + std::string(63, 'b') + "." + std::string(63, 'c') + "." +
         std::string(57, 'd') + ".com",
     std::string(64, 'a') + "@" + std::string(63, 'b') + "." + std::string(63, 'c') + "." +
         std::string(57, 'd') + ".com"},
};

TEST(FoldMailbox, AcceptsAndFolds) {
  for (const Good& row : kGood) {
    EXPECT_THAT(FoldMailbox(row.address), IsOkAndHolds(row.folded)) << row.name;
  }
}

TEST(FoldMailbox, FoldingTwiceChangesNothing) {
  for (const Good& row : kGood) {
    EXPECT_THAT(FoldMailbox(row.folded), IsOkAndHolds(row.folded)) << row.name;
  }
}

struct Bad {
  const char* name;
  std::string address;
  const char* says;
};

const Bad kBad[] = {
    {"empty", "", "missing"},
    {"no_at", "example.com", "no '@'"},
    {"no_local", "@example.com", "before the '@'"},
    {"no_domain", "ann@", "after the '@'"},
    {"two_ats", "ann@home@example.com", "more than one '@'"},
    {"leading_dot", ".ann@example.com", "before the '@'"},
    {"trailing_dot", "ann.@example.com", "before the '@'"},
    {"double_dot", "ann..smith@example.com", "before the '@'"},
    {"space", "ann smith@example.com", "before the '@'"},
    {"leading_space", " ann@example.com", "before the '@'"},
    {"trailing_space", "ann@example.com ", "host name"},
    {"comma", "ann,smith@example.com", "before the '@'"},
    {"display_name", "Ann <ann@example.com>", "before the '@'"},
    {"comment", "ann(work)@example.com", "before the '@'"},
    {"quote_in_the_middle", "ann\"x\"@example.com", "before the '@'"},
    {"open_quote", "\"ann@example.com", "not closed"},
    {"empty_quotes", R"(""@example.com)", "nothing between the quotes"},
    {"quote_then_more", "\"ann\"smith@example.com", "after the quotes"},
    {"backslash_at_end", "\"ann\\", "not closed"},
    {"control_in_quotes", "\"a\tb\"@example.com", "control"},
    {"nul", std::string("a\0b@example.com", 15), "before the '@'"},
    {"newline", "ann@example.com\nbcc:x@example.com", "more than one '@'"},
    {"bare_host", "ann@localhost", "without a dot"},
    {"ip_literal", "ann@[192.0.2.1]", "IP address"},
    {"ip_address", "ann@192.0.2.1", "ends in a number"},
    {"empty_label", "ann@example..com", "host name"},
    {"dot_at_end", "ann@example.com.", "host name"},
    {"hyphen_first", "ann@-example.com", "host name"},
    {"hyphen_last", "ann@example-.com", "host name"},
    {"underscore_in_domain", "ann@my_shop.example", "host name"},
    {"bad_punycode", "ann@xn--\x61\x61\x61-99999999.example", "internationalised"},
    {"mixed_direction", "a@\xD7\x90\x61.example", "internationalised"},
    {"local_65_bytes", std::string(65, 'a') + "@example.com", "64 bytes"},
    {"label_64_bytes", "a@" + std::string(64, 'b') + ".com", "host name"},
    {"address_255_bytes",
     std::string(64, 'a') + "@" + std::string(63, 'b') + "." + std::string(63, 'c') + "." +
         std::string(58, 'd') + ".com",
     "254 bytes"},
    {"invalid_utf8", "\xFF@example.com", "UTF-8"},
    {"no_break_space", "a\xC2\xA0@example.com", "invisible"},
    {"zero_width_space", "a\xE2\x80\x8B@example.com", "invisible"},
    {"right_to_left_override", "a\xE2\x80\xAE@example.com", "invisible"},
    {"zero_width_space_behind", "a@example.com\xE2\x80\x8B", "invisible"},
    {"soft_hyphen_in_the_domain",
     "a@ex\xC2\xAD"
     "ample.com",
     "invisible"},
};

TEST(FoldMailbox, RefusesAndSaysWhy) {
  for (const Bad& row : kBad) {
    EXPECT_THAT(FoldMailbox(row.address),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(row.says)))
        << row.name;
  }
}

}  // namespace
}  // namespace regulars
