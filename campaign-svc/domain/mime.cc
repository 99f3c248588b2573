#include "campaign-svc/domain/mime.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "campaign-svc/domain/text_rules.h"
#include "chassis/base/errors.h"
#include "chassis/base/text.h"

namespace regulars::campaign {
namespace {

// A line with encoded words has at most 76 characters, its header's name and all (RFC 2047, 2): 12
// of them around the base64 of this, behind "Subject: ".
constexpr size_t kWordBytes = 39;
// What fits in one header line beside the longest header name that we use.
constexpr size_t kShortHeader = 60;
// RFC 2045, 6.7: a line of quoted-printable, with its soft break.
constexpr size_t kQuotedLine = 76;
// RFC 5322, 2.1.1, less what stands around the URL.
constexpr size_t kMaxUrlBytes = 900;

bool IsPlain(absl::string_view text) {
  return text.size() <= kShortHeader && !absl::StrContains(text, "=?") &&
         std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isprint(c); });
}

std::string EncodedWords(absl::string_view text) {
  std::string words;
  while (!text.empty()) {
    // No code point is cut in two: each word is read by itself. What is no UTF-8 is cut anywhere.
    absl::string_view piece = TruncateUtf8(text, kWordBytes);
    if (piece.empty()) piece = text.substr(0, kWordBytes);
    absl::StrAppend(&words, words.empty() ? "" : "\r\n ", "=?UTF-8?B?", absl::Base64Escape(piece),
                    "?=");
    text.remove_prefix(piece.size());
  }
  return words;
}

void AppendByte(unsigned char byte, std::string& line) {
  constexpr char kHex[] = "0123456789ABCDEF";
  line += '=';
  line += kHex[byte >> 4];
  line += kHex[byte & 15];
}

// A line's end, or 0: how many bytes of `text` at `i` are one.
size_t LineEnd(absl::string_view text, size_t i) {
  if (text[i] == '\n') return 1;
  if (text[i] != '\r') return 0;
  return i + 1 < text.size() && text[i + 1] == '\n' ? 2 : 1;
}

std::string Part(absl::string_view type, absl::string_view body) {
  return absl::StrCat("Content-Type: ", type,
                      "; charset=utf-8\r\n"
                      "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
                      QuotedPrintable(body), "\r\n");
}

std::string AddressHeader(absl::string_view name, const Mailbox& mailbox) {
  const std::string phrase = HeaderPhrase(name);
  if (phrase.empty()) return mailbox.address();
  return absl::StrCat(phrase, "\r\n <", mailbox.address(), ">");
}

bool IsHeaderUrl(absl::string_view url) {
  return url.size() <= kMaxUrlBytes && std::all_of(url.begin(), url.end(), [](char c) {
           return absl::ascii_isgraph(c) && c != '<' && c != '>' && c != ',';
         });
}

std::string Headers(const Mail& mail) {
  std::string headers =
      absl::StrCat("Date: ", absl::FormatTime(absl::RFC1123_full, mail.date, absl::UTCTimeZone()),
                   "\r\n", "From: ", AddressHeader(mail.from_name, mail.from), "\r\n",
                   "To: ", AddressHeader(mail.to_name, mail.to), "\r\n");
  if (!mail.reply_to.domain.empty()) {
    absl::StrAppend(&headers, "Reply-To: ", mail.reply_to.address(), "\r\n");
  }
  absl::StrAppend(&headers, "Subject: ", HeaderText(mail.subject), "\r\n", "Message-ID: <", mail.id,
                  "@", mail.from.domain, ">\r\n");
  if (!mail.unsubscribe_url.empty()) {
    absl::StrAppend(&headers, "List-Unsubscribe: <", mail.unsubscribe_url, ">\r\n");
    // One click is for HTTPS alone (RFC 8058, 3.1).
    if (absl::StartsWith(mail.unsubscribe_url, "https://")) {
      absl::StrAppend(&headers, "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
    }
  }
  // No mail of ours was written by a person, so no program is to answer one ("I am on holiday").
  // The List headers say so too, but transactional mails have none.
  absl::StrAppend(&headers, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n");
  return headers;
}

}  // namespace

std::string HeaderText(absl::string_view text) {
  const std::string line = OneLine(text);
  return IsPlain(line) ? line : EncodedWords(line);
}

std::string HeaderPhrase(absl::string_view name) {
  const std::string line = OneLine(name);
  if (line.empty()) return "";
  if (!IsPlain(line)) return EncodedWords(line);
  std::string quoted = "\"";
  for (const char c : line) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string QuotedPrintable(absl::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  size_t column = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (const size_t end = LineEnd(text, i)) {
      out += "\r\n";
      column = 0;
      i += end - 1;
      continue;
    }
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool last = i + 1 == text.size() || LineEnd(text, i + 1) > 0;
    // White space at a line's end would be lost on the way.
    const bool plain =
        (absl::ascii_isgraph(byte) && byte != '=') || ((byte == ' ' || byte == '\t') && !last);
    if (column + (plain ? 1 : 3) > kQuotedLine - 1) {
      out += "=\r\n";
      column = 0;
    }
    // A '.' at a line's beginning is the SMTP client's to double, but servers are known that mix it
    // up: so none stands there.
    if (plain && !(byte == '.' && column == 0)) {
      out += static_cast<char>(byte);
      ++column;
    } else {
      AppendByte(byte, out);
      column += 3;
    }
  }
  return out;
}

absl::StatusOr<std::string> BuildMail(const Mail& mail) {
  if (!IsHeaderUrl(mail.unsubscribe_url)) {
    return InvalidArgument("INVALID_URL", "the unsubscribe link cannot stand in a header");
  }
  std::string wire = Headers(mail);
  if (mail.html.empty()) {
    absl::StrAppend(&wire, Part("text/plain", mail.text));
  } else {
    // "=_" stands in no line of quoted-printable (RFC 2045, 6.7), so the boundary in none of them.
    const std::string boundary = absl::StrCat("=_", mail.id);
    absl::StrAppend(&wire, "Content-Type: multipart/alternative; boundary=\"", boundary,
                    "\"\r\n\r\n", "--", boundary, "\r\n", Part("text/plain", mail.text), "--",
                    boundary, "\r\n", Part("text/html", mail.html), "--", boundary, "--\r\n");
  }
  if (wire.size() > kMaxMailBytes) {
    return InvalidArgument("MAIL_TOO_LARGE", "the mail has more than 10 MiB");
  }
  return wire;
}

}  // namespace regulars::campaign
