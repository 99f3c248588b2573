#include "gateway/http/connection.h"

#include <array>
#include <chrono>
#include <optional>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "absl/strings/match.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "gateway/http/alarm.h"
#include "gateway/http/body_pace.h"
#include "gateway/http/break_watch.h"
#include "gateway/http/head.h"
#include "gateway/upstream/call.h"

namespace regulars::gateway {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using beast::error_code;

constexpr size_t kReadBytes = 4096;
constexpr size_t kWatchBytes = 1024;
// Less than Beast's fields can hold (it throws beyond), more than a head and what is watched.
constexpr size_t kMaxBufferBytes = 48 << 10;
// What is sent of an answer before its time is renewed.
constexpr size_t kWritePieceBytes = 64 << 10;
// Empty lines before a request that are passed over (RFC 9112 §2.2).
constexpr int kMaxEmptyLines = 4;
constexpr unsigned kHttp11 = 11;

absl::Status TooLarge() { return InvalidArgument("BODY_TOO_LARGE", "the body is too large"); }

// What went wrong while a request was read.
absl::Status ReadError(const error_code& error) {
  const bool is_gone =
      error == http::error::end_of_stream ||
      error.category() != http::make_error_code(http::error::bad_target).category();
  if (is_gone) return absl::CancelledError("the client has gone");
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return InvalidArgument("HEADERS_TOO_LARGE", "the request's headers are too large");
  }
  if (error == http::error::body_limit) return TooLarge();
  return InvalidArgument("MALFORMED_HTTP", error.message());
}

// A read beside an answer that is sent in parts. Shared with its handler, which may come after the
// connection has gone.
struct Watcher {
  explicit Watcher(asio::io_context& io) : ended(std::make_shared<Sleeper>(io)) {}

  std::function<void()> gone;
  std::array<char, kWatchBytes> piece;
  std::string bytes;
  error_code error;
  bool stopped = false;
  std::shared_ptr<Sleeper> ended;
};

// g++ 12 destroys some temporaries of a co_await expression twice: what a coroutine is called with
// has a name, here and wherever it is called.
template <typename StreamType>
class ConnectionImpl final : public Connection {
 public:
  ConnectionImpl(asio::io_context& io, const HttpOptions& options, StreamType& stream)
      : io_(io),
        options_(options),
        stream_(stream),
        buffer_(kMaxBufferBytes),
        alarm_(Tcp()),
        break_watch_(Tcp()) {
    error_code ignored;
    const auto endpoint = Tcp().socket().remote_endpoint(ignored);
    peer_ = endpoint.address().to_string();
  }
  ~ConnectionImpl() override {
    if (watcher_ != nullptr) watcher_->stopped = true;
  }

  const std::string& peer() const override { return peer_; }
  bool open() const override { return open_; }
  void Close() override { open_ = false; }

  asio::awaitable<absl::Status> ReadHead(HttpRequest& request) override {
    head_.emplace();
    upload_.reset();
    head_->header_limit(options_.max_header_bytes);
    head_->body_limit(options_.max_upload_bytes);
    co_await AwaitRequest();
    if (!error_) co_await ParseHead();
    version_ = head_->get().version();
    TakeFields(request);
    if (error_ && alarm_.rang()) {
      open_ = false;
      co_return Error(absl::StatusCode::kDeadlineExceeded, "the headers come too slowly",
                      {.reason = "HEADERS_TOO_SLOW"});
    }
    if (error_) co_return Failed();
    open_ = head_->keep_alive();
    absl::Status taken = TakeHead(request);
    if (!taken.ok()) open_ = false;
    co_return taken;
  }

  bool has_unread_body() const override {
    if (upload_) return !upload_->is_done();
    return head_ && (head_->chunked() || head_->content_length().value_or(0) > 0);
  }

  bool unread_body_is_small() const override {
    return head_ && !expects_continue_ && !head_->chunked() &&
           head_->content_length().value_or(0) <= options_.small_body_bytes;
  }

  asio::awaitable<absl::Status> ReadBody(uint64_t limit, BodyBudget::Claim& claim,
                                         std::string& body) override {
    http::request_parser<http::string_body> parser(*std::move(head_));
    head_.reset();
    parser.body_limit(limit);
    if (parser.content_length().value_or(0) > limit) {
      open_ = false;
      co_return TooLarge();
    }
    co_await SendContinue();
    if (error_) co_return Failed();
    BodyPace pace({.piece = options_.io_timeout, .whole = options_.body_timeout});
    while (!parser.is_done()) {
      absl::Status read = co_await ReadSome(parser, pace);
      if (read.ok()) read = claim.Hold(parser.get().body().size());
      if (!read.ok()) co_return read;
    }
    body = std::move(parser.get().body());
    co_return absl::OkStatus();
  }

  asio::awaitable<absl::Status> ReadPiece(std::string& piece) override {
    if (!upload_) {
      upload_.emplace(*std::move(head_));
      head_.reset();
      upload_pace_.emplace(BodyPace::Limits{.piece = options_.io_timeout,
                                            .whole = options_.upload_timeout,
                                            .min_rate = options_.min_rate,
                                            .grace = options_.rate_grace});
      co_await SendContinue();
      if (error_) co_return Failed();
    }
    upload_->get().body().data = piece.data();
    upload_->get().body().size = piece.size();
    while (!upload_->is_done() && upload_->get().body().size > 0) {
      absl::Status read = co_await ReadSome(*upload_, *upload_pace_);
      if (!read.ok()) co_return read;
    }
    piece.resize(piece.size() - upload_->get().body().size);
    co_return absl::OkStatus();
  }

  asio::awaitable<void> Send(const HttpRequest& request, HttpResponse& response) override {
    http::response<http::string_body> message;
    Fill(response, message);
    message.body() = std::move(response.body);
    message.prepare_payload();
    // A 304 could only say how long the body is that it saves.
    const bool never_a_body = response.status == 204 || response.status == 304;
    if (never_a_body) message.erase(http::field::content_length);
    if (request.method == "HEAD") message.body().clear();
    http::response_serializer<http::string_body> serializer(message);
    serializer.limit(kWritePieceBytes);
    const bool is_small = message.body().size() <= options_.small_reply_bytes;
    BodyPace pace(AnswerPace(is_small ? absl::InfiniteDuration() : options_.large_reply_timeout));
    error_ = {};
    while (!serializer.is_done() && !error_) {
      Expire(pace.Patience());
      const auto start = std::chrono::steady_clock::now();
      const size_t sent = co_await http::async_write_some(stream_, serializer, Token());
      pace.Came(sent, absl::FromChrono(std::chrono::steady_clock::now() - start));
    }
    if (error_) open_ = false;
  }

  asio::awaitable<bool> SendHead(const HttpResponse& response) override {
    chunked_ = version_ >= kHttp11;
    if (!chunked_) open_ = false;
    http::response<http::empty_body> head;
    Fill(response, head);
    if (chunked_) head.chunked(true);
    http::response_serializer<http::empty_body> serializer(head);
    Expire(options_.io_timeout);
    co_await http::async_write_header(stream_, serializer, Token());
    co_return Rest();
  }

  asio::awaitable<bool> SendChunk(const std::string& text) override {
    if (text.empty()) co_return true;  // A chunk of nothing would be the last.
    if (chunked_) {
      const auto chunk = http::make_chunk(asio::buffer(text));
      co_await WriteAll(chunk);
    } else {
      const asio::const_buffer whole = asio::buffer(text);
      co_await WriteAll(whole);
    }
    co_return Rest();
  }

  asio::awaitable<bool> SendLastChunk() override {
    const auto last = http::make_chunk_last();
    if (chunked_) co_await WriteAll(last);
    co_return Rest();
  }

  void Watch(std::function<void()> gone) override {
    Tcp().expires_never();
    watcher_ = std::make_shared<Watcher>(io_);
    watcher_->gone = std::move(gone);
    WatchOn(watcher_);
  }

  asio::awaitable<void> EndWatch() override {
    watcher_->stopped = true;
    Tcp().cancel();
    co_await watcher_->ended->Sleep();
    const error_code why = watcher_->error;
    if (why && why != asio::error::operation_aborted && why != asio::error::eof) open_ = false;
    const size_t size = watcher_->bytes.size();
    if (buffer_.size() + size <= buffer_.max_size()) {
      buffer_.commit(asio::buffer_copy(buffer_.prepare(size), asio::buffer(watcher_->bytes)));
    } else {
      open_ = false;
    }
    watcher_.reset();
  }

  bool half_closed() const override { return watcher_->error == asio::error::eof; }

  void WatchForBreak(std::function<void()> broken) override {
    break_watch_.On([this, broken = std::move(broken)] {
      open_ = false;
      broken();
    });
  }
  void EndWatchForBreak() override { break_watch_.Off(); }

 private:
  auto& Tcp() { return beast::get_lowest_layer(stream_); }
  void Expire(absl::Duration after) { Tcp().expires_after(absl::ToChronoMilliseconds(after)); }
  auto Token() { return asio::redirect_error(asio::use_awaitable, error_); }

  // After a part of an answer: while nothing is sent nothing is expected, for however long.
  bool Rest() {
    if (error_) open_ = false;
    Tcp().expires_never();
    return !error_;
  }

  absl::Status Failed() {
    open_ = false;
    // What is not parsed is still there.
    if (error_ == http::error::bad_version && NamesOtherVersion(Unparsed())) {
      return InvalidArgument("HTTP_VERSION_NOT_SUPPORTED", "this speaks HTTP/1.1 (and 1.0)");
    }
    return ReadError(error_);
  }

  absl::string_view Unparsed() const {
    return {static_cast<const char*>(buffer_.data().data()), buffer_.size()};
  }

  // Waits until a request begins.
  asio::awaitable<void> AwaitRequest() {
    error_ = {};
    for (int lines = 0; !error_;) {
      const absl::string_view seen = Unparsed();
      if (lines < kMaxEmptyLines && absl::StartsWith(seen, "\r\n")) {
        buffer_.consume(2);
        ++lines;
      } else if (seen.empty() || (seen == "\r" && lines < kMaxEmptyLines)) {
        // Between requests a connection may rest; once a request has begun, it must come.
        if (seen.empty()) {
          Expire(options_.idle_timeout);
        } else {
          SetAlarm(options_.header_timeout);
        }
        buffer_.commit(co_await stream_.async_read_some(buffer_.prepare(kReadBytes), Token()));
        alarm_.Off();
      } else {
        co_return;
      }
    }
  }

  // Parses the head that has begun, and reads what is missing of it, in the time that all of it
  // has. Most heads are there already, and cost no timer. The parser's own limit is for one field.
  asio::awaitable<void> ParseHead() {
    bool waiting = false;
    size_t parsed = 0;
    while (true) {
      const size_t more = head_->put(asio::const_buffer(buffer_.data()), error_);
      buffer_.consume(more);
      parsed += more;
      const bool is_whole = !error_;
      if (!is_whole && error_ != http::error::need_more) break;
      error_ = {};
      if (parsed + (is_whole ? 0 : buffer_.size()) > options_.max_header_bytes) {
        error_ = http::error::header_limit;
      }
      if (is_whole || error_) break;
      if (!waiting) SetAlarm(options_.header_timeout);
      waiting = true;
      const auto room = buffer_.prepare(kReadBytes);
      buffer_.commit(co_await stream_.async_read_some(room, Token()));
      if (error_ == asio::error::eof) head_->put_eof(error_);
      // It may ring while something comes, too late.
      if (error_ || alarm_.rang()) break;
    }
    if (waiting) alarm_.Off();
    if (waiting && alarm_.rang()) error_ = asio::error::timed_out;
  }

  // Interrupts what is read, and leaves the socket open to tell why.
  void SetAlarm(absl::Duration after) {
    Tcp().expires_never();
    alarm_.Set(after);
  }

  BodyPace::Limits AnswerPace(absl::Duration whole = absl::InfiniteDuration()) const {
    return {.piece = options_.io_timeout,
            .whole = whole,
            .min_rate = options_.min_rate,
            .grace = options_.rate_grace};
  }

  // Writes in pieces, each with a time of its own, for as long as the client keeps the pace.
  template <typename Buffers>
  asio::awaitable<void> WriteAll(const Buffers& buffers) {
    beast::buffers_suffix<Buffers> left(buffers);
    BodyPace pace(AnswerPace());
    error_ = {};
    while (!error_ && beast::buffer_bytes(left) > 0) {
      Expire(pace.Patience());
      const auto start = std::chrono::steady_clock::now();
      const auto piece = beast::buffers_prefix(kWritePieceBytes, left);
      const size_t sent = co_await stream_.async_write_some(piece, Token());
      pace.Came(sent, absl::FromChrono(std::chrono::steady_clock::now() - start));
      left.consume(sent);
    }
  }

  // Of a head that is refused, what came before its fault: what it is answered depends on that.
  void TakeFields(HttpRequest& request) const {
    for (const auto& field : head_->get()) {
      request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
  }

  absl::Status TakeHead(HttpRequest& request) {
    const http::request<http::empty_body>& head = head_->get();
    request.method = std::string(head.method_string());
    expects_continue_ = absl::EqualsIgnoreCase(request.Header("expect"), "100-continue");
    ABSL_RETURN_IF_ERROR(CheckHead(version_, request.headers));
    ABSL_ASSIGN_OR_RETURN(
        Target target,
        ParseTarget(request.method, absl::string_view(head.target().data(), head.target().size())));
    request.path = std::move(target.path);
    request.query = std::move(target.query);
    return absl::OkStatus();
  }

  // Tells a client that asked first that it may send its body.
  asio::awaitable<void> SendContinue() {
    error_ = {};
    if (!expects_continue_) co_return;
    const http::response<http::empty_body> go_on(http::status::continue_, version_);
    http::response_serializer<http::empty_body> serializer(go_on);
    Expire(options_.io_timeout);
    co_await http::async_write(stream_, serializer, Token());
  }

  // Reads some of a body, for as long as its pace allows.
  template <typename Body>
  asio::awaitable<absl::Status> ReadSome(http::request_parser<Body>& parser, BodyPace& pace) {
    SetAlarm(pace.Patience());
    const auto start = std::chrono::steady_clock::now();
    const size_t got = co_await http::async_read_some(stream_, buffer_, parser, Token());
    alarm_.Off();
    pace.Came(got, absl::FromChrono(std::chrono::steady_clock::now() - start));
    if (alarm_.rang()) {
      open_ = false;
      co_return Error(absl::StatusCode::kDeadlineExceeded, "the body comes too slowly",
                      {.reason = "BODY_TOO_SLOW"});
    }
    if (error_ == http::error::need_buffer) error_ = {};
    if (error_) co_return Failed();
    co_return absl::OkStatus();
  }

  void WatchOn(const std::shared_ptr<Watcher>& watcher) {
    stream_.async_read_some(asio::buffer(watcher->piece),
                            [this, watcher](error_code error, size_t size) {
                              watcher->bytes.append(watcher->piece.data(), size);
                              watcher->error = error;
                              // One that sends no more may read on.
                              const bool silent = error == asio::error::eof;
                              if (watcher->stopped || silent) return Sleeper::Wake(watcher->ended);
                              // Not stopped, so the connection is there.
                              if (!error && watcher->bytes.size() <= options_.max_header_bytes) {
                                return WatchOn(watcher);
                              }
                              watcher->gone();
                              Sleeper::Wake(watcher->ended);
                            });
  }

  template <typename Message>
  void Fill(const HttpResponse& response, Message& message) const {
    message.version(version_);
    message.result(static_cast<unsigned>(response.status));
    message.set(http::field::server, "regulars");
    if (!response.content_type.empty()) {
      message.set(http::field::content_type, response.content_type);
    }
    for (const auto& [name, value] : response.headers) message.insert(name, value);
    message.keep_alive(open_);
  }

  asio::io_context& io_;
  const HttpOptions& options_;
  StreamType& stream_;
  std::string peer_;
  bool open_ = true;
  beast::flat_buffer buffer_;
  error_code error_;
  Alarm alarm_;
  BreakWatch break_watch_;
  std::shared_ptr<Watcher> watcher_;
  // Of the request that is read or answered; its parser moves on from the head to the body.
  std::optional<http::request_parser<http::empty_body>> head_;
  std::optional<http::request_parser<http::buffer_body>> upload_;
  std::optional<BodyPace> upload_pace_;
  unsigned version_ = kHttp11;
  bool chunked_ = true;
  bool expects_continue_ = false;
};

}  // namespace

std::unique_ptr<Connection> MakeConnection(asio::io_context& io, const HttpOptions& options,
                                           PlainStream& stream) {
  return std::make_unique<ConnectionImpl<PlainStream>>(io, options, stream);
}

std::unique_ptr<Connection> MakeConnection(asio::io_context& io, const HttpOptions& options,
                                           TlsStream& stream) {
  return std::make_unique<ConnectionImpl<TlsStream>>(io, options, stream);
}

}  // namespace regulars::gateway
