// Addresses to listen on, as flags name them: "127.0.0.1:8080", "[::1]:8080", "localhost:0".
// Pure functions.
#ifndef CHASSIS_BASE_HOST_PORT_H_
#define CHASSIS_BASE_HOST_PORT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace regulars {

struct HostPort {
  std::string host;  // Without brackets.
  int port = 0;      // 0: any free one.
};

// INVALID_ARGUMENT INVALID_FLAG names `flag` when `text` is not a host and a port of 0 to 65535.
absl::StatusOr<HostPort> ParseHostPort(absl::string_view flag, absl::string_view text);

}  // namespace regulars

#endif  // CHASSIS_BASE_HOST_PORT_H_
