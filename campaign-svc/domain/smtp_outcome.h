// What a conversation with a mail server means for the message.
//
// Pure and thread-safe.
#ifndef CAMPAIGN_SVC_DOMAIN_SMTP_OUTCOME_H_
#define CAMPAIGN_SVC_DOMAIN_SMTP_OUTCOME_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace regulars::campaign {

// How far the conversation came.
enum class SmtpStage {
  // No connection, no greeting, no TLS, no sign-in: nothing that concerns this message.
  kConnect,
  // The sender was named, and no recipient yet.
  kMailFrom,
  kRcptTo,
  // DATA was said, and not all of the mail was sent.
  kData,
  // All of it was sent, and its end.
  kHandedOver,
};

struct SmtpResult {
  SmtpStage stage = SmtpStage::kConnect;
  // The reply to the last command, e.g. 550; 0 if none came. Of a connection that could not be made
  // only a refusal counts: that it was greeted with 220 says nothing.
  int code = 0;
  // Its enhanced status code (RFC 3463), e.g. "5.1.1"; "" without.
  std::string enhanced;
  // Whether the mail was taken.
  bool accepted = false;
  // Whether the mail was not begun, for one of its addresses is not ASCII and the server takes no
  // such ones (RFC 6531).
  bool lacks_utf8 = false;
  // Why not, in words for those who run the service; "" if it was. Names no recipient.
  std::string trouble;
};

enum class Verdict {
  kSent,
  // The mail server took no part in it: try again later; the message is not at fault.
  kUnreachable,
  // Try again later, a bounded number of times.
  kTemporary,
  // Never again this message.
  kRejected,
  // Never again this address.
  kBounced,
  // The mail was handed over, and no answer came: nobody knows.
  kUnknown,
};

inline constexpr size_t kVerdicts = 6;

Verdict Judge(const SmtpResult& result);

// As logs and metrics name them: "connection", "MAIL FROM", …; "sent", "unreachable", ….
absl::string_view StageName(SmtpStage stage);
absl::string_view VerdictName(Verdict verdict);

// Reads the enhanced status code at the beginning of a reply's text: "5.1.1", or "#5.1.1" as some
// servers write it.
std::string EnhancedCode(absl::string_view reply_text);

// Attempts of one message at most; and how long after the attempt number `attempts` the next one is
// due: 1, 4, 16, 64 minutes, then every 4 hours; up to a quarter more, by chance.
inline constexpr int64_t kMaxAttempts = 12;
// How often a message may be handed over without anybody knowing what came of it: a mail server
// that never answers would have it come each time.
inline constexpr int64_t kMaxDoubts = 2;
absl::Duration RetryDelay(int64_t attempts, uint64_t random);

// A message that could not be tried for so long, though it was its turn, is given up. Neither a
// pause of its campaign counts, nor what was before an attempt that reached the server.
inline constexpr absl::Duration kMaxWait = absl::Hours(72);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DOMAIN_SMTP_OUTCOME_H_
