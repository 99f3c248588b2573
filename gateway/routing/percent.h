// Percent-encoding of URLs (RFC 3986 §2.1). Pure functions; safe from any thread.
#ifndef GATEWAY_ROUTING_PERCENT_H_
#define GATEWAY_ROUTING_PERCENT_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace regulars::gateway {

enum class Decode {
  kAll,          // "%2F" becomes '/': what a variable of one path segment holds.
  kKeepSlashes,  // "%2F" and "%2f" stay: what a variable of several segments holds.
  kForm,         // As kAll, and '+' becomes a space: a query string, as HTML forms write it.
};

// Nothing if a '%' is not followed by two hexadecimal digits.
std::optional<std::string> PercentDecode(absl::string_view text, Decode how);

}  // namespace regulars::gateway

#endif  // GATEWAY_ROUTING_PERCENT_H_
