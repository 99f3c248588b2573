#include "cli/client.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/ids.h"
#include "chassis/base/status_macros.h"

namespace regulars::cli {
namespace {

constexpr int kAttempts = 6;
constexpr absl::Duration kFirstBackoff = absl::Milliseconds(200);
constexpr absl::Duration kLongestBackoff = absl::Seconds(5);
// A server that wants a longer pause than this is not waited for.
constexpr absl::Duration kLongestRetryAfter = absl::Seconds(30);
// A longer pause is told of.
constexpr absl::Duration kQuietWait = absl::Seconds(1);
constexpr size_t kMaxLineBytes = 16 << 20;
constexpr char kJson[] = "application/json";

// Waits between attempts, each twice as long as the one before, with some randomness, so that many
// clients do not come back together.
class Backoff {
 public:
  Backoff() : random_(SecureRandomSeed()) {}
  absl::Duration Next() {
    const absl::Duration wait = next_ * (0.5 + static_cast<double>(random_.Next() % 1000) / 1000);
    next_ = std::min(next_ * 2, kLongestBackoff);
    return wait;
  }

 private:
  Mixer random_;
  absl::Duration next_ = kFirstBackoff;
};

bool HasRequestId(const Query& query, const Json& body) {
  return body.contains("requestId") ||
         std::any_of(query.begin(), query.end(),
                     [](const auto& parameter) { return parameter.first == "requestId"; });
}

// Whether the server has surely done nothing and wants to be asked again. After too many wrong
// passwords it does not: the same one is as wrong, and makes the pause longer.
bool RefusedForNow(const absl::Status& error) {
  const ErrorDetails details = GetErrorDetails(error);
  return error.code() == absl::StatusCode::kResourceExhausted && details.retry_after.has_value() &&
         details.reason != "TOO_MANY_ATTEMPTS";
}

bool Broken(const absl::Status& error) {
  const std::string reason = GetErrorDetails(error).reason;
  return reason != kUnreachable && reason != kTlsFailed &&
         error.code() == absl::StatusCode::kUnavailable;
}

}  // namespace

std::string NewRequestId() {
  std::string bytes = SecureRandomBytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  const std::string hex = absl::BytesToHexString(bytes);
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-",
                      hex.substr(16, 4), "-", hex.substr(20));
}

std::string EscapeUrl(absl::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains("-._~", c)) {
      escaped += c;
    } else {
      absl::StrAppend(&escaped, "%", absl::AsciiStrToUpper(absl::BytesToHexString({&c, 1})));
    }
  }
  return escaped;
}

Client::Client(std::string server, Transport& transport, Credentials& credentials, Waiting waiting)
    : server_(std::move(server)),
      transport_(transport),
      credentials_(credentials),
      waiting_(std::move(waiting)) {}

HttpRequest Client::MakeRequest(absl::string_view method, absl::string_view path,
                                const Query& query) const {
  HttpRequest request{.method = std::string(method), .url = absl::StrCat(server_, path)};
  char separator = absl::StrContains(path, '?') ? '&' : '?';
  for (const auto& [key, value] : query) {
    absl::StrAppend(&request.url, std::string(1, separator), EscapeUrl(key), "=", EscapeUrl(value));
    separator = '&';
  }
  return request;
}

absl::StatusOr<HttpReply> Client::SendOnce(HttpRequest& request) {
  ABSL_ASSIGN_OR_RETURN(std::string token, credentials_.Token());
  const size_t plain = request.headers.size();
  for (bool renewed = false;; renewed = true) {
    if (!token.empty()) {
      request.headers.emplace_back("Authorization", absl::StrCat("Bearer ", token));
    }
    absl::StatusOr<HttpReply> reply = transport_.Send(request);
    request.headers.resize(plain);
    if (!reply.ok() || reply->status / 100 == 2) return reply;
    const absl::Status error = ErrorOf(*reply);
    const std::string reason = GetErrorDetails(error).reason;
    if (renewed || (reason != "TOKEN_EXPIRED" && reason != "TOKEN_INVALID")) return error;
    absl::StatusOr<std::string> other = credentials_.Renew(token);
    if (!other.ok()) return other.status();
    if (other->empty()) return error;
    token = *std::move(other);
    if (request.upload != nullptr) ABSL_RETURN_IF_ERROR(request.upload->Seek(0));
  }
}

absl::StatusOr<HttpReply> Client::Send(HttpRequest request, bool repeatable) {
  Backoff backoff;
  for (int attempt = 1;; ++attempt) {
    absl::StatusOr<HttpReply> reply = SendOnce(request);
    if (reply.ok() || attempt == kAttempts) return reply;
    const absl::Status error = reply.status();
    if (!RefusedForNow(error) && !(repeatable && Broken(error))) return reply;
    const auto wait = GetErrorDetails(error).retry_after;
    if (wait && *wait > kLongestRetryAfter) return reply;
    ABSL_RETURN_IF_ERROR(
        Wait(std::max(wait.value_or(absl::ZeroDuration()), backoff.Next()), error));
    if (request.upload != nullptr) ABSL_RETURN_IF_ERROR(request.upload->Seek(0));
  }
}

absl::Status Client::Wait(absl::Duration time, const absl::Status& why) const {
  if (time > kQuietWait && waiting_.on_long_wait) waiting_.on_long_wait(time, why);
  return waiting_.wait_for(time);
}

absl::StatusOr<Json> Client::SendJson(absl::string_view method, absl::string_view path,
                                      const Query& query, const Json& body, bool repeatable) {
  HttpRequest request = MakeRequest(method, path, query);
  if (!body.is_null()) {
    request.headers.emplace_back("Content-Type", kJson);
    ABSL_ASSIGN_OR_RETURN(request.body, WriteExactly(body));
  }
  ABSL_ASSIGN_OR_RETURN(const HttpReply reply, Send(std::move(request), repeatable));
  if (reply.body.empty()) return Json::object();
  absl::StatusOr<Json> json = ParseJson(reply.body);
  if (json.ok()) return json;
  return Error(absl::StatusCode::kUnknown, "the answer is not JSON", {.reason = "NOT_REGULARS"});
}

absl::StatusOr<Json> Client::Get(absl::string_view path, const Query& query) {
  return SendJson("GET", path, query, Json(), true);
}

absl::StatusOr<Json> Client::Ask(absl::string_view path, const Json& body) {
  return SendJson("POST", path, {}, body, true);
}

absl::StatusOr<Json> Client::Post(absl::string_view path, const Json& body, const Query& query) {
  return SendJson("POST", path, query, body, HasRequestId(query, body));
}

absl::StatusOr<Json> Client::Patch(absl::string_view path, const Json& body, const Query& query) {
  return SendJson("PATCH", path, query, body, HasRequestId(query, body));
}

absl::StatusOr<Json> Client::Delete(absl::string_view path, const Query& query) {
  return SendJson("DELETE", path, query, Json(), HasRequestId(query, Json()));
}

absl::Status Client::Download(absl::string_view method, absl::string_view path, const Query& query,
                              const std::string& body,
                              const std::function<bool(absl::string_view)>& on_data) {
  HttpRequest request = MakeRequest(method, path, query);
  if (!body.empty()) request.headers.emplace_back("Content-Type", kJson);
  request.body = body;
  request.on_data = on_data;
  request.timeout = absl::InfiniteDuration();
  return Send(std::move(request), false).status();
}

absl::Status Client::Stream(absl::string_view path, const Query& query,
                            const std::function<bool(const Json&)>& on_message) {
  std::string line;
  absl::Status error;
  const auto take_line = [&]() -> bool {
    absl::StatusOr<Json> message = ParseJson(line);
    line.clear();
    if (!message.ok()) {
      error = message.status();
    } else if (const Json* failure = Find(*message, "error"); message->size() == 1 && failure) {
      error = ErrorOf(*failure);  // How a stream says that it ends badly.
    } else {
      return on_message(*message);
    }
    return false;
  };
  const auto on_data = [&](absl::string_view data) -> bool {
    for (size_t end = data.find('\n'); end != absl::string_view::npos; end = data.find('\n')) {
      line.append(data.data(), end);
      data.remove_prefix(end + 1);
      if (!line.empty() && !take_line()) return false;
    }
    line.append(data.data(), data.size());  // It goes on in the next piece.
    if (line.size() <= kMaxLineBytes) return true;
    error = Error(absl::StatusCode::kInternal, "a line is too long", {.reason = kConnectionLost});
    return false;
  };
  const absl::Status status = Download("GET", path, query, "", on_data);
  return error.ok() ? status : error;
}

absl::StatusOr<Json> Client::Upload(absl::string_view path, const Query& query,
                                    const UploadFile& file) {
  HttpRequest request = MakeRequest("POST", path, query);
  request.headers.emplace_back("Content-Type", file.content_type);
  request.upload = file.source;
  request.upload_size = file.size;
  request.on_sent = file.on_sent;
  request.timeout = absl::InfiniteDuration();
  const bool repeatable = file.repeatable && HasRequestId(query, Json());
  ABSL_ASSIGN_OR_RETURN(const HttpReply reply, Send(std::move(request), repeatable));
  return ParseJson(reply.body);
}

}  // namespace regulars::cli
