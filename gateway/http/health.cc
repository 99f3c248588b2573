#include "gateway/http/health.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "absl/strings/string_view.h"

namespace regulars::gateway {
namespace {

namespace asio = boost::asio;

// HealthCheckResponse{status: SERVING} on the wire.
constexpr absl::string_view kServing("\x08\x01", 2);

// Belongs to whoever asks, who waits until none is missing.
struct Answers {
  std::map<std::string, bool> serving;
  size_t missing;
  std::shared_ptr<Sleeper> asker;
};

asio::awaitable<void> AskOne(asio::io_context& io, Upstream& upstream, absl::Duration timeout,
                             Answers& answers) {
  CallHeaders headers;
  headers.timeout = timeout;
  const std::string method = "/grpc.health.v1.Health/Check";
  const std::string everything;  // An empty request asks for the server as a whole.
  const OnSlow nothing;
  const UnaryReply reply = co_await CallUnary(io, upstream, method, headers, everything, nothing);
  answers.serving[upstream.name()] = reply.status.ok() && reply.bytes == kServing;
  if (--answers.missing == 0) Sleeper::Wake(answers.asker);
}

}  // namespace

asio::awaitable<std::map<std::string, bool>> AskWhoServes(
    asio::io_context& io, const std::map<std::string, std::unique_ptr<Upstream>>& upstreams,
    absl::Duration timeout) {
  Answers answers{.missing = upstreams.size(), .asker = std::make_shared<Sleeper>(io)};
  for (const auto& [name, upstream] : upstreams) {
    asio::co_spawn(io, AskOne(io, *upstream, timeout, answers), asio::detached);
  }
  if (!upstreams.empty()) co_await answers.asker->Sleep();
  co_return answers.serving;
}

}  // namespace regulars::gateway
