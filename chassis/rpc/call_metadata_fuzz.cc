// One text as each of the things that callers say beside a request. What is read is written again
// as what reads the same.
#include <cstdint>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/check.h"
#include "chassis/base/errors.h"
#include "chassis/rpc/call_metadata.h"

namespace regulars::rpc {
namespace {

void CheckToken(absl::string_view text) {
  const absl::StatusOr<absl::string_view> token = BearerToken(text);
  CHECK(token.ok() || token.status().code() == absl::StatusCode::kUnauthenticated);
  if (!token.ok()) return;
  CHECK(!token->empty() && absl::EndsWith(text, *token));
  CHECK(BearerToken(absl::StrCat("bEARER ", *token)).value() == *token);
}

void CheckTrace(absl::string_view text) {
  const std::string id = TraceId(text);
  if (id.empty()) return;
  CHECK(id.size() == 32 && id.find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(id.find_first_not_of('0') != std::string::npos);  // W3C: "an invalid value".
  CHECK(TraceId(absl::StrCat("00-", id, "-0123456789abcdef-01")) == id);
}

void CheckHops(absl::string_view text) {
  const absl::StatusOr<int> hops = ReadHops(text);
  if (!hops.ok()) {
    const std::string reason = GetErrorDetails(hops.status()).reason;
    CHECK(reason == "INVALID_HOPS" || reason == "TOO_MANY_HOPS");
    return;
  }
  CHECK(*hops >= 0 && *hops <= kMaxHops);
  CHECK(ReadHops(absl::StrCat(*hops)) == hops);
}

void CheckPosition(absl::string_view text) {
  const std::optional<FeedPosition> read = ReadFeedPosition(text);
  if (!read) return;
  CHECK(read->position >= 0 && absl::StartsWith(text, absl::StrCat(read->service, ":")));
  const auto again = ReadFeedPosition(absl::StrCat(read->service, ":", read->position));
  CHECK(again && again->service == read->service && again->position == read->position);
}

}  // namespace
}  // namespace regulars::rpc

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  regulars::rpc::CheckToken(text);
  regulars::rpc::CheckTrace(text);
  regulars::rpc::CheckHops(text);
  regulars::rpc::CheckPosition(text);
  return 0;
}
