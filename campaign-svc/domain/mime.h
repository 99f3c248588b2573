// A mail as it goes over the wire: RFC 5322 headers, RFC 2045/2046 parts, RFC 2047 words, one-click
// unsubscribing by RFC 8058, marked as written by a program (RFC 3834, 5). Lines end in CRLF, none
// is longer than 998 bytes, and nothing that a name or a subject holds can begin a header of its
// own.
//
//   ABSL_ASSIGN_OR_RETURN(const std::string wire, BuildMail(mail));
//
// Pure and thread-safe.
#ifndef CAMPAIGN_SVC_DOMAIN_MIME_H_
#define CAMPAIGN_SVC_DOMAIN_MIME_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/base/mailbox.h"

namespace regulars::campaign {

struct Mail {
  std::string from_name;
  Mailbox from;
  std::string to_name;
  Mailbox to;
  // Empty domain: answers go to `from`.
  Mailbox reply_to;
  std::string subject;
  std::string text;
  // Empty: a mail of text alone.
  std::string html;
  // Id of the message; with the sender's domain it is the Message-ID.
  std::string id;
  absl::Time date;
  // Where one click unsubscribes; empty: the mail offers none.
  std::string unsubscribe_url;
};

// Largest mail, in bytes: more than any mail server is sure to take.
inline constexpr size_t kMaxMailBytes = size_t{10} << 20;

// INVALID_ARGUMENT for a mail that cannot be built: too large, or a URL that no header can hold.
absl::StatusOr<std::string> BuildMail(const Mail& mail);

// Text of a header, folded: as it is where it is short printable ASCII, else as encoded words.
std::string HeaderText(absl::string_view text);

// A display name before an address, or "".
std::string HeaderPhrase(absl::string_view name);

// The body of a part (RFC 2045, 6.7). Line ends of any kind become CRLF.
std::string QuotedPrintable(absl::string_view text);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DOMAIN_MIME_H_
