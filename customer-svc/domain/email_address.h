// E-mail addresses: which texts are one (RFC 5321 and 5322 as mail systems practise them, RFC 6531
// for other scripts), and the form under which two are the same mailbox to us.
//
//   FoldEmail("Ann@Müller.Example")  →  "ann@xn--mller-kva.example"
//
// Pure and thread-safe.
#ifndef CUSTOMER_SVC_DOMAIN_EMAIL_ADDRESS_H_
#define CUSTOMER_SVC_DOMAIN_EMAIL_ADDRESS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace regulars::customer {

// Longest address, in bytes (RFC 5321, 4.5.3.1.3, less the angle brackets).
inline constexpr size_t kMaxEmailBytes = 254;

// The address in lower case, its domain as it stands in the DNS (UTS 46), its local part without
// needless quotes. Accepts dot-atoms and quoted strings before the '@' and a host name of at least
// two labels behind it; comments, IP addresses and bare host names are refused. The error is an
// InvalidArgument whose message reads well after the field's name.
absl::StatusOr<std::string> FoldEmail(absl::string_view address);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_DOMAIN_EMAIL_ADDRESS_H_
