// gzip (RFC 1952) for HTTP bodies.
#ifndef GATEWAY_HTTP_GZIP_H_
#define GATEWAY_HTTP_GZIP_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace regulars::gateway {

std::string Gzip(absl::string_view bytes);

// INVALID_GZIP for what is not gzip or is cut off; BODY_TOO_LARGE as soon as the result would be
// longer than `max_bytes`, however small the input. Several members behind one another are one
// stream (RFC 1952 §2.2).
absl::StatusOr<std::string> Gunzip(absl::string_view bytes, size_t max_bytes);

// Whether a Content-Encoding header says that the body is packed: by gzip, once.
// UNSUPPORTED_ENCODING for what cannot be unpacked (RFC 9110 §8.4.1).
absl::StatusOr<bool> IsGzip(absl::string_view content_encoding);

// Whether an Accept-Encoding header allows gzip (RFC 9110 §12.5.3).
bool AcceptsGzip(absl::string_view accept_encoding);

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_GZIP_H_
