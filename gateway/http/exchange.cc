#include "gateway/http/exchange.h"

#include "absl/time/clock.h"
#include "gateway/transcode/reply.h"

namespace regulars::gateway {

namespace asio = boost::asio;

void Exchange::Begin(absl::Time now) { start_ = now; }

absl::Duration Exchange::age() const { return absl::Now() - start_; }

asio::awaitable<void> Exchange::Send(HttpResponse& response) {
  door_.Finish(request_, response);
  Count(response.code);
  co_await connection_.Send(request_, response);
}

asio::awaitable<void> Exchange::SendUnread(HttpResponse& response) {
  const bool has_body = connection_.has_unread_body();
  const bool skip = has_body && connection_.unread_body_is_small();
  if (has_body && !skip) connection_.Close();
  co_await Send(response);
  if (!skip || !connection_.open()) co_return;
  BodyBudget::Claim claim(door_.bodies());
  const uint64_t limit = door_.options().small_body_bytes;
  const absl::Status skipped = co_await connection_.ReadBody(limit, claim, request_.body);
  if (!skipped.ok()) connection_.Close();
}

asio::awaitable<void> Exchange::RefuseAndClose(const absl::Status& why) {
  connection_.Close();
  if (absl::IsCancelled(why)) co_return;  // There is nobody to tell.
  HttpResponse response = door_.ErrorResponse(why);
  co_await Send(response);
}

RequestParts Exchange::Parts(const MethodTable::Match& match) const {
  return {.values = match.values,
          .query = request_.query,
          .body = request_.body,
          .content_type = request_.Header("content-type")};
}

HttpResponse Exchange::MakeResponse(const Route& route, const grpc::Status& status,
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

}  // namespace regulars::gateway
