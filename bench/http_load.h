// Load over HTTP/1.1: kept connections, one request at a time on each, from one thread.
#ifndef BENCH_HTTP_LOAD_H_
#define BENCH_HTTP_LOAD_H_

#include <functional>
#include <optional>
#include <string>

#include "bench/load.h"

namespace regulars::bench {

struct HttpLoad {
  int port = 0;
  int connections = 128;
  // The bytes of the next request.
  std::function<std::string()> next;
  absl::Duration duration;
  // Without it every connection asks again as soon as it is answered. With it requests fall due at
  // this even rate whatever the answers do, and their latency counts from when they fell due.
  std::optional<double> per_second;
};

// The bytes of the first HTTP answer in `received`, head and body; 0 while not all is there.
size_t AnswerSize(const std::string& received);

// Errors are answers other than 2xx.
LoadResult RunHttpLoad(const HttpLoad& load);

}  // namespace regulars::bench

#endif  // BENCH_HTTP_LOAD_H_
