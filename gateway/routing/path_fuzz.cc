// Any method and path ("METHOD path") is looked up in a fixed table without harm, and an answer of
// 405 names methods that are then found.
#include "absl/strings/str_split.h"
#include "chassis/base/check.h"
#include "gateway/routing/matcher.h"

namespace regulars::gateway {

namespace {

const Matcher& Table() {
  static const Matcher* const matcher = [] {
    Matcher::Builder builder;
    size_t route = 0;
    for (const char* line :
         {"GET /v1/{name=shelves/*}", "POST /v1/{name=shelves/*}:merge",
          "GET /v1/{name=shelves/**}", "PUT /v1/shelves/a/b", "GET /v1/*/a",
          "DELETE /v1/{x}/{y=b/*}", "* /any/**", "PATCH /any/{z=**}:verb", "GET /a%20b"}) {
      const std::pair<std::string, std::string> parts = absl::StrSplit(line, ' ');
      CHECK(builder.Add(parts.first, ParseTemplate(parts.second).value(), route++).ok());
    }
    return new Matcher(std::move(builder).Build());
  }();
  return *matcher;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits(' ', 1));
  const RouteMatch match = Table().Find(parts.first, parts.second);
  CHECK((match.outcome == RouteMatch::Outcome::kMethodNotAllowed) == !match.allow.empty());
  for (const std::string& method : match.allow) {
    if (method == "OPTIONS") continue;
    CHECK(Table().Find(method, parts.second).outcome == RouteMatch::Outcome::kFound);
  }
  return 0;
}

}  // namespace regulars::gateway
