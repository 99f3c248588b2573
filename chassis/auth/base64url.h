// base64url without padding (RFC 4648 §5, as RFC 7515 uses it). Each byte string has exactly one
// text here: padding, white space, other alphabets and set bits behind the last byte are refused.
#ifndef CHASSIS_AUTH_BASE64URL_H_
#define CHASSIS_AUTH_BASE64URL_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace regulars::auth {

std::string EncodeBase64Url(absl::string_view bytes);
std::optional<std::string> DecodeBase64Url(absl::string_view text);

}  // namespace regulars::auth

#endif  // CHASSIS_AUTH_BASE64URL_H_
