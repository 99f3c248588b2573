// How the HTTP door behaves; every limit has a name here.
#ifndef GATEWAY_HTTP_OPTIONS_H_
#define GATEWAY_HTTP_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace regulars::gateway {

struct HttpOptions {
  // "host:port"; port 0 takes any free one.
  std::string listen = "127.0.0.1:8080";
  int threads = 2;

  // Request line and headers together.
  uint32_t max_header_bytes = 16 << 10;
  // A body that is not an upload.
  uint64_t max_body_bytes = 4 << 20;
  // A body that is; the service's own quota may be lower.
  uint64_t max_upload_bytes = uint64_t{8} << 30;
  // A body that may come from anybody: of methods that need no token, and of the token endpoint.
  // Bodies of this size are let in whatever the others take.
  uint64_t small_body_bytes = 16 << 10;
  // What the bodies of all requests may take in memory together. Uploads are not among them: each
  // has a piece in memory, and `max_uploads` limits how many there are.
  uint64_t max_bodies_bytes = 64 << 20;
  size_t max_uploads = 64;
  // A message of a service: the limit of the channels to them, which refuse what is longer.
  int64_t max_reply_bytes = 64 << 20;
  // What the answers of services may take in memory together until they are sent; one that is alone
  // may take more. Those up to `small_reply_bytes` go out whatever the others take. Streams are not
  // among them: each has one message in memory.
  uint64_t max_replies_bytes = 96 << 20;
  uint64_t small_reply_bytes = 64 << 10;
  // In all, and from one address at the other end: a reverse proxy's, or a caller's; the addresses
  // of an IPv6 /64 are one. Fewer where the system lets the process open fewer files.
  size_t max_connections = 16'000;
  size_t max_connections_per_address = 12'000;

  // From the first byte of a request to the end of its headers.
  absl::Duration header_timeout = absl::Seconds(15);
  // For each piece of a body that is read or of an answer that is written.
  absl::Duration io_timeout = absl::Seconds(30);
  // For reading a body that is not an upload.
  absl::Duration body_timeout = absl::Seconds(60);
  // For writing an answer that is not small, nor a stream.
  absl::Duration large_reply_timeout = absl::Minutes(5);
  // Bytes a second that an upload must bring on average, from `rate_grace` on; the time that its
  // service takes does not count. The same for an answer, and whoever reads it.
  int64_t min_rate = 1024;
  absl::Duration rate_grace = absl::Seconds(30);
  // Between requests of a kept connection.
  absl::Duration idle_timeout = absl::Seconds(75);
  // For a call that is not a stream or an upload.
  absl::Duration call_timeout = absl::Seconds(30);
  absl::Duration upload_timeout = absl::Hours(2);

  // Requests a second of one caller and how many may come at once. Callers are told apart by whom
  // their tokens are of, those without a valid one by address; those of an IPv6 /64 are one.
  double rate_per_second = 500;
  double rate_burst = 1000;

  // Reverse proxies between callers and this process. Each adds to X-Forwarded-For the address that
  // it was called from; with 0 that header says nothing.
  int trusted_proxies = 0;

  // Origins that browsers may call from ("https://shop.example"); "*" for any.
  std::vector<std::string> cors_origins;

  // PEM files; empty: plain HTTP.
  std::string tls_certificate;
  std::string tls_key;
};

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_OPTIONS_H_
