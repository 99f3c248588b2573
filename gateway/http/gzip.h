// gzip (RFC 1952) for HTTP bodies.
#ifndef GATEWAY_HTTP_GZIP_H_
#define GATEWAY_HTTP_GZIP_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace regulars::gateway {

std::string Gzip(absl::string_view bytes);

// INVALID_ARGUMENT for what is not gzip or is cut off; RESOURCE_EXHAUSTED as soon as the result
// would be longer than `max_bytes`, however small the input.
absl::StatusOr<std::string> Gunzip(absl::string_view bytes, size_t max_bytes);

// Whether an Accept-Encoding header allows gzip (RFC 9110 §12.5.3).
bool AcceptsGzip(absl::string_view accept_encoding);

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_GZIP_H_
