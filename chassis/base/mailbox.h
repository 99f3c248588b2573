// E-mail addresses: which texts are one (RFC 5321 and 5322 as mail systems practise them, RFC 6531
// for other scripts), how it stands in an envelope, and the form under which two are the same
// mailbox to us.
//
//   ParseMailbox("Ann@Müller.Example")  →  {"Ann", "xn--mller-kva.example"}
//   FoldMailbox("Ann@Müller.Example")   →  "ann@xn--mller-kva.example"
//
// Pure and thread-safe.
#ifndef CHASSIS_BASE_MAILBOX_H_
#define CHASSIS_BASE_MAILBOX_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace regulars {

struct Mailbox {
  // A dot-atom, or a quoted string with its quotes; UTF-8.
  std::string local;
  // As the DNS knows it: ASCII, lower case.
  std::string domain;

  std::string address() const { return local + "@" + domain; }
  // The form under which two are the same: without case (that of other scripts too, in NFC) and
  // without quotes that need not be there.
  std::string folded() const;
};

// Longest address, in bytes (RFC 5321, 4.5.3.1.3, less the angle brackets).
inline constexpr size_t kMaxMailboxBytes = 254;

// Takes dot-atoms and quoted strings before the '@' and a host name of at least two labels behind
// it (UTS 46); comments, IP addresses, bare host names and characters that nobody sees are refused.
// The error is an InvalidArgument whose message reads well after the field's name.
absl::StatusOr<Mailbox> ParseMailbox(absl::string_view address);

// ParseMailbox(address)->folded(). It can be longer than kMaxMailboxBytes: names grow as the DNS
// writes them.
absl::StatusOr<std::string> FoldMailbox(absl::string_view address);

// Whether the DNS can have a host of this name: labels of letters, digits and hyphens, the last one
// no number, which would make it an IP address (RFC 1123, 2.1). "localhost" is one.
bool IsHostName(absl::string_view name);

}  // namespace regulars

#endif  // CHASSIS_BASE_MAILBOX_H_
