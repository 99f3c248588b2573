// Reads a JWK set over HTTP(S).
#ifndef CHASSIS_SERVER_FETCH_KEYS_H_
#define CHASSIS_SERVER_FETCH_KEYS_H_

#include <string>

#include "absl/status/statusor.h"

namespace regulars {

// The body at `url`, at most 64 KiB; waits at most 5 seconds. Certificates are verified with the
// machine's roots; redirects are not followed. Errors: UNAVAILABLE with TOKEN_KEYS_UNREACHABLE.
absl::StatusOr<std::string> FetchKeys(const std::string& url);

}  // namespace regulars

#endif  // CHASSIS_SERVER_FETCH_KEYS_H_
