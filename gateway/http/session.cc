#include "gateway/http/session.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "chassis/base/errors.h"
#include "gateway/http/caller_address.h"
#include "gateway/http/gzip.h"
#include "gateway/transcode/error_json.h"
#include "gateway/transcode/reply.h"
#include "gateway/transcode/request.h"

namespace regulars::gateway {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using beast::error_code;

constexpr absl::Duration kHealthTimeout = absl::Seconds(2);
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
// has a name, here and below.
template <typename StreamType>
class Session {
 public:
  Session(asio::io_context& io, Door& door, StreamType& stream)
      : io_(io), door_(door), stream_(stream) {
    error_code ignored;
    const auto endpoint = Socket().remote_endpoint(ignored);
    remote_address_ = endpoint.address().to_string();
  }

  asio::awaitable<void> Run() {
    bool keep = true;
    while (keep) {
      keep = co_await ServeOne();
    }
  }

 private:
  auto& Tcp() { return beast::get_lowest_layer(stream_); }
  auto& Socket() { return Tcp().socket(); }
  void Expire(absl::Duration after) { Tcp().expires_after(absl::ToChronoMilliseconds(after)); }
  auto Token() { return asio::redirect_error(asio::use_awaitable, error_); }

  // Serves one request; whether the connection stays open.
  asio::awaitable<bool> ServeOne() {
    if (buffer_.size() == 0) {
      // Between requests a connection may rest; once a request has begun, it must come.
      Expire(door_.options().idle_timeout);
      const size_t got = co_await stream_.async_read_some(buffer_.prepare(4096), Token());
      if (error_) co_return false;
      buffer_.commit(got);
    }
    Expire(door_.options().header_timeout);
    http::request_parser<http::empty_body> head;
    head.header_limit(door_.options().max_header_bytes);
    head.body_limit(door_.options().max_upload_bytes);
    co_await http::async_read_header(stream_, buffer_, head, Token());
    start_ = absl::Now();
    request_ = HttpRequest();
    keep_alive_ = head.keep_alive();
    version_ = head.get().version();
    if (error_) {
      const bool answered = co_await AnswerBrokenRequest();
      co_return answered;
    }
    const Counted counted(door_.requests());
    TakeHead(head.get());
    if (std::optional<HttpResponse> refusal = door_.Refuse(request_)) {
      // Its body, if any, stays unread.
      keep_alive_ = keep_alive_ && !head.get().has_content_length() && !head.chunked();
      co_return co_await Send(*refusal);
    }
    const MethodTable::Match match = door_.table().Find(request_.method, request_.path);
    if (match.outcome == RouteMatch::Outcome::kFound && match.route->is_upload()) {
      co_return co_await ServeUpload(head, match);
    }
    if (!co_await ReadBody(head)) co_return false;
    if (match.outcome == RouteMatch::Outcome::kFound && match.route->server_streaming()) {
      co_return co_await ServeStream(match);
    }
    HttpResponse response;
    const Handler* handler = door_.FindHandler(request_);
    if (match.outcome == RouteMatch::Outcome::kFound) {
      response = co_await CallService(match);
    } else if (request_.path == "/healthz") {
      response = co_await Health();
    } else if (handler != nullptr) {
      response = co_await RunHandler(*handler);
    } else {
      response = WithoutRoute(match);
    }
    co_return co_await Send(response);
  }

  void TakeHead(const http::request<http::empty_body>& head) {
    request_.method = std::string(head.method_string());
    const std::string target(head.target());
    const size_t question = target.find('?');
    request_.path = target.substr(0, question);
    if (question != std::string::npos) request_.query = target.substr(question + 1);
    for (const auto& field : head) {
      request_.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
    request_.remote_address =
        CallerAddress(request_, remote_address_, door_.options().trusted_proxies);
  }

  // A request that is not HTTP, too large in its head, or cut off.
  asio::awaitable<bool> AnswerBrokenRequest() {
    keep_alive_ = false;
    if (error_ == http::error::end_of_stream || error_ == asio::error::eof ||
        error_ == beast::error::timeout ||
        error_.category() != http::make_error_code(http::error::bad_target).category()) {
      co_return false;
    }
    HttpResponse response =
        error_ == http::error::header_limit
            ? door_.ErrorResponse(
                  431, InvalidArgument("HEADERS_TOO_LARGE", "the request's headers are too large"))
        : error_ == http::error::body_limit
            ? TooLarge()
            : door_.ErrorResponse(InvalidArgument("MALFORMED_HTTP", error_.message()));
    co_await Send(response);
    co_return false;
  }

  HttpResponse TooLarge() const {
    return door_.ErrorResponse(413, InvalidArgument("BODY_TOO_LARGE", "the body is too large"));
  }

  // Reads a body that is not an upload. False when the connection is to be closed.
  asio::awaitable<bool> ReadBody(http::request_parser<http::empty_body>& head) {
    http::request_parser<http::string_body> body(std::move(head));
    body.body_limit(door_.options().max_body_bytes);
    if (body.content_length() && *body.content_length() > door_.options().max_body_bytes) {
      keep_alive_ = false;
      HttpResponse too_large = TooLarge();
      co_await Send(too_large);
      co_return false;
    }
    if (absl::EqualsIgnoreCase(request_.Header("expect"), "100-continue")) {
      co_await SendContinue();
      if (error_) co_return false;
    }
    while (!body.is_done()) {
      Expire(door_.options().io_timeout);
      co_await http::async_read_some(stream_, buffer_, body, Token());
      if (error_) {
        const bool answered = co_await AnswerBrokenRequest();
        co_return answered;
      }
    }
    request_.body = std::move(body.get().body());
    if (request_.Header("content-encoding").empty()) co_return true;
    absl::StatusOr<std::string> plain =
        absl::EqualsIgnoreCase(request_.Header("content-encoding"), "gzip")
            ? Gunzip(request_.body, door_.options().max_body_bytes)
            : absl::StatusOr<std::string>(
                  InvalidArgument("UNSUPPORTED_ENCODING", "send the body as it is or gzip"));
    if (!plain.ok()) {
      const int status = GetErrorDetails(plain.status()).reason == "BODY_TOO_LARGE" ? 413
                         : GetErrorDetails(plain.status()).reason == "INVALID_GZIP" ? 400
                                                                                    : 415;
      keep_alive_ = false;
      HttpResponse refusal = door_.ErrorResponse(status, plain.status());
      co_await Send(refusal);
      co_return false;
    }
    request_.body = *std::move(plain);
    co_return true;
  }

  asio::awaitable<void> SendContinue() {
    http::response<http::empty_body> go_on(http::status::continue_, version_);
    Expire(door_.options().io_timeout);
    co_await http::async_write(stream_, go_on, Token());
  }

  // GET /healthz: asks every service by the standard health interface (grpc.health.v1).
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

  // What is not a method: pages, health, and paths that are not there.
  HttpResponse WithoutRoute(const MethodTable::Match& match) const {
    const bool reads = request_.method == "GET" || request_.method == "HEAD";
    if (const StaticPage* page = door_.Page(request_.path); page != nullptr && reads) {
      return {.content_type = page->content_type, .body = page->body};
    }
    if (match.outcome == RouteMatch::Outcome::kMethodNotAllowed) {
      HttpResponse response = door_.ErrorResponse(
          405, Error(absl::StatusCode::kUnimplemented,
                     absl::StrCat(request_.method, " is not a method of ", request_.path),
                     {.reason = "METHOD_NOT_ALLOWED"}));
      response.headers.emplace_back("Allow", absl::StrJoin(match.allow, ", "));
      return response;
    }
    if (match.outcome == RouteMatch::Outcome::kMalformed) {
      return door_.ErrorResponse(InvalidArgument("MALFORMED_PATH", "the path is malformed"));
    }
    return door_.ErrorResponse(NotFound("PATH_NOT_FOUND", "there is nothing at this path"));
  }

  asio::awaitable<HttpResponse> CallService(const MethodTable::Match& match) {
    const Route& route = *match.route;
    const RequestParts parts{.values = match.values,
                             .query = request_.query,
                             .body = request_.body,
                             .content_type = request_.Header("content-type")};
    const absl::StatusOr<std::string> wire = BuildRequest(door_.table().schema(), route, parts);
    if (!wire.ok()) co_return door_.ErrorResponse(wire.status());
    const CallHeaders headers = door_.HeadersFor(request_, route);
    const UnaryReply reply =
        co_await CallUnary(io_, door_.UpstreamOf(route), route.method.rpc_path, headers, *wire);
    co_return MakeResponse(route, reply.status, reply.bytes, reply.position);
  }

  HttpResponse MakeResponse(const Route& route, const grpc::Status& status,
                            const std::string& bytes, const std::string& position) const {
    if (!status.ok()) return door_.ErrorResponse(status);
    absl::StatusOr<HttpReply> built = BuildReply(door_.table().schema(), route, bytes);
    if (!built.ok()) return door_.ErrorResponse(built.status());
    HttpResponse response{.content_type = std::move(built->content_type),
                          .body = std::move(built->body)};
    if (!position.empty()) response.headers.emplace_back("Regulars-Position", position);
    return response;
  }

  // Passes a body on in pieces as it comes. Whatever its size, one piece is in memory.
  asio::awaitable<bool> ServeUpload(http::request_parser<http::empty_body>& head,
                                    const MethodTable::Match& match) {
    const Route& route = *match.route;
    http::request_parser<http::buffer_body> body(std::move(head));
    const RequestParts parts{.values = match.values,
                             .query = request_.query,
                             .body = "",
                             .content_type = request_.Header("content-type")};
    const absl::StatusOr<std::string> first = BuildUpload(route, parts);
    if (!first.ok()) {
      keep_alive_ = false;
      HttpResponse refusal = door_.ErrorResponse(first.status());
      co_return co_await Send(refusal);
    }
    if (absl::EqualsIgnoreCase(request_.Header("expect"), "100-continue")) {
      co_await SendContinue();
      if (error_) co_return false;
    }
    Stream upload(io_, door_.UpstreamOf(route), route.method.rpc_path,
                  door_.HeadersFor(request_, route));
    std::string message = *first;
    std::string type(request_.Header("content-type"));
    bool accepted = true;
    while (accepted && (!body.is_done() || !message.empty())) {
      std::string piece(kUploadPieceBytes, '\0');
      const size_t size = co_await ReadPiece(body, piece);
      if (error_) {
        keep_alive_ = false;
        const bool answered = co_await AnswerBrokenRequest();
        co_return answered;
      }
      piece.resize(size);
      message += UploadPrefix(route, type, size);
      message += piece;
      accepted = co_await upload.Write(message);
      message.clear();
      type.clear();
    }
    // A service that refuses early has said why; the rest of the body is of no use to anyone.
    keep_alive_ = keep_alive_ && body.is_done();
    std::string reply;
    if (accepted) co_await upload.WritesDone();
    co_await upload.Read(reply);
    const grpc::Status status = co_await upload.Finish();
    HttpResponse response = MakeResponse(route, status, reply, upload.Position());
    co_return co_await Send(response);
  }

  // Fills `piece` as far as the body goes.
  asio::awaitable<size_t> ReadPiece(http::request_parser<http::buffer_body>& body,
                                    std::string& piece) {
    body.get().body().data = piece.data();
    body.get().body().size = piece.size();
    while (!body.is_done() && body.get().body().size > 0) {
      Expire(door_.options().io_timeout);
      co_await http::async_read_some(stream_, buffer_, body, Token());
      if (error_ == http::error::need_buffer) error_ = {};
      if (error_) break;
    }
    co_return piece.size() - body.get().body().size;
  }

  // A server stream as lines or events, each sent as it comes.
  asio::awaitable<bool> ServeStream(const MethodTable::Match& match) {
    const Route& route = *match.route;
    const RequestParts parts{.values = match.values,
                             .query = request_.query,
                             .body = request_.body,
                             .content_type = request_.Header("content-type")};
    const absl::StatusOr<std::string> wire = BuildRequest(door_.table().schema(), route, parts);
    if (!wire.ok()) {
      HttpResponse refusal = door_.ErrorResponse(wire.status());
      co_return co_await Send(refusal);
    }
    const StreamFormat format = ChooseStreamFormat(route, request_.Header("accept"));
    Stream stream(io_, door_.UpstreamOf(route), route.method.rpc_path,
                  door_.HeadersFor(request_, route));
    std::string message;
    bool more = co_await stream.Write(*wire);
    if (more) {
      co_await stream.WritesDone();
      more = co_await stream.Read(message);
    }
    if (!more) {
      // Nothing came: the end can still be an ordinary answer.
      const grpc::Status status = co_await stream.Finish();
      HttpResponse response;
      response.content_type = std::string(ContentType(format));
      if (!status.ok()) response = door_.ErrorResponse(status);
      co_return co_await Send(response);
    }
    bool begun = false;
    while (more) {
      absl::StatusOr<HttpReply> built = BuildReply(door_.table().schema(), route, message);
      if (!built.ok()) co_return false;
      if (!begun) {
        begun = true;
        std::string type(ContentType(format));
        if (format == StreamFormat::kRaw) type = built->content_type;
        co_await BeginStream(type);
      }
      const std::string frame = FrameMessage(format, std::move(built->body));
      if (!error_) co_await WriteChunk(frame);
      if (error_) co_return false;
      more = co_await stream.Read(message);
    }
    const grpc::Status status = co_await stream.Finish();
    if (!status.ok()) {
      if (format == StreamFormat::kRaw) co_return false;
      const std::string frame = FrameError(format, door_.ErrorResponse(status).body);
      co_await WriteChunk(frame);
    }
    if (!error_) co_await WriteLastChunk();
    door_.metrics().Count(static_cast<absl::StatusCode>(status.error_code()), absl::Now() - start_);
    co_return !error_ && keep_alive_;
  }

  asio::awaitable<void> BeginStream(const std::string& content_type) {
    HttpResponse response{.content_type = content_type};
    door_.Finish(request_, response);
    http::response<http::empty_body> head(http::status::ok, version_);
    Fill(response, head);
    head.chunked(true);
    http::response_serializer<http::empty_body> serializer(head);
    Expire(door_.options().io_timeout);
    co_await http::async_write_header(stream_, serializer, Token());
  }

  asio::awaitable<void> WriteChunk(const std::string& text) {
    Expire(door_.options().io_timeout);
    const auto chunk = http::make_chunk(asio::buffer(text));
    co_await asio::async_write(stream_, chunk, Token());
    // While nothing is sent, nothing is expected: the stream may be silent for long.
    Tcp().expires_never();
  }

  asio::awaitable<void> WriteLastChunk() {
    Expire(door_.options().io_timeout);
    const auto last = http::make_chunk_last();
    co_await asio::async_write(stream_, last, Token());
  }

  template <typename Message>
  void Fill(const HttpResponse& response, Message& message) const {
    message.result(static_cast<unsigned>(response.status));
    message.set(http::field::server, "regulars");
    if (!response.content_type.empty()) {
      message.set(http::field::content_type, response.content_type);
    }
    for (const auto& [name, value] : response.headers) message.insert(name, value);
    message.keep_alive(keep_alive_);
  }

  // Sends an answer; whether the connection stays open.
  asio::awaitable<bool> Send(HttpResponse& response) {
    door_.Finish(request_, response);
    door_.metrics().Count(response.status < 400   ? absl::StatusCode::kOk
                          : response.status < 500 ? absl::StatusCode::kInvalidArgument
                                                  : absl::StatusCode::kInternal,
                          absl::Now() - start_);
    http::response<http::string_body> message;
    message.version(version_);
    Fill(response, message);
    message.body() = std::move(response.body);
    message.prepare_payload();
    if (response.status == 204) message.erase(http::field::content_length);
    if (request_.method == "HEAD") message.body().clear();
    Expire(door_.options().io_timeout);
    co_await http::async_write(stream_, message, Token());
    co_return !error_ && keep_alive_;
  }

  asio::io_context& io_;
  Door& door_;
  StreamType& stream_;
  beast::flat_buffer buffer_;
  error_code error_;
  std::string remote_address_;
  HttpRequest request_;
  absl::Time start_;
  unsigned version_ = 11;
  bool keep_alive_ = true;
};

}  // namespace

asio::awaitable<void> ServePlain(asio::io_context& io, Door& door, PlainStream stream) {
  const Counted counted(door.connections());
  Session<PlainStream> session(io, door, stream);
  co_await session.Run();
  error_code ignored;
  stream.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

asio::awaitable<void> ServeTls(asio::io_context& io, Door& door,
                               std::unique_ptr<TlsStream> stream) {
  const Counted counted(door.connections());
  error_code error;
  beast::get_lowest_layer(*stream).expires_after(
      absl::ToChronoMilliseconds(door.options().header_timeout));
  co_await stream->async_handshake(asio::ssl::stream_base::server,
                                   asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return;
  Session<TlsStream> session(io, door, *stream);
  co_await session.Run();
  beast::get_lowest_layer(*stream).expires_after(std::chrono::seconds(2));
  co_await stream->async_shutdown(asio::redirect_error(asio::use_awaitable, error));
}

}  // namespace regulars::gateway
