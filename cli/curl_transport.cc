#include "cli/curl_transport.h"

#include <curl/curl.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/check.h"
#include "chassis/base/errors.h"
#include "cli/interrupt.h"

namespace regulars::cli {
namespace {

constexpr absl::Duration kConnectTimeout = absl::Seconds(10);
// An answer that is not streamed; lists of 1,000 customers are a few MiB.
constexpr size_t kMaxReplyBytes = 256 << 20;
constexpr int64_t kUploadBufferBytes = 256 << 10;

// What libcurl's callbacks know of the running exchange.
struct Exchange {
  const HttpRequest& request;
  HttpReply reply;
  absl::Status error;    // Why a callback ended the exchange.
  bool stopped = false;  // The receiver has had enough.
  int64_t sent_bytes = 0;
};

size_t OnHeader(char* data, size_t size, size_t count, void* user) {
  HttpReply& reply = static_cast<Exchange*>(user)->reply;
  const absl::string_view line = absl::StripAsciiWhitespace({data, size * count});
  const size_t colon = line.find(':');
  if (absl::StartsWithIgnoreCase(line, "HTTP/")) {
    // "HTTP/1.1 200 OK"; headers before it were those of "100 Continue".
    reply.headers.clear();
    const size_t space = std::min(line.find(' '), line.size());
    if (!absl::SimpleAtoi(line.substr(space, 4), &reply.status)) reply.status = 0;
  } else if (colon != absl::string_view::npos) {
    reply.headers.emplace_back(absl::AsciiStrToLower(line.substr(0, colon)),
                               absl::StripAsciiWhitespace(line.substr(colon + 1)));
  }
  return size * count;
}

size_t OnData(char* data, size_t size, size_t count, void* user) {
  Exchange& exchange = *static_cast<Exchange*>(user);
  const absl::string_view piece(data, size * count);
  if (exchange.reply.status / 100 == 2 && exchange.request.on_data) {
    exchange.stopped = !exchange.request.on_data(piece);
    return exchange.stopped ? 0 : piece.size();
  }
  if (exchange.reply.body.size() + piece.size() > kMaxReplyBytes) {
    exchange.error =
        Error(absl::StatusCode::kInternal, "the answer is too large", {.reason = kConnectionLost});
    return 0;
  }
  exchange.reply.body.append(piece.data(), piece.size());
  return piece.size();
}

size_t OnRead(char* to, size_t size, size_t count, void* user) {
  Exchange& exchange = *static_cast<Exchange*>(user);
  const absl::StatusOr<size_t> got = exchange.request.upload->Read(to, size * count);
  if (!got.ok()) {
    exchange.error = got.status();
    return CURL_READFUNC_ABORT;
  }
  exchange.sent_bytes += static_cast<int64_t>(*got);
  if (exchange.request.on_sent) exchange.request.on_sent(exchange.sent_bytes);
  return *got;
}

int OnSeek(void* user, curl_off_t offset, int origin) {
  Exchange& exchange = *static_cast<Exchange*>(user);
  if (origin != SEEK_SET || !exchange.request.upload->Seek(offset).ok()) {
    return CURL_SEEKFUNC_CANTSEEK;
  }
  exchange.sent_bytes = offset;
  return CURL_SEEKFUNC_OK;
}

int OnProgress(void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return Interrupted() ? 1 : 0;
}

void SetBody(CURL* curl, Exchange& exchange) {
  const HttpRequest& request = exchange.request;
  if (request.upload != nullptr) {
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t{request.upload_size});
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, OnRead);
    curl_easy_setopt(curl, CURLOPT_READDATA, &exchange);
    curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, OnSeek);
    curl_easy_setopt(curl, CURLOPT_SEEKDATA, &exchange);
    curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, long{kUploadBufferBytes});
  } else if (request.method != "GET" && !(request.method == "DELETE" && request.body.empty())) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
  }
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void SetLimits(CURL* curl, const HttpRequest& request) {
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(kConnectTimeout)));
  if (request.timeout != absl::InfiniteDuration()) {
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                     static_cast<long>(absl::ToInt64Milliseconds(request.timeout)));
  } else {
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME,
                     static_cast<long>(absl::ToInt64Seconds(request.idle_timeout)));
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
  }
}

// The part of a URL that says which server it is.
absl::string_view ServerOf(absl::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == absl::string_view::npos) return url;
  return url.substr(0, url.find('/', scheme + 3));
}

absl::Status TransportError(CURLcode code, bool connected, const Exchange& exchange,
                            absl::string_view detail) {
  const absl::string_view why = detail.empty() ? curl_easy_strerror(code) : detail;
  const std::string server(ServerOf(exchange.request.url));
  const auto error = [&](const char* reason) {
    return Error(absl::StatusCode::kUnavailable, why,
                 {.reason = reason, .metadata = {{"server", server}}});
  };
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return error(kUnreachable);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR:
      return error(kTlsFailed);
    case CURLE_OPERATION_TIMEDOUT:
      return error(connected ? kSilent : kUnreachable);
    case CURLE_ABORTED_BY_CALLBACK:
      return InterruptedError();
    default:
      return error(kConnectionLost);
  }
}

}  // namespace

std::string HttpReply::Header(absl::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "";
}

void CurlTransport::Closer::operator()(void* handle) const { curl_easy_cleanup(handle); }

CurlTransport::CurlTransport(std::string ca_file) : ca_file_(std::move(ca_file)) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  curl_.reset(curl_easy_init());
  // libcurl gives a handle unless memory is out.
  CHECK(curl_ != nullptr);
}

CurlTransport::~CurlTransport() = default;

absl::StatusOr<HttpReply> CurlTransport::Send(const HttpRequest& request) {
  CURL* curl = curl_.get();
  curl_easy_reset(curl);  // Connections stay.
  Exchange exchange{.request = request};
  char detail[CURL_ERROR_SIZE] = "";
  curl_slist* headers = nullptr;
  for (const auto& [name, value] : request.headers) {
    headers = curl_slist_append(headers, absl::StrCat(name, ": ", value).c_str());
  }
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, OnData);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  if (!ca_file_.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file_.c_str());
  SetBody(curl, exchange);
  SetLimits(curl, request);
  const CURLcode code = curl_easy_perform(curl);
  curl_slist_free_all(headers);
  if (!exchange.error.ok()) return exchange.error;
  // A server that refuses an upload early answers and hangs up: the answer counts.
  const bool refused = exchange.reply.status >= 400 && !exchange.reply.body.empty();
  if (code == CURLE_OK || exchange.stopped || (refused && code == CURLE_SEND_ERROR)) {
    return std::move(exchange.reply);
  }
  curl_off_t connect_us = 0;
  curl_easy_getinfo(curl, CURLINFO_CONNECT_TIME_T, &connect_us);
  return TransportError(code, connect_us > 0, exchange, detail);
}

}  // namespace regulars::cli
