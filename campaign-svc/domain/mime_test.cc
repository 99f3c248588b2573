#include "campaign-svc/domain/mime.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::campaign {
namespace {

using ::regulars::testing::HasReason;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Mime, HeaderText) {
  const struct {
    const char* text;
    const char* header;
  } rows[] = {
      {"Hello", "Hello"},
      {"", ""},
      {"  a  b  ", "a b"},
      // printf 'Grüße' | base64
      {"Grüße", "=?UTF-8?B?R3LDvMOfZQ==?="},
      // What looks like an encoded word is encoded, so that it is read as it was written.
      {"=?UTF-8?Q?x?=", "=?UTF-8?B?PT9VVEYtOD9RP3g/PQ==?="},
      // Line ends are spaces: no header begins here.
      {"Hi\r\nBcc: eve@evil.example", "Hi Bcc: eve@evil.example"},
      {"a\nb\rc", "a b c"},
      // printf 'a b' | base64, for U+2028 and U+0085 end lines too.
      {"a\u2028b", "a b"},
      {"a\u0085b", "a b"},
  };
  for (const auto& row : rows) EXPECT_EQ(HeaderText(row.text), row.header) << row.text;
  EXPECT_EQ(HeaderText(std::string("a\0b", 3)), "a b");
}

// Every encoded word is whole by itself and at most 75 characters long (RFC 2047, 2 and 5).
TEST(Mime, LongHeadersAreFoldedBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "日本";
  const std::string header = HeaderText(text);
  const std::vector<std::string> words = absl::StrSplit(header, "\r\n ");
  EXPECT_GT(words.size(), 4);
  for (const std::string& word : words) {
    EXPECT_LE(word.size(), 75);
    EXPECT_THAT(word, ::testing::StartsWith("=?UTF-8?B?"));
    // 13 three-byte characters fit in 39 bytes, so no word needs padding within a character.
    EXPECT_EQ((word.size() - 12) % 4, 0);
  }
}

TEST(Mime, BytesThatAreNoTextHaveAnEnd) {
  const std::string header = HeaderText(std::string(100, '\x96'));
  EXPECT_LT(header.size(), 300u);
  EXPECT_EQ(header.find("=?UTF-8?B?"), 0u);
}

// A line that holds one has at most 76, with its header's name.
TEST(Mime, LinesWithEncodedWordsAreShort) {
  Mail mail;
  for (int i = 0; i < 40; ++i) mail.subject += "日本";
  mail.from_name = mail.to_name = mail.subject;
  mail.from = {"news", "shop.example"};
  mail.to = {"ann", "example.com"};
  mail.text = "Hi";
  mail.id = "06g1x7k3vq8s5e0h4m2n9p1r3t";
  ASSERT_OK_AND_ASSIGN(const std::string wire, BuildMail(mail));
  int words = 0;
  for (const absl::string_view line : absl::StrSplit(wire, "\r\n")) {
    if (!absl::StrContains(line, "=?UTF-8?B?")) continue;
    ++words;
    EXPECT_LE(line.size(), 76) << line;
  }
  EXPECT_GT(words, 12);
}

TEST(Mime, Phrases) {
  EXPECT_EQ(HeaderPhrase("Ann Lee"), "\"Ann Lee\"");
  EXPECT_EQ(HeaderPhrase("A \"B\" \\C"), "\"A \\\"B\\\" \\\\C\"");
  EXPECT_EQ(HeaderPhrase("Eve <eve@evil.example>\r\nBcc: x@y.example"),
            "\"Eve <eve@evil.example> Bcc: x@y.example\"");
  EXPECT_EQ(HeaderPhrase(" \r\n "), "");
}

// Examples by RFC 2045, 6.7, and Python's quopri.
TEST(Mime, QuotedPrintable) {
  struct Row {
    std::string text;
    std::string encoded;
  };
  const std::vector<Row> rows = {
      {"", ""},
      {"a=b", "a=3Db"},
      {"ü", "=C3=BC"},
      {"a \nb\t\n", "a=20\r\nb=09\r\n"},
      {"a\r\nb\rc\n", "a\r\nb\r\nc\r\n"},
      {".\n..a", "=2E\r\n=2E.a"},
      {std::string("\0\x7f", 2), "=00=7F"},
      {std::string(76, 'a'), absl::StrCat(std::string(75, 'a'), "=\r\na")},
      {absl::StrCat(std::string(75, 'a'), "."), absl::StrCat(std::string(75, 'a'), "=\r\n=2E")},
      {absl::StrCat(std::string(74, 'a'), "ü"), absl::StrCat(std::string(74, 'a'), "=\r\n=C3=BC")},
  };
  for (const auto& row : rows) EXPECT_EQ(QuotedPrintable(row.text), row.encoded);
}

Mail Sample() {
  Mail mail;
  mail.from_name = "The Shop";
  mail.from = {"news", "shop.example"};
  mail.to_name = "Ann";
  mail.to = {"ann", "example.com"};
  mail.subject = "Hello";
  mail.text = "Hi\n";
  mail.id = "06g1x7k3vq8s5e0h4m2n9p1r3t";
  mail.date = absl::FromUnixSeconds(1'700'000'000);
  return mail;
}

TEST(Mime, TextAlone) {
  ASSERT_OK_AND_ASSIGN(const std::string wire, BuildMail(Sample()));
  EXPECT_EQ(wire,
            "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"
            "From: \"The Shop\"\r\n <news@shop.example>\r\n"
            "To: \"Ann\"\r\n <ann@example.com>\r\n"
            "Subject: Hello\r\n"
            "Message-ID: <06g1x7k3vq8s5e0h4m2n9p1r3t@shop.example>\r\n"
            "Auto-Submitted: auto-generated\r\n"
            "MIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            "Content-Transfer-Encoding: quoted-printable\r\n"
            "\r\n"
            "Hi\r\n\r\n");
}

TEST(Mime, AlternativesAndUnsubscribing) {
  Mail mail = Sample();
  mail.html = "<p>Hi</p>";
  mail.unsubscribe_url = "https://shop.example/u/abc";
  mail.reply_to = {"help", "shop.example"};
  ASSERT_OK_AND_ASSIGN(const std::string wire, BuildMail(mail));
  EXPECT_THAT(wire, HasSubstr("List-Unsubscribe: <https://shop.example/u/abc>\r\n"
                              "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
  EXPECT_THAT(wire, HasSubstr("Reply-To: help@shop.example\r\n"));
  EXPECT_THAT(wire, HasSubstr("Auto-Submitted: auto-generated\r\n"));
  // One click is for HTTPS alone (RFC 8058, 3.1).
  mail.unsubscribe_url = "http://shop.example/u/abc";
  ASSERT_OK_AND_ASSIGN(const std::string open, BuildMail(mail));
  EXPECT_THAT(open, HasSubstr("List-Unsubscribe: <http://shop.example/u/abc>\r\n"));
  EXPECT_THAT(open, Not(HasSubstr("List-Unsubscribe-Post")));
  const size_t text = wire.find("text/plain");
  const size_t html = wire.find("text/html");
  // The part that is preferred comes last (RFC 2046, 5.1.4).
  EXPECT_LT(text, html);
  EXPECT_NE(html, std::string::npos);
  EXPECT_THAT(wire, ::testing::EndsWith("\r\n--=_06g1x7k3vq8s5e0h4m2n9p1r3t--\r\n"));
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(wire, "\r\n"))) {
    EXPECT_LE(line.size(), 998);
    EXPECT_EQ(line.find_first_of("\r\n"), std::string::npos);
  }
}

TEST(Mime, NothingBeginsAHeader) {
  Mail mail = Sample();
  mail.subject = "x\r\nBcc: eve@evil.example\r\n\r\nbody";
  mail.from_name = "x\nBcc: eve@evil.example";
  mail.to_name = std::string("x\0\rBcc: eve@evil.example", 24);
  ASSERT_OK_AND_ASSIGN(const std::string wire, BuildMail(mail));
  EXPECT_THAT(wire, Not(HasSubstr("\nBcc")));
  EXPECT_THAT(wire, Not(HasSubstr("\rBcc")));
}

TEST(Mime, RefusesLinksThatNoHeaderHolds) {
  for (const char* url : {"https://x.example/\r\nBcc: a@b.c", "https://x.example/>", "a b"}) {
    Mail mail = Sample();
    mail.unsubscribe_url = url;
    EXPECT_THAT(BuildMail(mail), HasReason("INVALID_URL"));
  }
  Mail mail = Sample();
  mail.text = std::string(kMaxMailBytes + 1, 'a');
  EXPECT_THAT(BuildMail(mail), HasReason("MAIL_TOO_LARGE"));
}

}  // namespace
}  // namespace regulars::campaign
