#include "gateway/http/stream.h"

#include "gateway/transcode/reply.h"

namespace regulars::gateway {
namespace {

namespace asio = boost::asio;

// How often a client that sends no more is asked whether it still reads, while a stream rests.
constexpr absl::Duration kProbeInterval = absl::Seconds(1);

// One stream and its request.
class StreamAnswer {
 public:
  StreamAnswer(Exchange& exchange, const Route& route, Stream& stream)
      : exchange_(exchange),
        door_(exchange.door()),
        connection_(exchange.connection()),
        route_(route),
        stream_(stream),
        format_(ChooseStreamFormat(route, exchange.request().Header("accept"))) {}

  asio::awaitable<void> PassOn(const std::string& wire) {
    std::string message;
    bool more = co_await stream_.Write(wire);
    if (more) {
      co_await stream_.WritesDone();
      more = co_await stream_.Read(message);
    }
    if (!more) {
      co_await AnswerAtOnce();
      co_return;
    }
    bool begun = false;
    while (more) {
      absl::StatusOr<HttpReply> built = BuildReply(door_.table().schema(), route_, message);
      if (!built.ok()) {
        exchange_.Count(built.status().code());
        connection_.Close();
        co_return;
      }
      if (!begun) {
        begun = true;
        co_await Begin(built->content_type);
        if (exchange_.request().method == "HEAD") {
          exchange_.Count(absl::StatusCode::kOk);
          co_return;
        }
      }
      const std::string frame = FrameMessage(format_, std::move(built->body));
      const bool sent = co_await connection_.SendChunk(frame);
      if (!sent) {
        exchange_.Count(absl::StatusCode::kCancelled);
        co_return;
      }
      more = co_await Next(message);
    }
    co_await End();
  }

 private:
  // Nothing came: the end can still be an ordinary answer.
  asio::awaitable<void> AnswerAtOnce() {
    const grpc::Status status = co_await stream_.Finish();
    door_.Learn(exchange_.request(), route_, status);
    HttpResponse response{.content_type = std::string(ContentType(format_))};
    if (!status.ok()) response = door_.ErrorResponse(status);
    co_await exchange_.Send(response);
  }

  asio::awaitable<void> Begin(const std::string& content_type) {
    HttpResponse head{.content_type = std::string(ContentType(format_))};
    if (format_ == StreamFormat::kRaw) head.content_type = content_type;
    door_.Finish(exchange_.request(), head);
    co_await connection_.SendHead(head);
  }

  // The stream's next message. Meanwhile a client that has closed its side is sent what means
  // nothing: if it has gone altogether, the second time fails.
  asio::awaitable<bool> Next(std::string& message) {
    const std::string nothing(FrameNothing(format_));
    while (true) {
      const Stream::Came came = co_await stream_.ReadFor(message, kProbeInterval);
      if (came != Stream::Came::kNotYet) co_return came == Stream::Came::kMessage;
      if (nothing.empty() || !connection_.half_closed()) continue;
      const bool there = co_await connection_.SendChunk(nothing);
      if (!there) stream_.Canceller()();  // Then its end comes.
    }
  }

  asio::awaitable<void> End() {
    const grpc::Status status = co_await stream_.Finish();
    exchange_.Count(static_cast<absl::StatusCode>(status.error_code()));
    if (!status.ok() && format_ == StreamFormat::kRaw) {
      // What is cut off must not look whole.
      connection_.Close();
      co_return;
    }
    if (!status.ok()) {
      const std::string frame = FrameError(format_, door_.ErrorResponse(status).body);
      co_await connection_.SendChunk(frame);
    }
    co_await connection_.SendLastChunk();
  }

  Exchange& exchange_;
  Door& door_;
  Connection& connection_;
  const Route& route_;
  Stream& stream_;
  const StreamFormat format_;
};

}  // namespace

asio::awaitable<void> ServeStream(Exchange& exchange, const MethodTable::Match& match,
                                  const CallHeaders& headers) {
  const Route& route = *match.route;
  const absl::StatusOr<std::string> wire =
      BuildRequest(exchange.door().table().schema(), route, exchange.Parts(match));
  if (!wire.ok()) {
    HttpResponse refusal = exchange.door().ErrorResponse(wire.status());
    co_await exchange.Send(refusal);
    co_return;
  }
  Stream stream(exchange.io(), exchange.door().UpstreamOf(route), route.method.rpc_path, headers);
  // Whoever does not listen any more must not keep a place at the service.
  exchange.connection().Watch(stream.Canceller());
  StreamAnswer answer(exchange, route, stream);
  co_await answer.PassOn(*wire);
  co_await exchange.connection().EndWatch();
}

}  // namespace regulars::gateway
