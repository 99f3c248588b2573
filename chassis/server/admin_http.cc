#include "chassis/server/admin_http.h"

#include <sys/socket.h>

#include <thread>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"

namespace regulars {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

// A scraper that stalls is dropped.
constexpr int kTimeoutSeconds = 5;
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

}  // namespace

struct AdminHttp::Impl {
  asio::io_context io;
  tcp::acceptor acceptor{io};
  AdminPages pages;
  std::thread thread;

  void Serve() {
    while (true) {
      beast::error_code error;
      tcp::socket socket(io);
      acceptor.accept(socket, error);
      if (!acceptor.is_open() || error == asio::error::bad_descriptor ||
          error == asio::error::invalid_argument) {
        return;  // Shut down.
      }
      if (!error) ServeOne(socket);
    }
  }

  void ServeOne(tcp::socket& socket) {
    const timeval timeout{kTimeoutSeconds, 0};
    setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    setsockopt(socket.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    beast::error_code error;
    beast::flat_static_buffer<kMaxRequestBytes> buffer;
    http::request<http::empty_body> request;
    http::read(socket, buffer, request, error);
    if (error) return;
    http::response<http::string_body> response = Answer(request, pages);
    response.keep_alive(false);
    http::write(socket, response, error);
    socket.shutdown(tcp::socket::shutdown_send, error);
  }
};

AdminHttp::AdminHttp(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

absl::StatusOr<std::unique_ptr<AdminHttp>> AdminHttp::Start(const std::string& address,
                                                            AdminPages pages) {
  const size_t colon = address.rfind(':');
  int port = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(address.substr(colon + 1), &port)) {
    return FieldError("admin_listen", "INVALID_FLAG", "must be 'host:port'");
  }
  auto impl = std::make_unique<Impl>();
  impl->pages = std::move(pages);
  try {
    tcp::resolver resolver(impl->io);
    const tcp::endpoint endpoint =
        *resolver.resolve(address.substr(0, colon), std::to_string(port)).begin();
    impl->acceptor.open(endpoint.protocol());
    impl->acceptor.set_option(asio::socket_base::reuse_address(true));
    impl->acceptor.bind(endpoint);
    impl->acceptor.listen();
  } catch (const std::exception& error) {
    return FailedPrecondition("CANNOT_LISTEN", absl::StrCat("cannot listen on the admin address '",
                                                            address, "': ", error.what()));
  }
  impl->thread = std::thread([raw = impl.get()] { raw->Serve(); });
  return std::unique_ptr<AdminHttp>(new AdminHttp(std::move(impl)));
}

AdminHttp::~AdminHttp() {
  // Shutting the socket down wakes the accept; closing it alone would not.
  ::shutdown(impl_->acceptor.native_handle(), SHUT_RDWR);
  impl_->thread.join();
}

int AdminHttp::port() const { return impl_->acceptor.local_endpoint().port(); }

}  // namespace regulars
