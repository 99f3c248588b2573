// Text into JSON strings. Pure functions; safe from any thread.
#ifndef GATEWAY_JSON_QUOTE_H_
#define GATEWAY_JSON_QUOTE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace regulars::gateway::json {

// Appends `text` as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD, so that
// what is sent is always JSON.
void AppendQuoted(absl::string_view text, std::string* out);

// `text` shortened and escaped for use inside an error message.
std::string Excerpt(absl::string_view text);

}  // namespace regulars::gateway::json

#endif  // GATEWAY_JSON_QUOTE_H_
