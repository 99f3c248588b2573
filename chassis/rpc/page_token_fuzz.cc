// Two lines: a list's filter, and bytes. As a token, as what a token holds behind its fingerprint,
// and as values of a token: only what a list gave for these arguments, not too long ago, is taken.
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "chassis/auth/base64url.h"
#include "chassis/base/check.h"
#include "chassis/base/errors.h"
#include "chassis/rpc/page_token.h"
#include "regulars/admin/v1/admin_service.pb.h"

namespace regulars::rpc {
namespace {

using admin::v1::ListTasksRequest;

constexpr size_t kFingerprintBytes = 8;
constexpr size_t kMaxValueBytes = 100;
const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

ListTasksRequest Request(absl::string_view filter, absl::string_view token) {
  ListTasksRequest request;
  request.set_filter(std::string(filter));
  request.set_page_token(std::string(token));
  return request;
}

absl::StatusOr<Page> Read(const ListTasksRequest& request, size_t parts, absl::Time now = kNow) {
  const absl::StatusOr<Page> page = ReadPage(request, now, {.parts = parts});
  CHECK(page.ok() || GetErrorDetails(page.status()).reason == "INVALID_PAGE_TOKEN");
  if (!page.ok()) return page;
  CHECK(page->size == 50 && page->after.size() == (request.page_token().empty() ? 0 : parts));
  const absl::StatusOr<int64_t> position = PositionOf(*page);
  CHECK(!position.ok() || *position >= 0);
  return page;
}

// Nobody guesses a fingerprint.
void CheckToken(absl::string_view filter, absl::string_view bytes) {
  CHECK(bytes.empty() || !Read(Request(filter, bytes), 1).ok());
}

// Whoever knows the fingerprint can write a token, and has nothing of it but what stands in it.
void CheckContent(absl::string_view filter, absl::string_view bytes) {
  const std::string mine =
      auth::DecodeBase64Url(NextPageToken(Request(filter, ""), kNow, {})).value();
  const std::string token =
      auth::EncodeBase64Url(absl::StrCat(mine.substr(0, kFingerprintBytes), bytes));
  for (const size_t parts : {1, 2}) {
    const absl::StatusOr<Page> page = Read(Request(filter, token), parts);
    if (!page.ok()) continue;
    std::string values;
    for (const std::string& value : page->after) {
      values += static_cast<char>(value.size() >> 8);
      values += static_cast<char>(value.size() & 0xff);
      values += value;
    }
    CHECK(absl::EndsWith(bytes, values));
  }
}

void CheckValues(absl::string_view filter, absl::string_view bytes) {
  std::vector<std::string> values = absl::StrSplit(bytes.substr(0, kMaxValueBytes), '\n');
  const std::string token = NextPageToken(Request(filter, "other"), kNow, values);
  const ListTasksRequest request = Request(filter, token);
  CHECK(Read(request, values.size()).value().after == values);
  CHECK(!Read(request, values.size() + 1).ok());
  CHECK(Read(request, values.size(), kNow + kPageTokenLife - absl::Seconds(1)).ok());
  CHECK(!Read(request, values.size(), kNow + kPageTokenLife).ok());
  CHECK(!Read(Request(absl::StrCat(filter, "x"), token), values.size()).ok());
  // Cut off anywhere it is damaged.
  const size_t cut = 1 + bytes.size() % (token.size() - 1);
  CHECK(!Read(Request(filter, token.substr(0, cut)), values.size()).ok());
}

}  // namespace
}  // namespace regulars::rpc

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const std::pair<absl::string_view, absl::string_view> lines =
      absl::StrSplit(text, absl::MaxSplits('\n', 1));
  regulars::rpc::CheckToken(lines.first, lines.second);
  regulars::rpc::CheckContent(lines.first, lines.second);
  regulars::rpc::CheckValues(lines.first, lines.second);
  return 0;
}
