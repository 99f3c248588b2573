// One HTTP exchange, and what carries it: libcurl, or a fake in tests.
#ifndef CLI_HTTP_H_
#define CLI_HTTP_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/csv/byte_source.h"

namespace regulars::cli {

// Reasons of errors that no server sent.
inline constexpr char kUnreachable[] = "SERVER_UNREACHABLE";  // Nothing was sent.
inline constexpr char kTlsFailed[] = "TLS_FAILED";
inline constexpr char kConnectionLost[] = "CONNECTION_LOST";
inline constexpr char kSilent[] = "SERVER_SILENT";
inline constexpr char kInterrupted[] = "INTERRUPTED";

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // Instead of `body`: pulled as it is sent. `upload_size` is -1 if unknown.
  csv::ByteSource* upload = nullptr;
  int64_t upload_size = -1;
  // Called as an upload goes out, with the bytes so far.
  std::function<void(int64_t)> on_sent;
  // If set, the body of a 2xx answer comes here in pieces; false ends the exchange.
  std::function<bool(absl::string_view)> on_data;
  // For the whole exchange; infinite for streams and uploads, which end after `idle_timeout`
  // without a byte in either direction.
  absl::Duration timeout = absl::Seconds(60);
  absl::Duration idle_timeout = absl::Seconds(60);
};

struct HttpReply {
  int status = 0;
  // Names in lower case.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  // "" if it is absent.
  std::string Header(absl::string_view name) const;
};

class Transport {
 public:
  virtual ~Transport() = default;
  // OK for any answer, whatever its status. Errors carry one of the reasons above.
  virtual absl::StatusOr<HttpReply> Send(const HttpRequest& request) = 0;
};

}  // namespace regulars::cli

#endif  // CLI_HTTP_H_
