#include "gateway/http/session.h"

#include <algorithm>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>

#include "absl/time/clock.h"
#include "chassis/base/errors.h"
#include "gateway/http/caller_address.h"
#include "gateway/http/gzip.h"
#include "gateway/transcode/reply.h"
#include "gateway/transcode/request.h"

namespace regulars::gateway {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

constexpr absl::Duration kHealthTimeout = absl::Seconds(2);
constexpr absl::Duration kTlsGoodbye = absl::Seconds(2);
constexpr absl::Duration kRetryAfterStop = absl::Seconds(1);
// HealthCheckResponse{status: SERVING} on the wire.
constexpr absl::string_view kServing("\x08\x01", 2);

// Counts something for as long as this lives.
class Counted {
 public:
  explicit Counted(std::atomic<size_t>& count) : count_(count) { ++count_; }
  ~Counted() { --count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  std::atomic<size_t>& count_;
};

// g++ 12 destroys some temporaries of a co_await expression twice: what a coroutine is called with
// has a name.
class Session {
 public:
  Session(asio::io_context& io, Door& door, Connection& connection)
      : io_(io), door_(door), connection_(connection) {}

  asio::awaitable<void> Run() {
    while (connection_.open()) {
      co_await ServeOne();
    }
  }

 private:
  // Serves one request.
  asio::awaitable<void> ServeOne() {
    request_ = HttpRequest();
    const absl::Status read = co_await connection_.ReadHead(request_);
    start_ = absl::Now();
    if (!read.ok()) {
      co_await RefuseAndClose(read);
      co_return;
    }
    const Counted counted(door_.requests());
    if (door_.is_closing()) {
      const absl::Status stopping =
          Unavailable("STOPPING", "the server is stopping", kRetryAfterStop);
      co_await RefuseAndClose(stopping);
      co_return;
    }
    request_.remote_address =
        CallerAddress(request_, connection_.peer(), door_.options().trusted_proxies);
    if (std::optional<HttpResponse> refusal = door_.Refuse(request_)) {
      // Its body, if any, stays unread.
      if (connection_.has_unread_body()) connection_.Close();
      co_await Send(*refusal);
      co_return;
    }
    const MethodTable::Match match = door_.table().Find(request_.method, request_.path);
    const bool found = match.outcome == RouteMatch::Outcome::kFound;
    if (found && match.route->is_upload()) {
      co_await ServeUpload(match);
      co_return;
    }
    const absl::Status body = co_await ReadBody();
    if (!body.ok()) {
      co_await RefuseAndClose(body);
    } else if (found && match.route->server_streaming()) {
      co_await ServeStream(match);
    } else if (found) {
      HttpResponse response = co_await CallService(match);
      co_await Send(response);
    } else {
      HttpResponse response = co_await WithoutService(match);
      co_await Send(response);
    }
  }

  // A request that cannot be read; what follows it cannot be told from it.
  asio::awaitable<void> RefuseAndClose(const absl::Status& why) {
    connection_.Close();
    if (absl::IsCancelled(why)) co_return;  // There is nobody to tell.
    HttpResponse response = door_.ErrorResponse(why);
    co_await Send(response);
  }

  // Reads a body that is not an upload, and unpacks it.
  asio::awaitable<absl::Status> ReadBody() {
    absl::Status read = co_await connection_.ReadBody(request_.body);
    const absl::string_view encoding = request_.Header("content-encoding");
    if (!read.ok() || encoding.empty()) co_return read;
    if (!absl::EqualsIgnoreCase(encoding, "gzip")) {
      co_return InvalidArgument("UNSUPPORTED_ENCODING", "send the body as it is or gzip");
    }
    absl::StatusOr<std::string> plain = Gunzip(request_.body, door_.options().max_body_bytes);
    if (!plain.ok()) co_return plain.status();
    request_.body = *std::move(plain);
    co_return absl::OkStatus();
  }

  // What is not a service's method: health, pages, handlers, and paths that are not there.
  asio::awaitable<HttpResponse> WithoutService(const MethodTable::Match& match) {
    const std::vector<std::string> own = door_.OwnMethods(request_.path);
    if (own.empty()) co_return WithoutRoute(match);
    if (std::find(own.begin(), own.end(), request_.method) == own.end()) {
      co_return door_.MethodNotAllowed(request_, own);
    }
    if (const StaticPage* page = door_.Page(request_.path); page != nullptr) {
      co_return HttpResponse{.content_type = page->content_type, .body = page->body};
    }
    HttpResponse response;
    if (const Handler* handler = door_.FindHandler(request_.path); handler != nullptr) {
      response = co_await RunHandler(*handler);
    } else {
      response = co_await Health();
    }
    co_return response;
  }

  HttpResponse WithoutRoute(const MethodTable::Match& match) const {
    if (match.outcome == RouteMatch::Outcome::kMethodNotAllowed) {
      return door_.MethodNotAllowed(request_, match.allow);
    }
    if (match.outcome == RouteMatch::Outcome::kMalformed) {
      return door_.ErrorResponse(InvalidArgument("MALFORMED_PATH", "the path is malformed"));
    }
    return door_.ErrorResponse(NotFound("PATH_NOT_FOUND", "there is nothing at this path"));
  }

  // Asks every service by the standard health interface (grpc.health.v1).
  asio::awaitable<HttpResponse> Health() {
    CallHeaders headers;
    headers.timeout = kHealthTimeout;
    const std::string method = "/grpc.health.v1.Health/Check";
    const std::string everything;  // An empty request asks for the server as a whole.
    std::map<std::string, bool> serving;
    for (const auto& [name, upstream] : door_.upstreams()) {
      const UnaryReply reply = co_await CallUnary(io_, *upstream, method, headers, everything);
      serving[name] = reply.status.ok() && reply.bytes == kServing;
    }
    co_return door_.HealthResponse(serving);
  }

  // A named exception to transcoding, on a thread that may wait.
  asio::awaitable<HttpResponse> RunHandler(const Handler& handler) {
    auto sleeper = std::make_shared<Sleeper>(io_);
    HttpResponse response;
    const absl::Status queued = door_.pool().Post([this, &handler, &response, sleeper] {
      response = handler(request_);
      Sleeper::Wake(sleeper);
    });
    if (!queued.ok()) co_return door_.ErrorResponse(queued);
    co_await sleeper->Sleep();
    co_return response;
  }

  RequestParts Parts(const MethodTable::Match& match) const {
    return {.values = match.values,
            .query = request_.query,
            .body = request_.body,
            .content_type = request_.Header("content-type")};
  }

  asio::awaitable<HttpResponse> CallService(const MethodTable::Match& match) {
    const Route& route = *match.route;
    const absl::StatusOr<std::string> wire =
        BuildRequest(door_.table().schema(), route, Parts(match));
    if (!wire.ok()) co_return door_.ErrorResponse(wire.status());
    const absl::StatusOr<CallHeaders> headers = door_.HeadersFor(request_, route);
    if (!headers.ok()) co_return door_.ErrorResponse(headers.status());
    const UnaryReply reply =
        co_await CallUnary(io_, door_.UpstreamOf(route), route.method.rpc_path, *headers, *wire);
    co_return MakeResponse(route, reply.status, reply.bytes, reply.position);
  }

  HttpResponse MakeResponse(const Route& route, const grpc::Status& status,
                            const std::string& bytes, const std::string& position) {
    door_.Learn(request_, route, status);
    if (!status.ok()) return door_.ErrorResponse(status);
    absl::StatusOr<HttpReply> built = BuildReply(door_.table().schema(), route, bytes);
    if (!built.ok()) return door_.ErrorResponse(built.status());
    HttpResponse response{.status = built->status,
                          .content_type = std::move(built->content_type),
                          .body = std::move(built->body)};
    if (!built->location.empty()) response.headers.emplace_back("Location", built->location);
    if (!position.empty()) response.headers.emplace_back("Regulars-Position", position);
    return response;
  }

  // A file goes on as it is: nobody behind would unpack it.
  absl::Status CheckUploadEncoding() const {
    const absl::string_view encoding = request_.Header("content-encoding");
    if (encoding.empty() || absl::EqualsIgnoreCase(encoding, "identity")) return absl::OkStatus();
    return InvalidArgument("UNSUPPORTED_ENCODING", "send the file as it is, not packed");
  }

  // Passes a body on in pieces as it comes. Whatever its size, one piece is in memory.
  asio::awaitable<void> ServeUpload(const MethodTable::Match& match) {
    const Route& route = *match.route;
    const absl::Status plain = CheckUploadEncoding();
    if (!plain.ok()) {
      co_await RefuseAndClose(plain);
      co_return;
    }
    const absl::StatusOr<std::string> first = BuildUpload(route, Parts(match));
    const absl::StatusOr<CallHeaders> headers = door_.HeadersFor(request_, route);
    if (!first.ok() || !headers.ok()) {
      const absl::Status& why = first.ok() ? headers.status() : first.status();
      co_await RefuseAndClose(why);
      co_return;
    }
    Stream upload(io_, door_.UpstreamOf(route), route.method.rpc_path, *headers);
    std::string message = *first;
    std::string type(request_.Header("content-type"));
    bool accepted = true;
    do {
      std::string piece(kUploadPieceBytes, '\0');
      const absl::Status read = co_await connection_.ReadPiece(piece);
      if (!read.ok()) {
        co_await RefuseAndClose(read);
        co_return;
      }
      message += UploadPrefix(route, type, piece.size());
      message += piece;
      accepted = co_await upload.Write(message);
      message.clear();
      type.clear();
    } while (accepted && connection_.has_unread_body());
    // A service that refuses early has said why; the rest of the body is of no use to anyone.
    if (connection_.has_unread_body()) connection_.Close();
    std::string reply;
    if (accepted) co_await upload.WritesDone();
    co_await upload.Read(reply);
    const grpc::Status status = co_await upload.Finish();
    HttpResponse response = MakeResponse(route, status, reply, upload.Position());
    co_await Send(response);
  }

  // A server stream as lines or events, each sent as it comes.
  asio::awaitable<void> ServeStream(const MethodTable::Match& match) {
    const Route& route = *match.route;
    const absl::StatusOr<std::string> wire =
        BuildRequest(door_.table().schema(), route, Parts(match));
    const absl::StatusOr<CallHeaders> headers = door_.HeadersFor(request_, route);
    if (!wire.ok() || !headers.ok()) {
      HttpResponse refusal = door_.ErrorResponse(wire.ok() ? headers.status() : wire.status());
      co_await Send(refusal);
      co_return;
    }
    Stream stream(io_, door_.UpstreamOf(route), route.method.rpc_path, *headers);
    // Whoever does not listen any more must not keep a place at the service.
    connection_.Watch(stream.Canceller());
    co_await PassOn(route, stream, *wire);
    co_await connection_.EndWatch();
  }

  asio::awaitable<void> PassOn(const Route& route, Stream& stream, const std::string& wire) {
    const StreamFormat format = ChooseStreamFormat(route, request_.Header("accept"));
    std::string message;
    bool more = co_await stream.Write(wire);
    if (more) {
      co_await stream.WritesDone();
      more = co_await stream.Read(message);
    }
    if (!more) {
      // Nothing came: the end can still be an ordinary answer.
      const grpc::Status status = co_await stream.Finish();
      door_.Learn(request_, route, status);
      HttpResponse response{.content_type = std::string(ContentType(format))};
      if (!status.ok()) response = door_.ErrorResponse(status);
      co_await Send(response);
      co_return;
    }
    door_.Learn(request_, route, grpc::Status::OK);
    bool begun = false;
    while (more) {
      absl::StatusOr<HttpReply> built = BuildReply(door_.table().schema(), route, message);
      if (!built.ok()) {
        connection_.Close();
        co_return;
      }
      if (!begun) {
        begun = true;
        HttpResponse head{.content_type = std::string(ContentType(format))};
        if (format == StreamFormat::kRaw) head.content_type = built->content_type;
        door_.Finish(request_, head);
        co_await connection_.SendHead(head);
        if (request_.method == "HEAD") co_return;
      }
      const std::string frame = FrameMessage(format, std::move(built->body));
      const bool sent = co_await connection_.SendChunk(frame);
      if (!sent) co_return;
      more = co_await stream.Read(message);
    }
    co_await EndStream(format, stream);
  }

  asio::awaitable<void> EndStream(StreamFormat format, Stream& stream) {
    const grpc::Status status = co_await stream.Finish();
    door_.metrics().Count(static_cast<absl::StatusCode>(status.error_code()), absl::Now() - start_);
    if (!status.ok() && format == StreamFormat::kRaw) {
      // What is cut off must not look whole.
      connection_.Close();
      co_return;
    }
    if (!status.ok()) {
      const std::string frame = FrameError(format, door_.ErrorResponse(status).body);
      co_await connection_.SendChunk(frame);
    }
    co_await connection_.SendLastChunk();
  }

  asio::awaitable<void> Send(HttpResponse& response) {
    door_.Finish(request_, response);
    door_.metrics().Count(response.status < 400   ? absl::StatusCode::kOk
                          : response.status < 500 ? absl::StatusCode::kInvalidArgument
                                                  : absl::StatusCode::kInternal,
                          absl::Now() - start_);
    co_await connection_.Send(request_, response);
  }

  asio::io_context& io_;
  Door& door_;
  Connection& connection_;
  HttpRequest request_;
  absl::Time start_;
};

}  // namespace

asio::awaitable<void> ServePlain(asio::io_context& io, Door& door, PlainStream stream) {
  const OpenConnections::Entry entry(door.connections(), io, [&stream] { stream.close(); });
  const std::unique_ptr<Connection> connection = MakeConnection(io, door.options(), stream);
  Session session(io, door, *connection);
  co_await session.Run();
  beast::error_code ignored;
  stream.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

asio::awaitable<void> ServeTls(asio::io_context& io, Door& door,
                               std::unique_ptr<TlsStream> stream) {
  const OpenConnections::Entry entry(
      door.connections(), io, [raw = stream.get()] { beast::get_lowest_layer(*raw).close(); });
  beast::error_code error;
  beast::get_lowest_layer(*stream).expires_after(
      absl::ToChronoMilliseconds(door.options().header_timeout));
  co_await stream->async_handshake(asio::ssl::stream_base::server,
                                   asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return;
  const std::unique_ptr<Connection> connection = MakeConnection(io, door.options(), *stream);
  Session session(io, door, *connection);
  co_await session.Run();
  beast::get_lowest_layer(*stream).expires_after(absl::ToChronoMilliseconds(kTlsGoodbye));
  co_await stream->async_shutdown(asio::redirect_error(asio::use_awaitable, error));
}

}  // namespace regulars::gateway
