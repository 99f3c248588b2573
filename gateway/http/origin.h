// Origins that browsers call from (RFC 6454), as they write them in the header Origin.
//
//   OriginProblem("https://shop.example")   →  ""
//   OriginProblem("https://shop.example/")  →  "is no origin: …"
//
// Pure.
#ifndef GATEWAY_HTTP_ORIGIN_H_
#define GATEWAY_HTTP_ORIGIN_H_

#include <string>

#include "absl/strings/string_view.h"

namespace regulars::gateway {

// Why no browser would ever name this origin; "" if one may, and for "*", which is any. A sentence
// part that reads well after the text.
std::string OriginProblem(absl::string_view text);

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_ORIGIN_H_
