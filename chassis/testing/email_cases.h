// Addresses, and whether they are good ones. Each validator is tested with them: an address that
// one process keeps and another refuses is a person whom nobody can write to, and nobody knows why.
//
//   for (const testing::EmailCase& row : testing::kEmailCases) {
//     EXPECT_EQ(Parse(row.address).ok(), row.good) << row.address;
//   }
#ifndef CHASSIS_TESTING_EMAIL_CASES_H_
#define CHASSIS_TESTING_EMAIL_CASES_H_

namespace regulars::testing {

struct EmailCase {
  const char* address;
  bool good;
};

// By RFC 5321, 4.1.2, RFC 6531, 3.3, and RFC 1123, 2.1.
inline constexpr EmailCase kEmailCases[] = {
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

}  // namespace regulars::testing

#endif  // CHASSIS_TESTING_EMAIL_CASES_H_
