#include "gateway/http/health.h"

#include <boost/asio/co_spawn.hpp>

#include "absl/strings/string_view.h"
#include "gateway/http/spawn.h"

namespace regulars::gateway {
namespace {

namespace asio = boost::asio;

// HealthCheckResponse{status: SERVING} on the wire.
constexpr absl::string_view kServing("\x08\x01", 2);

// Whoever asks waits until none is missing.
struct Answers {
  std::map<std::string, bool> serving;
  size_t missing;
  std::shared_ptr<Sleeper> asker;
};

asio::awaitable<bool> Serves(asio::io_context& io, Upstream& upstream, absl::Duration timeout) {
  CallHeaders headers;
  headers.timeout = timeout;
  const std::string method = "/grpc.health.v1.Health/Check";
  const std::string everything;  // An empty request asks for the server as a whole.
  const OnSlow nothing;
  const Admit all;
  const UnaryReply reply =
      co_await CallUnary(io, upstream, method, headers, everything, nothing, all);
  co_return reply.status.ok() && reply.bytes == kServing;
}

}  // namespace

asio::awaitable<std::map<std::string, bool>> AskWhoServes(
    asio::io_context& io, const std::map<std::string, std::unique_ptr<Upstream>>& upstreams,
    absl::Duration timeout) {
  auto answers = std::make_shared<Answers>();
  answers->missing = upstreams.size();
  answers->asker = std::make_shared<Sleeper>(io);
  for (const auto& [name, upstream] : upstreams) {
    asio::co_spawn(io, Serves(io, *upstream, timeout),
                   [answers, &name = name](const std::exception_ptr& thrown, bool serves) {
                     Complain("a service was not asked whether it serves", thrown);
                     answers->serving[name] = serves;
                     if (--answers->missing == 0) Sleeper::Wake(answers->asker);
                   });
  }
  if (!upstreams.empty()) co_await answers->asker->Sleep();
  co_return std::move(answers->serving);
}

}  // namespace regulars::gateway
