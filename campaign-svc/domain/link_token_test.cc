#include "campaign-svc/domain/link_token.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace regulars::campaign {
namespace {

constexpr char kId[] = "06g1x7k3vq8s5e0h4m2n9p1r3t";
const std::string kSecret(32, 's');

TEST(LinkToken, SaysWhatWasSigned) {
  const LinkSigner signer({{1, kSecret}});
  const Link rows[] = {
      {LinkKind::kOpen, kId, ""},
      {LinkKind::kClick, kId, "https://shop.example/pots?a=1&b=ü"},
      {LinkKind::kUnsubscribe, kId, "06g1x7k3vq8s5e0h4m2n9p1r3z newsletter"},
  };
  for (const Link& link : rows) {
    const std::string token = signer.Sign(link);
    EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                      "0123456789-_"),
              std::string::npos);
    EXPECT_EQ(signer.Verify(token, link.kind), link);
  }
}

// The MAC by Python: hmac.new(b"s"*32, b"regulars link " + payload, "sha256").digest()[:16].
TEST(LinkToken, PublishedForm) {
  const LinkSigner signer({{1, kSecret}});
  std::string bytes;
  ASSERT_TRUE(absl::WebSafeBase64Unescape(signer.Sign({LinkKind::kClick, kId, "https://x.example"}),
                                          &bytes));
  EXPECT_EQ(bytes.substr(0, 46), absl::StrCat("\x01", "c", "\x01", kId, "https://x.example"));
  EXPECT_EQ(absl::BytesToHexString(bytes.substr(46)), "b01bae4f0c08f0ef0b24a7c630b18f8f");
}

TEST(LinkToken, ForgeriesAreRefused) {
  const LinkSigner signer({{1, kSecret}});
  const LinkSigner other({{1, std::string(32, 't')}});
  const std::string token = signer.Sign({LinkKind::kClick, kId, "https://shop.example/"});
  EXPECT_FALSE(signer.Verify(other.Sign({LinkKind::kClick, kId, "https://evil.example/"}),
                             LinkKind::kClick));
  // A link of one use is none of another.
  EXPECT_FALSE(signer.Verify(token, LinkKind::kUnsubscribe));
  EXPECT_FALSE(signer.Verify(token, LinkKind::kOpen));
  std::string bytes;
  ASSERT_TRUE(absl::WebSafeBase64Unescape(token, &bytes));
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(signer.Verify(absl::WebSafeBase64Escape(changed), LinkKind::kClick)) << i;
    EXPECT_FALSE(signer.Verify(absl::WebSafeBase64Escape(bytes.substr(0, i)), LinkKind::kClick));
  }
  for (const char* bad : {"", "x", "!!!", "AAAA", "https://evil.example"}) {
    EXPECT_FALSE(signer.Verify(bad, LinkKind::kClick)) << bad;
  }
  EXPECT_FALSE(signer.Verify(std::string(LinkSigner::kMaxTokenBytes + 1, 'A'), LinkKind::kClick));
}

TEST(LinkToken, KeysChangeAndOldLinksStayGood) {
  const LinkSigner before({{1, kSecret}});
  const LinkSigner after({{1, kSecret}, {2, std::string(32, 'n')}});
  const Link link{LinkKind::kOpen, kId, ""};
  EXPECT_EQ(after.Verify(before.Sign(link), LinkKind::kOpen), link);
  EXPECT_NE(before.Sign(link), after.Sign(link));
  EXPECT_FALSE(before.Verify(after.Sign(link), LinkKind::kOpen));
}

TEST(LinkToken, AddressHashesNeedTheSecret) {
  EXPECT_EQ(AddressHash(kSecret, "ann@shop.example"), AddressHash(kSecret, "ann@shop.example"));
  EXPECT_NE(AddressHash(kSecret, "ann@shop.example"), AddressHash(kSecret, "bob@shop.example"));
  EXPECT_NE(AddressHash(kSecret, "ann@shop.example"),
            AddressHash(std::string(32, 't'), "ann@shop.example"));
}

}  // namespace
}  // namespace regulars::campaign
