#include "gateway/http/server.h"

#include <sys/resource.h>

#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/observe/log.h"
#include "gateway/http/session.h"

namespace regulars::gateway {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr int kBacklog = 1024;
constexpr absl::Duration kPauseWhenExhausted = absl::Milliseconds(50);
// How long requests under way have to end by themselves, and then their calls to be cancelled.
constexpr absl::Duration kDrainTime = absl::Seconds(2);
constexpr absl::Duration kCancelTime = absl::Seconds(2);

// As many open files as the system lets this process have: each connection is one.
void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Beast throws where a trailer's field is longer than it can hold (std::length_error). What the
// handler held goes with it, the connection too; everybody else's goes on.
void RunToItsEnd(asio::io_context& io) {
  while (true) {
    try {
      io.run();
      return;
    } catch (const std::exception& error) {
      LogWarning("a connection was given up", {{"why", error.what()}});
    }
  }
}

}  // namespace

struct HttpServer::Impl {
  // An event loop on a thread of its own.
  struct Loop {
    asio::io_context io{1};
    asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(io);
    std::thread thread;
  };

  explicit Impl(Door& d) : door(d) {}

  Door& door;
  std::unique_ptr<asio::ssl::context> tls;
  std::vector<std::unique_ptr<Loop>> loops;
  std::unique_ptr<tcp::acceptor> acceptor;
  int port = 0;
  size_t next_loop = 0;

  absl::Status LoadTls() {
    const HttpOptions& options = door.options();
    if (options.tls_certificate.empty()) return absl::OkStatus();
    tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
    try {
      tls->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                       asio::ssl::context::no_tlsv1_1);
      tls->use_certificate_chain_file(options.tls_certificate);
      tls->use_private_key_file(options.tls_key, asio::ssl::context::pem);
    } catch (const std::exception& error) {
      return FailedPrecondition("TLS_UNUSABLE",
                                absl::StrCat("cannot use the certificate: ", error.what()));
    }
    return absl::OkStatus();
  }

  absl::Status Listen() {
    const std::string& address = door.options().listen;
    const size_t colon = address.rfind(':');
    int wanted = 0;
    if (colon == std::string::npos || !absl::SimpleAtoi(address.substr(colon + 1), &wanted)) {
      return FieldError("http_listen", "INVALID_FLAG", "must be 'host:port'");
    }
    try {
      tcp::resolver resolver(loops[0]->io);
      const tcp::endpoint endpoint =
          *resolver.resolve(address.substr(0, colon), std::to_string(wanted)).begin();
      acceptor = std::make_unique<tcp::acceptor>(loops[0]->io);
      acceptor->open(endpoint.protocol());
      acceptor->set_option(asio::socket_base::reuse_address(true));
      acceptor->bind(endpoint);
      acceptor->listen(kBacklog);
      port = acceptor->local_endpoint().port();
    } catch (const std::exception& error) {
      return FailedPrecondition("CANNOT_LISTEN",
                                absl::StrCat("cannot listen on '", address, "': ", error.what()));
    }
    return absl::OkStatus();
  }

  asio::awaitable<void> Accept() {
    asio::steady_timer pause(loops[0]->io);
    boost::system::error_code error;
    while (acceptor->is_open()) {
      asio::io_context& io = loops[next_loop++ % loops.size()]->io;
      tcp::socket socket(io);
      co_await acceptor->async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
      if (error == asio::error::operation_aborted) co_return;
      if (error || door.connections().size() >= door.options().max_connections) {
        // Out of files or full: a moment's rest, and the others go on.
        pause.expires_after(absl::ToChronoMilliseconds(kPauseWhenExhausted));
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
        continue;
      }
      socket.set_option(tcp::no_delay(true), error);
      Spawn(io, std::move(socket));
    }
  }

  void Spawn(asio::io_context& io, tcp::socket socket) {
    PlainStream stream(std::move(socket));
    if (tls == nullptr) {
      asio::co_spawn(io, ServePlain(io, door, std::move(stream)), asio::detached);
    } else {
      asio::co_spawn(io, ServeTls(io, door, std::make_unique<TlsStream>(std::move(stream), *tls)),
                     asio::detached);
    }
  }
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(Door& door) {
  RaiseFileLimit();
  auto impl = std::make_unique<Impl>(door);
  for (int i = 0; i < door.options().threads; ++i) {
    impl->loops.push_back(std::make_unique<Impl::Loop>());
  }
  ABSL_RETURN_IF_ERROR(impl->LoadTls());
  ABSL_RETURN_IF_ERROR(impl->Listen());
  asio::co_spawn(impl->loops[0]->io, impl->Accept(), asio::detached);
  for (const auto& loop : impl->loops) {
    loop->thread = std::thread([raw = loop.get()] { RunToItsEnd(raw->io); });
  }
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::~HttpServer() {
  asio::post(impl_->loops[0]->io, [this] {
    boost::system::error_code ignored;
    impl_->acceptor->close(ignored);
  });
  impl_->door.BeginClosing();
  // What is under way may end by itself, then is cancelled, then broken off: a client may be
  // sending for hours. No call may be left when the loops end: its answer would wake a coroutine
  // that is no more.
  const auto wait = [this](absl::Duration time) {
    const absl::Time end = absl::Now() + time;
    while (impl_->door.requests() > 0 && absl::Now() < end) absl::SleepFor(absl::Milliseconds(2));
  };
  wait(kDrainTime);
  for (const auto& [name, upstream] : impl_->door.upstreams()) upstream->CancelAll();
  wait(kCancelTime);
  impl_->door.connections().BreakOff();
  wait(absl::InfiniteDuration());
  for (const auto& loop : impl_->loops) {
    loop->io.stop();
    loop->thread.join();
  }
}

int HttpServer::port() const { return impl_->port; }

}  // namespace regulars::gateway
