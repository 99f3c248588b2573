// E-mail addresses as mail systems need them: which texts are one (RFC 5321 and 5322 as practised,
// RFC 6531 for other scripts), and how it stands in an envelope.
//
//   ParseMailbox("Ann@Müller.Example")  →  {"Ann", "xn--mller-kva.example"}
//
// Pure and thread-safe.
#ifndef CAMPAIGN_SVC_DOMAIN_MAILBOX_H_
#define CAMPAIGN_SVC_DOMAIN_MAILBOX_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace regulars::campaign {

struct Mailbox {
  // A dot-atom, or a quoted string with its quotes; UTF-8.
  std::string local;
  // As the DNS knows it: ASCII, lower case.
  std::string domain;

  std::string address() const { return local + "@" + domain; }
  // The form under which two are the same to us, as they are to customer-svc: without case (that of
  // other scripts too, in NFC) and without quotes that need not be there.
  std::string folded() const;
};

// Longest address, in bytes (RFC 5321, 4.5.3.1.3, less the angle brackets).
inline constexpr size_t kMaxMailboxBytes = 254;

// Comments, IP addresses, bare host names, white space and control characters are refused. The
// error is an InvalidArgument whose message reads well after the field's name.
absl::StatusOr<Mailbox> ParseMailbox(absl::string_view address);

// Whether the DNS can have a host of this name: labels of letters, digits and hyphens, the last one
// no number, which would make it an IP address (RFC 1123, 2.1). "localhost" is one.
bool IsHostName(absl::string_view name);

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DOMAIN_MAILBOX_H_
