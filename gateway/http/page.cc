#include "gateway/http/page.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "chassis/auth/sha256.h"
#include "gateway/http/gzip.h"

namespace regulars::gateway {
namespace {

// Of a SHA-256: enough that no two versions of a page share them.
constexpr size_t kEtagBytes = 16;

std::string EtagOf(absl::string_view body) {
  const auth::Sha256Digest digest = auth::Sha256(body);
  return absl::StrCat("\"", absl::BytesToHexString(auth::AsView(digest).substr(0, kEtagBytes)),
                      "\"");
}

// Whether an If-None-Match header has the etag, weak or not.
bool Names(absl::string_view if_none_match, absl::string_view etag) {
  for (absl::string_view part : absl::StrSplit(if_none_match, ',')) {
    part = absl::StripAsciiWhitespace(part);
    if (part == "*") return true;
    absl::ConsumePrefix(&part, "W/");
    if (part == etag) return true;
  }
  return false;
}

}  // namespace

PreparedPage::PreparedPage(StaticPage page)
    : page_(std::move(page)),
      packed_(page_.body.empty() ? "" : Gzip(page_.body)),
      etag_(EtagOf(page_.body)) {}

HttpResponse PreparedPage::Answer(const HttpRequest& request) const {
  if (!page_.location.empty()) return {.status = 302, .headers = {{"Location", page_.location}}};
  HttpResponse response;
  response.headers.emplace_back("ETag", absl::StrCat("W/", etag_));
  if (Names(request.Header("if-none-match"), etag_)) {
    response.status = 304;
    // As the page itself would have it.
    response.headers.emplace_back("Vary", "Accept-Encoding");
    return response;
  }
  response.content_type = page_.content_type;
  response.body = page_.body;
  response.packed = &packed_;
  return response;
}

}  // namespace regulars::gateway
