// Speaks HTTP through libcurl. Connections are kept and used again; redirects are not followed, so
// that tokens go nowhere else. An interrupt (see interrupt.h) ends a running exchange.
//
// Used by one thread at a time; each thread may have its own.
#ifndef CLI_CURL_TRANSPORT_H_
#define CLI_CURL_TRANSPORT_H_

#include <memory>
#include <string>

#include "cli/http.h"

namespace regulars::cli {

class CurlTransport : public Transport {
 public:
  // `ca_file`: PEM roots to trust instead of the system's; empty for the system's.
  explicit CurlTransport(std::string ca_file = "");
  ~CurlTransport() override;

  absl::StatusOr<HttpReply> Send(const HttpRequest& request) override;

 private:
  struct Closer {
    void operator()(void* handle) const;
  };
  const std::string ca_file_;
  std::unique_ptr<void, Closer> curl_;
};

}  // namespace regulars::cli

#endif  // CLI_CURL_TRANSPORT_H_
