#include "campaign-svc/domain/smtp_outcome.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace regulars::campaign {
namespace {

// Whether a refusal means that the recipient's address is no good, not that the server dislikes the
// sender or the mail. Only enhanced codes say so (RFC 3463): 5.1.x is about addresses, 5.2.1 a
// mailbox that takes nothing. A bare 550 is also how servers refuse to relay, or a machine on a
// blocklist: it would close the way to everybody. With one recipient a transaction, what is said
// after the mail is about that one, too.
bool IsAddressAtFault(const SmtpResult& result) {
  if (result.stage < SmtpStage::kRcptTo) return false;
  // 5.1.7 and 5.1.8 are about the sender's address.
  if (result.enhanced == "5.1.7" || result.enhanced == "5.1.8") return false;
  // "Other address status": to the mail, it may be that of its From.
  if (result.enhanced == "5.1.0" && result.stage != SmtpStage::kRcptTo) return false;
  return absl::StartsWith(result.enhanced, "5.1.") || result.enhanced == "5.2.1";
}

// MAIL FROM names nobody but us, so what it is refused for is not the message's fault: no sign-in,
// a quota, a sender that is not liked. It names the mail's size and kind, though: 552 is too large,
// 555 a parameter that the server does not take (RFC 1870, 5321).
bool IsAboutTheMail(int code) { return code == 552 || code == 555; }

}  // namespace

Verdict Judge(const SmtpResult& result) {
  if (result.accepted) return Verdict::kSent;
  if (result.lacks_utf8) return Verdict::kRejected;
  if (result.stage == SmtpStage::kConnect) return Verdict::kUnreachable;
  if (result.stage == SmtpStage::kMailFrom && !IsAboutTheMail(result.code)) {
    return Verdict::kUnreachable;
  }
  if (result.code < 400) {
    // The connection broke (no code: 0). Before the mail's end a server must not deliver it (RFC
    // 5321, 4.1.1.4); after it, it may have.
    return result.stage == SmtpStage::kHandedOver ? Verdict::kUnknown : Verdict::kTemporary;
  }
  // 504 is how servers say to the first recipient that they dislike how this machine named itself
  // (RFC 5321, 4.2.2; --smtp-helo).
  if (result.code == 504) return Verdict::kUnreachable;
  // 421 to a recipient is about this message as far as anyone can tell: were it not counted, one
  // recipient could hold up all.
  if (result.code < 500) return Verdict::kTemporary;
  return IsAddressAtFault(result) ? Verdict::kBounced : Verdict::kRejected;
}

absl::string_view StageName(SmtpStage stage) {
  switch (stage) {
    case SmtpStage::kConnect:
      return "connection";
    case SmtpStage::kMailFrom:
      return "MAIL FROM";
    case SmtpStage::kRcptTo:
      return "RCPT TO";
    case SmtpStage::kData:
      return "DATA";
    case SmtpStage::kHandedOver:
      return "end of the mail";
  }
  return "";
}

absl::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kSent:
      return "sent";
    case Verdict::kUnreachable:
      return "unreachable";
    case Verdict::kTemporary:
      return "temporary";
    case Verdict::kRejected:
      return "rejected";
    case Verdict::kBounced:
      return "bounced";
    case Verdict::kUnknown:
      return "unknown";
  }
  return "";
}

std::string EnhancedCode(absl::string_view reply_text) {
  absl::ConsumePrefix(&reply_text, "#");
  const size_t end = std::min(reply_text.find(' '), reply_text.size());
  const absl::string_view word = reply_text.substr(0, end);
  const bool good = word.size() >= 5 && word.size() <= 9 && absl::ascii_isdigit(word[0]) &&
                    std::count(word.begin(), word.end(), '.') == 2 &&
                    std::all_of(word.begin(), word.end(),
                                [](char c) { return absl::ascii_isdigit(c) || c == '.'; });
  return good ? std::string(word) : "";
}

absl::Duration RetryDelay(int64_t attempts, uint64_t random) {
  constexpr absl::Duration kLongest = absl::Hours(4);
  absl::Duration delay = absl::Minutes(1);
  for (int64_t i = 1; i < attempts && delay < kLongest; ++i) delay *= 4;
  delay = std::min(delay, kLongest);
  return delay + delay * static_cast<int64_t>(random % 1000) / 4000;
}

}  // namespace regulars::campaign
