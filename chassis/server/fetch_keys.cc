#include "chassis/server/fetch_keys.h"

#include <curl/curl.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "chassis/base/errors.h"

namespace regulars {
namespace {

constexpr size_t kMaxBytes = 64 << 10;
constexpr long kTimeoutSeconds = 5;
constexpr absl::Duration kRetry = absl::Seconds(2);

// Takes a piece of the body; fewer bytes than given ends the transfer.
size_t TakePiece(char* bytes, size_t size, size_t count, void* body) {
  auto& text = *static_cast<std::string*>(body);
  if (text.size() + size * count > kMaxBytes) return 0;
  text.append(bytes, size * count);
  return size * count;
}

}  // namespace

absl::StatusOr<std::string> FetchKeys(const std::string& url) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(),
                                                                 &curl_easy_cleanup);
  std::string body;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, kTimeoutSeconds);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &TakePiece);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
  const CURLcode code = curl_easy_perform(curl.get());
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (code == CURLE_OK && status == 200) return body;
  const std::string why =
      code == CURLE_OK ? absl::StrCat("HTTP status ", status) : curl_easy_strerror(code);
  return Unavailable("TOKEN_KEYS_UNREACHABLE", absl::StrCat("cannot get '", url, "': ", why),
                     kRetry);
}

}  // namespace regulars
