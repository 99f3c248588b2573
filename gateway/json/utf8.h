// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
// Pure functions; safe from any thread.
#ifndef GATEWAY_JSON_UTF8_H_
#define GATEWAY_JSON_UTF8_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace regulars::gateway::json {

// Bytes of the character that begins at `p`, or 0 if none does. `p` must be before `end`.
size_t Utf8Length(const char* p, const char* end);

bool IsValidUtf8(absl::string_view text);

// Appends a code point that is not a surrogate.
void AppendUtf8(uint32_t code_point, std::string* out);

// The first byte at or after `p` that is not plain text inside a JSON string: a quote, a backslash,
// a control character, or part of a character outside ASCII.
const char* SkipPlainText(const char* p, const char* end);

}  // namespace regulars::gateway::json

#endif  // GATEWAY_JSON_UTF8_H_
