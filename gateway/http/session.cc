#include "gateway/http/session.h"

#include <algorithm>
#include <array>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>

#include "absl/time/clock.h"
#include "chassis/base/errors.h"
#include "chassis/base/exceptions.h"
#include "gateway/http/caller_address.h"
#include "gateway/http/exchange.h"
#include "gateway/http/gzip.h"
#include "gateway/http/health.h"
#include "gateway/http/stream.h"
#include "gateway/http/upload.h"

namespace regulars::gateway {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

constexpr absl::Duration kTlsGoodbye = absl::Seconds(2);
constexpr absl::Duration kRetryAfterStop = absl::Seconds(1);
// What a client may still be sending when the last answer has gone out.
constexpr absl::Duration kLingerTime = absl::Seconds(2);
constexpr size_t kLingerBytes = 8 << 20;
constexpr size_t kLingerPieceBytes = 16 << 10;

// g++ 12 destroys some temporaries of a co_await expression twice: what a coroutine is called with
// has a name.
class Session {
 public:
  Session(asio::io_context& io, Door& door, Connection& connection)
      : io_(io), door_(door), connection_(connection), exchange_(io, door, connection) {}

  asio::awaitable<void> Run() {
    while (connection_.open()) {
      co_await ServeOne();
    }
  }

 private:
  // Serves one request.
  asio::awaitable<void> ServeOne() {
    request() = HttpRequest();
    const absl::Status read = co_await connection_.ReadHead(request());
    exchange_.Begin(absl::Now());
    if (!read.ok()) {
      co_await exchange_.RefuseAndClose(read);
      co_return;
    }
    const Counted counted(door_.requests());
    if (door_.is_closing()) {
      const absl::Status stopping =
          Unavailable("STOPPING", "the server is stopping", kRetryAfterStop);
      co_await exchange_.RefuseAndClose(stopping);
      co_return;
    }
    request().remote_address =
        CallerAddress(request(), connection_.peer(), door_.options().trusted_proxies);
    if (std::optional<HttpResponse> refusal = door_.Refuse(request())) {
      co_await exchange_.SendUnread(*refusal);
      co_return;
    }
    const MethodTable::Match match = door_.table().Find(request().method, request().path);
    if (match.outcome == RouteMatch::Outcome::kFound) {
      co_await ServeMethod(match);
    } else {
      co_await ServeOwn(match);
    }
  }

  // What a service answers. Nobody's body is read before it is clear who sends it.
  asio::awaitable<void> ServeMethod(const MethodTable::Match& match) {
    const Route& route = *match.route;
    const absl::StatusOr<CallHeaders> headers = door_.HeadersFor(request(), route);
    absl::Status allowed = headers.status();
    if (allowed.ok() && connection_.has_unread_body()) allowed = door_.CheckToken(request(), route);
    if (!allowed.ok()) {
      HttpResponse refusal = door_.ErrorResponse(allowed);
      co_await exchange_.SendUnread(refusal);
      co_return;
    }
    if (route.is_upload()) {
      co_await ServeUpload(exchange_, match, *headers);
      co_return;
    }
    BodyBudget::Claim claim(door_.bodies());
    const uint64_t limit =
        Door::NeedsToken(route) ? door_.options().max_body_bytes : door_.options().small_body_bytes;
    const absl::Status body = co_await ReadBody(limit, claim);
    if (!body.ok()) {
      co_await exchange_.RefuseAndClose(body);
    } else if (route.server_streaming()) {
      co_await ServeStream(exchange_, match, *headers);
    } else {
      const auto reply_claim = std::make_shared<BodyBudget::Claim>(door_.replies());
      HttpResponse response = co_await CallService(match, *headers, reply_claim);
      co_await exchange_.Send(response);
    }
  }

  // Reads a body that is not an upload, and unpacks it.
  asio::awaitable<absl::Status> ReadBody(uint64_t limit, BodyBudget::Claim& claim) {
    std::string& body = request().body;
    absl::Status read = co_await connection_.ReadBody(limit, claim, body);
    if (!read.ok()) co_return read;
    const absl::StatusOr<bool> packed = IsGzip(request().Header("content-encoding"));
    if (!packed.ok() || !*packed) co_return packed.status();
    absl::StatusOr<std::string> plain = Gunzip(body, limit);
    if (!plain.ok()) co_return plain.status();
    body = *std::move(plain);
    co_return claim.Hold(body.size());
  }

  asio::awaitable<HttpResponse> CallService(const MethodTable::Match& match,
                                            const CallHeaders& headers,
                                            const std::shared_ptr<BodyBudget::Claim>& claim) {
    const Route& route = *match.route;
    const absl::StatusOr<std::string> wire =
        BuildRequest(door_.table().schema(), route, exchange_.Parts(match));
    if (!wire.ok()) co_return door_.ErrorResponse(wire.status());
    request().body = std::string();  // Its memory goes: the service has it now.
    // Most calls are over before anybody can have gone; watching all of them would cost too much.
    bool gone = false;
    const OnSlow watch = [this, &gone](std::function<void()> cancel) {
      connection_.WatchForBreak([&gone, cancel = std::move(cancel)] {
        gone = true;
        cancel();
      });
    };
    const Admit admit = [claim](uint64_t bytes) { return claim->Hold(bytes).ok(); };
    const UnaryReply reply = co_await CallUnary(io_, door_.UpstreamOf(route), route.method.rpc_path,
                                                headers, *wire, watch, admit);
    connection_.EndWatchForBreak();
    HttpResponse response =
        reply.refused ? door_.ErrorResponse(door_.replies().Refusal())
                      : exchange_.MakeResponse(route, reply.status, reply.bytes, reply.position);
    // As JSON it may be longer.
    const absl::Status held = claim->Hold(response.body.size());
    if (!held.ok()) response = door_.ErrorResponse(held);
    if (gone) response.code = absl::StatusCode::kCancelled;
    co_return response;
  }

  // What no service answers: health, pages, handlers, and paths that are not there.
  asio::awaitable<void> ServeOwn(const MethodTable::Match& match) {
    const std::vector<std::string> own = door_.OwnMethods(request().path);
    HttpResponse response;
    if (own.empty()) {
      response = WithoutRoute(match);
    } else if (std::find(own.begin(), own.end(), request().method) == own.end()) {
      response = door_.MethodNotAllowed(request(), own);
    } else if (const PreparedPage* page = door_.Page(request().path); page != nullptr) {
      response = page->Answer(request());
    } else if (const Handler* handler = door_.FindHandler(request().path); handler != nullptr) {
      co_await ServeHandler(*handler);
      co_return;
    } else {
      response = co_await Health();
    }
    co_await exchange_.SendUnread(response);
  }

  HttpResponse WithoutRoute(const MethodTable::Match& match) const {
    if (match.outcome == RouteMatch::Outcome::kMethodNotAllowed) {
      return door_.MethodNotAllowed(request(), match.allow);
    }
    if (match.outcome == RouteMatch::Outcome::kMalformed) {
      return door_.ErrorResponse(InvalidArgument("MALFORMED_PATH", "the path is malformed"));
    }
    return door_.ErrorResponse(NotFound("PATH_NOT_FOUND", "there is nothing at this path"));
  }

  asio::awaitable<HttpResponse> Health() {
    const std::map<std::string, bool> serving =
        co_await AskWhoServes(io_, door_.upstreams(), kHealthTimeout);
    co_return Door::HealthResponse(serving);
  }

  // A named exception to transcoding. Anybody may call it, so its body is small.
  asio::awaitable<void> ServeHandler(const Handler& handler) {
    BodyBudget::Claim claim(door_.bodies());
    const absl::Status body = co_await ReadBody(door_.options().small_body_bytes, claim);
    if (!body.ok()) {
      co_await exchange_.RefuseAndClose(body);
      co_return;
    }
    HttpResponse response = co_await RunHandler(handler);
    co_await exchange_.Send(response);
  }

  // On a thread that may wait.
  asio::awaitable<HttpResponse> RunHandler(const Handler& handler) {
    auto sleeper = std::make_shared<Sleeper>(io_);
    HttpResponse response;
    const absl::Status queued = door_.pool().Post([this, &handler, &response, sleeper] {
      const absl::Status ran = WithoutExceptions([&] {
        response = handler(request());
        return absl::OkStatus();
      });
      if (!ran.ok()) response = door_.ErrorResponse(ran);
      Sleeper::Wake(sleeper);
    });
    if (!queued.ok()) co_return door_.ErrorResponse(queued);
    co_await sleeper->Sleep();
    co_return response;
  }

  HttpRequest& request() { return exchange_.request(); }
  const HttpRequest& request() const { return exchange_.request(); }

  asio::io_context& io_;
  Door& door_;
  Connection& connection_;
  Exchange exchange_;
};

// Closing while there is something to read would make the system take back what was sent last:
// whoever was refused in the middle of a body would see a broken connection, not the reason.
asio::awaitable<void> Linger(PlainStream& tcp) {
  beast::error_code error;
  tcp.socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
  tcp.expires_after(absl::ToChronoMilliseconds(kLingerTime));
  std::array<char, kLingerPieceBytes> piece;
  for (size_t read = 0; !error && read < kLingerBytes;) {
    const asio::mutable_buffer buffer = asio::buffer(piece);
    read += co_await tcp.async_read_some(buffer, asio::redirect_error(asio::use_awaitable, error));
  }
}

}  // namespace

asio::awaitable<void> ServePlain(asio::io_context& io, Door& door, PlainStream stream,
                                 std::unique_ptr<OpenConnections::Place> place) {
  const std::unique_ptr<OpenConnections::Place> kept = std::move(place);
  const OpenConnections::Entry entry(door.connections(), io, [&stream] { stream.close(); });
  const std::unique_ptr<Connection> connection = MakeConnection(io, door.options(), stream);
  Session session(io, door, *connection);
  co_await session.Run();
  co_await Linger(stream);
}

asio::awaitable<void> ServeTls(asio::io_context& io, Door& door, std::unique_ptr<TlsStream> stream,
                               std::unique_ptr<OpenConnections::Place> place) {
  const std::unique_ptr<OpenConnections::Place> kept = std::move(place);
  PlainStream& tcp = beast::get_lowest_layer(*stream);
  const OpenConnections::Entry entry(door.connections(), io, [&tcp] { tcp.close(); });
  beast::error_code error;
  tcp.expires_after(absl::ToChronoMilliseconds(door.options().header_timeout));
  co_await stream->async_handshake(asio::ssl::stream_base::server,
                                   asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return;
  const std::unique_ptr<Connection> connection = MakeConnection(io, door.options(), *stream);
  Session session(io, door, *connection);
  co_await session.Run();
  tcp.expires_after(absl::ToChronoMilliseconds(kTlsGoodbye));
  co_await stream->async_shutdown(asio::redirect_error(asio::use_awaitable, error));
  co_await Linger(tcp);
}

}  // namespace regulars::gateway
