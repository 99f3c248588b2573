#include "chassis/server/admin_http.h"

#include <chrono>
#include <memory>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/host_port.h"
#include "chassis/base/status_macros.h"

namespace regulars {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

// A scraper that stalls is dropped.
constexpr std::chrono::seconds kTimeout(5);
constexpr std::chrono::milliseconds kPauseWhenExhausted(50);
constexpr size_t kMaxRequestBytes = 8192;

http::response<http::string_body> Answer(const http::request<http::empty_body>& request,
                                         const AdminPages& pages) {
  http::response<http::string_body> response;
  response.version(request.version());
  response.set(http::field::content_type, "text/plain; charset=utf-8");
  const std::string target(request.target());
  if (request.method() != http::verb::get) {
    response.result(http::status::method_not_allowed);
    response.body() = "only GET\n";
  } else if (target == "/healthz") {
    response.body() = "ok\n";
  } else if (target == "/readyz") {
    const absl::Status ready = pages.ready();
    if (!ready.ok()) response.result(http::status::service_unavailable);
    response.body() = ready.ok() ? "ready\n" : absl::StrCat("not ready: ", ready.message(), "\n");
    if (pages.warnings) {
      for (const std::string& line : pages.warnings()) {
        absl::StrAppend(&response.body(), "warning: ", line, "\n");
      }
    }
  } else if (target == "/metrics") {
    response.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
    response.body() = pages.metrics();
  } else {
    response.result(http::status::not_found);
    response.body() = "there are /metrics, /healthz and /readyz\n";
  }
  response.prepare_payload();
  return response;
}

// One request and its answer; lives as long as something is under way for it.
class Visit : public std::enable_shared_from_this<Visit> {
 public:
  Visit(tcp::socket socket, const AdminPages& pages) : stream_(std::move(socket)), pages_(pages) {}

  void Read() {
    stream_.expires_after(kTimeout);
    http::async_read(stream_, buffer_, request_,
                     [self = shared_from_this()](beast::error_code error, size_t) {
                       if (!error) self->Write();
                     });
  }

 private:
  void Write() {
    response_ = Answer(request_, pages_);
    response_.keep_alive(false);
    http::async_write(stream_, response_,
                      [self = shared_from_this()](beast::error_code error, size_t) {
                        self->stream_.socket().shutdown(tcp::socket::shutdown_send, error);
                      });
  }

  beast::tcp_stream stream_;
  const AdminPages& pages_;
  beast::flat_static_buffer<kMaxRequestBytes> buffer_;
  http::request<http::empty_body> request_;
  http::response<http::string_body> response_;
};

}  // namespace

struct AdminHttp::Impl {
  AdminPages pages;  // Outlives the visits, which the context holds.
  asio::io_context io{1};
  tcp::acceptor acceptor{io};
  asio::steady_timer pause{io};
  std::thread thread;

  // Each connection with its own limit of time; a client that says nothing keeps nobody waiting.
  void Accept() {
    acceptor.async_accept([this](beast::error_code error, tcp::socket socket) {
      if (!acceptor.is_open()) return;
      if (error) return AcceptLater();
      std::make_shared<Visit>(std::move(socket), pages)->Read();
      Accept();
    });
  }

  // Out of files: without a rest it would fail as fast as the processor can.
  void AcceptLater() {
    pause.expires_after(kPauseWhenExhausted);
    pause.async_wait([this](beast::error_code) { Accept(); });
  }
};

AdminHttp::AdminHttp(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

absl::StatusOr<std::unique_ptr<AdminHttp>> AdminHttp::Start(const std::string& address,
                                                            AdminPages pages) {
  ABSL_ASSIGN_OR_RETURN(const HostPort wanted, ParseHostPort("--admin-listen", address));
  auto impl = std::make_unique<Impl>();
  impl->pages = std::move(pages);
  try {
    tcp::resolver resolver(impl->io);
    const tcp::endpoint endpoint =
        *resolver.resolve(wanted.host, std::to_string(wanted.port)).begin();
    impl->acceptor.open(endpoint.protocol());
    impl->acceptor.set_option(asio::socket_base::reuse_address(true));
    impl->acceptor.bind(endpoint);
    impl->acceptor.listen();
  } catch (const std::exception& error) {
    return FailedPrecondition("CANNOT_LISTEN", absl::StrCat("cannot listen on the admin address '",
                                                            address, "': ", error.what()));
  }
  impl->Accept();
  impl->thread = std::thread([raw = impl.get()] { raw->io.run(); });
  return std::unique_ptr<AdminHttp>(new AdminHttp(std::move(impl)));
}

AdminHttp::~AdminHttp() {
  impl_->io.stop();
  impl_->thread.join();
}

int AdminHttp::port() const { return impl_->acceptor.local_endpoint().port(); }

}  // namespace regulars
