#include "gateway/http/upload.h"

#include "absl/strings/match.h"
#include "chassis/base/errors.h"
#include "gateway/http/gzip.h"

namespace regulars::gateway {
namespace {

namespace asio = boost::asio;

constexpr absl::Duration kRetryWhenFull = absl::Seconds(5);

// A file goes on as it is: nobody behind would unpack it.
absl::Status CheckEncoding(const HttpRequest& request) {
  if (absl::StartsWithIgnoreCase(request.Header("content-type"), "multipart/")) {
    return InvalidArgument("UNSUPPORTED_ENCODING",
                           "the body is a form: send the file itself as the body (curl "
                           "--data-binary @file, not -F)");
  }
  const absl::StatusOr<bool> packed = IsGzip(request.Header("content-encoding"));
  if (packed.ok() && !*packed) return absl::OkStatus();
  return InvalidArgument("UNSUPPORTED_ENCODING", "send the file as it is, not packed");
}

// Why the upload must not begin.
absl::Status CheckUpload(const Exchange& exchange, size_t uploads) {
  if (uploads > exchange.door().options().max_uploads) {
    return ResourceExhausted("TOO_MANY_UPLOADS", "as many uploads are under way as may be",
                             kRetryWhenFull);
  }
  return CheckEncoding(exchange.request());
}

// Passes the body on for as long as the service takes it. False when the client does not send it as
// it should, and has been told so.
asio::awaitable<bool> PassBody(Exchange& exchange, const Route& route, std::string message,
                               Stream& upload) {
  Connection& connection = exchange.connection();
  std::string type(exchange.request().Header("content-type"));
  std::string piece;
  bool accepted = true;
  do {
    piece.resize(kUploadPieceBytes);
    const absl::Status read = co_await connection.ReadPiece(piece);
    if (!read.ok()) {
      co_await exchange.RefuseAndClose(read);
      co_return false;
    }
    message += UploadPrefix(route, type, piece.size());
    message += piece;
    accepted = co_await upload.Write(message);
    message.clear();
    type.clear();
  } while (accepted && connection.has_unread_body());
  // A service that refuses early says why; the rest of the body is of no use to anyone.
  if (connection.has_unread_body()) connection.Close();
  if (accepted) co_await upload.WritesDone();
  co_return true;
}

}  // namespace

asio::awaitable<void> ServeUpload(Exchange& exchange, const MethodTable::Match& match,
                                  const CallHeaders& headers) {
  const Route& route = *match.route;
  const Counted counted(exchange.door().uploads());
  absl::Status allowed = CheckUpload(exchange, counted.number());
  const absl::StatusOr<std::string> first = BuildUpload(route, exchange.Parts(match));
  allowed.Update(first.status());
  if (!allowed.ok()) {
    HttpResponse refusal = exchange.door().ErrorResponse(allowed);
    co_await exchange.SendUnread(refusal);
    co_return;
  }
  Stream upload(exchange.io(), exchange.door().UpstreamOf(route), route.method.rpc_path, headers);
  const bool passed = co_await PassBody(exchange, route, *first, upload);
  if (!passed) co_return;
  std::string reply;
  co_await upload.Read(reply);
  const grpc::Status status = co_await upload.Finish();
  HttpResponse response = exchange.MakeResponse(route, status, reply, upload.Position());
  co_await exchange.Send(response);
}

}  // namespace regulars::gateway
