#include "customer-svc/domain/email_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chassis/testing/email_cases.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::customer {
namespace {

using ::testing::HasSubstr;
using testing::IsOkAndHolds;
using testing::StatusIs;

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

TEST(FoldEmail, AcceptsAndFolds) {
  for (const Good& row : kGood) {
    EXPECT_THAT(FoldEmail(row.address), IsOkAndHolds(row.folded)) << row.name;
  }
}

TEST(FoldEmail, FoldingTwiceChangesNothing) {
  for (const Good& row : kGood) {
    EXPECT_THAT(FoldEmail(row.folded), IsOkAndHolds(row.folded)) << row.name;
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

TEST(FoldEmail, RefusesAndSaysWhy) {
  for (const Bad& row : kBad) {
    EXPECT_THAT(FoldEmail(row.address),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(row.says)))
        << row.name;
  }
}

TEST(FoldEmail, AgreesWithOtherServices) {
  for (const testing::EmailCase& row : testing::kEmailCases) {
    EXPECT_EQ(FoldEmail(row.address).ok(), row.good) << row.address;
  }
}

}  // namespace
}  // namespace regulars::customer
