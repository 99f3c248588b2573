// Any text is parsed or refused as a template; one that is taken is found again under its own
// shape.
#include "chassis/base/check.h"
#include "gateway/routing/matcher.h"

namespace regulars::gateway {

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto path = ParseTemplate({reinterpret_cast<const char*>(data), size});
  if (!path.ok()) return 0;
  Matcher::Builder builder;
  CHECK(builder.Add("GET", *path, 7).ok());
  CHECK(!builder.Add("GET", *path, 8).ok());
  const Matcher matcher = std::move(builder).Build();
  // A path made from the template by a name for each '*'.
  std::string request;
  for (const Segment& segment : path->segments) {
    request += '/';
    if (segment.kind != Segment::Kind::kLiteral) {
      request += "x";
      continue;
    }
    for (unsigned char c : segment.literal) {
      constexpr char kHex[] = "0123456789ABCDEF";
      request += '%';
      request += kHex[c >> 4];
      request += kHex[c & 15];
    }
  }
  if (!path->verb.empty()) request += ":" + path->verb;
  const RouteMatch match = matcher.Find("GET", request);
  CHECK(match.outcome == RouteMatch::Outcome::kFound && match.route == 7);
  CHECK(match.values.size() == path->variables.size());
  return 0;
}

}  // namespace regulars::gateway
