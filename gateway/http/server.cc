#include "gateway/http/server.h"

#include <algorithm>
#include <thread>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "chassis/base/errors.h"
#include "chassis/base/file_limit.h"
#include "chassis/base/host_port.h"
#include "chassis/base/status_macros.h"
#include "chassis/observe/log.h"
#include "gateway/http/caller_address.h"
#include "gateway/http/session.h"
#include "gateway/http/spawn.h"

namespace regulars::gateway {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr int kBacklog = 1024;
constexpr absl::Duration kPauseWhenExhausted = absl::Milliseconds(50);
// Files that are no client's connection: the store, the services, uploads.
constexpr size_t kOtherFiles = 512;
// Refused connections are logged, but not one by one.
constexpr absl::Duration kComplainInterval = absl::Minutes(1);
constexpr absl::Duration kRetryWhenFull = absl::Seconds(1);
// How long requests under way have to end by themselves, and then their calls to be cancelled.
constexpr absl::Duration kDrainTime = absl::Seconds(2);
constexpr absl::Duration kCancelTime = absl::Seconds(2);

// What a connection is told for which there is no place.
std::string FullAnswer(const Door& door) {
  const HttpResponse response = door.ErrorResponse(Unavailable(
      "TOO_MANY_CONNECTIONS", "as many connections are open as may be", kRetryWhenFull));
  return absl::StrCat("HTTP/1.1 503 Service Unavailable\r\nContent-Type: ", response.content_type,
                      "\r\nContent-Length: ", response.body.size(),
                      "\r\nRetry-After: ", absl::ToInt64Seconds(kRetryWhenFull),
                      "\r\nConnection: close\r\n\r\n", response.body);
}

constexpr char kGivenUp[] = "a connection was given up";

// What is thrown in a handler outside of any coroutine, as by Beast while it parses what came. What
// the handler held goes with it, the connection too; everybody else's goes on.
void RunToItsEnd(asio::io_context& io) {
  while (true) {
    try {
      io.run();
      return;
    } catch (const std::exception& error) {
      LogWarning(kGivenUp, {{"why", error.what()}});
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

  Impl(Door& d, size_t files)
      : door(d),
        full_answer(FullAnswer(d)),
        max_connections(
            std::min(d.options().max_connections, files - std::min(files - 1, kOtherFiles))),
        // Where files are few, one address must not have them all.
        max_per_address(
            std::min(d.options().max_connections_per_address, (max_connections * 3 + 3) / 4)) {}

  Door& door;
  const std::string full_answer;
  const size_t max_connections;
  const size_t max_per_address;
  absl::Time next_complaint = absl::InfinitePast();
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
    ABSL_ASSIGN_OR_RETURN(const HostPort wanted, ParseHostPort("--http-listen", address));
    try {
      tcp::resolver resolver(loops[0]->io);
      const tcp::endpoint endpoint =
          *resolver.resolve(wanted.host, std::to_string(wanted.port)).begin();
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
      if (error) {
        // Out of files: a moment's rest, and the others go on.
        pause.expires_after(absl::ToChronoMilliseconds(kPauseWhenExhausted));
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
        continue;
      }
      const std::string peer = socket.remote_endpoint(error).address().to_string();
      auto place = door.connections().Enter(SiteOf(peer), max_connections, max_per_address);
      if (place == nullptr) {
        TurnAway(socket, peer);
        continue;
      }
      socket.set_option(tcp::no_delay(true), error);
      Serve(io, std::move(socket), std::move(place));
    }
  }

  // At once: whoever waits in the queue of those to be accepted stands behind this one.
  void TurnAway(tcp::socket& socket, const std::string& peer) {
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    if (tls == nullptr) socket.write_some(asio::buffer(full_answer), ignored);
    socket.close(ignored);
    const absl::Time now = absl::Now();
    if (now < next_complaint) return;
    next_complaint = now + kComplainInterval;
    LogWarning("connections are turned away: too many are open", {{"peer", peer}});
  }

  void Serve(asio::io_context& io, tcp::socket socket,
             std::unique_ptr<OpenConnections::Place> place) {
    PlainStream stream(std::move(socket));
    if (tls == nullptr) {
      Spawn(io, kGivenUp, ServePlain(io, door, std::move(stream), std::move(place)));
    } else {
      Spawn(io, kGivenUp,
            ServeTls(io, door, std::make_unique<TlsStream>(std::move(stream), *tls),
                     std::move(place)));
    }
  }
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(Door& door) {
  auto impl = std::make_unique<Impl>(door, RaiseFileLimit().value_or(kOtherFiles));
  for (int i = 0; i < door.options().threads; ++i) {
    impl->loops.push_back(std::make_unique<Impl::Loop>());
  }
  ABSL_RETURN_IF_ERROR(impl->LoadTls());
  ABSL_RETURN_IF_ERROR(impl->Listen());
  SpawnAgain(impl->loops[0]->io, "accepting connections begins again",
             [raw = impl.get()] { return raw->Accept(); });
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
  // Whoever brought the last answer may still be in the middle of waking a loop.
  while (Sleeper::AnyWaking()) absl::SleepFor(absl::Milliseconds(1));
  for (const auto& loop : impl_->loops) {
    loop->io.stop();
    loop->thread.join();
  }
}

int HttpServer::port() const { return impl_->port; }

}  // namespace regulars::gateway
