// Base64 (RFC 4648). Pure functions; safe from any thread.
#ifndef GATEWAY_TRANSCODE_BASE64_H_
#define GATEWAY_TRANSCODE_BASE64_H_

#include <string>

#include "absl/strings/string_view.h"

namespace regulars::gateway {

// Standard alphabet, padded: what JSON gets.
void AppendBase64(absl::string_view bytes, std::string* out);

// Takes both alphabets, with or without padding. False, with rubbish appended, if it is neither.
bool AppendFromBase64(absl::string_view text, std::string* out);

}  // namespace regulars::gateway

#endif  // GATEWAY_TRANSCODE_BASE64_H_
