// The first byte is the limit in units of 64 bytes, the rest is both a body to pack and one that
// claims to be packed. Unpacking never gives more than the limit, which changes nothing else.
#include <cstdint>
#include <string>

#include "chassis/base/check.h"
#include "chassis/base/errors.h"
#include "gateway/http/gzip.h"

namespace regulars::gateway {
namespace {

constexpr size_t kUnit = 64;
constexpr size_t kEnough = 1 << 20;

std::string ReasonOf(const absl::StatusOr<std::string>& result) {
  CHECK(result.status().code() == absl::StatusCode::kInvalidArgument);
  return GetErrorDetails(result.status()).reason;
}

void CheckLimits(absl::string_view bytes, const std::string& plain) {
  CHECK(Gunzip(bytes, plain.size()).value() == plain);
  if (!plain.empty()) CHECK(ReasonOf(Gunzip(bytes, plain.size() - 1)) == "BODY_TOO_LARGE");
}

void CheckPacked(absl::string_view bytes, size_t limit) {
  const absl::StatusOr<std::string> plain = Gunzip(bytes, limit);
  if (!plain.ok()) {
    const std::string reason = ReasonOf(plain);
    CHECK(reason == "INVALID_GZIP" || reason == "BODY_TOO_LARGE");
    // With more room it is no better, but for what was too large.
    CHECK(reason == "BODY_TOO_LARGE" || ReasonOf(Gunzip(bytes, kEnough)) == reason);
    return;
  }
  CHECK(plain->size() <= limit);
  CheckLimits(bytes, *plain);
  // Behind another member it is the rest of one stream.
  CHECK(Gunzip(Gzip("before") + std::string(bytes), kEnough).value() == "before" + *plain);
}

void CheckPlain(absl::string_view text) {
  const std::string packed = Gzip(text);
  CheckLimits(packed, std::string(text));
  // Cut off anywhere it is no whole stream.
  const size_t cut = text.size() % packed.size();
  CHECK(ReasonOf(Gunzip(absl::string_view(packed).substr(0, cut), kEnough)) == "INVALID_GZIP");
}

}  // namespace
}  // namespace regulars::gateway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  regulars::gateway::CheckPacked(bytes, data[0] * regulars::gateway::kUnit);
  regulars::gateway::CheckPlain(bytes);
  return 0;
}
