#include "chassis/rpc/page_token.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "chassis/auth/base64url.h"
#include "chassis/auth/sha256.h"
#include "chassis/base/check.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"

namespace regulars::rpc {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr size_t kFingerprintBytes = 8;
constexpr size_t kMaxTokenBytes = 4096;

const FieldDescriptor* Field(const Message& request, const char* name) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName(name);
  CHECK(field != nullptr);  // Only requests of lists are paged.
  return field;
}

// What a token is bound to: the kind of request and all that it asks for but the page.
std::string Fingerprint(const Message& request) {
  const std::unique_ptr<Message> arguments(request.New());
  arguments->CopyFrom(request);
  const auto* reflection = arguments->GetReflection();
  reflection->ClearField(arguments.get(), Field(request, "page_size"));
  reflection->ClearField(arguments.get(), Field(request, "page_token"));
  const auth::Sha256Digest digest = auth::Sha256(
      absl::StrCat(request.GetDescriptor()->full_name(), "\n", arguments->SerializeAsString()));
  return std::string(auth::AsView(digest).substr(0, kFingerprintBytes));
}

// Each value behind its length in two bytes.
void AppendPart(const std::string& part, std::string& token) {
  CHECK(part.size() <= 0xffff);  // Values come from columns whose lengths are limited far below.
  token += static_cast<char>(part.size() >> 8);
  token += static_cast<char>(part.size() & 0xff);
  token += part;
}

std::optional<std::vector<std::string>> ReadParts(absl::string_view bytes) {
  std::vector<std::string> parts;
  while (bytes.size() >= 2) {
    const size_t size =
        static_cast<unsigned char>(bytes[0]) << 8 | static_cast<unsigned char>(bytes[1]);
    bytes.remove_prefix(2);
    if (size > bytes.size()) return std::nullopt;
    parts.emplace_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  if (!bytes.empty()) return std::nullopt;
  return parts;
}

}  // namespace

absl::Status InvalidPageToken() {
  return FieldError("page_token", "INVALID_PAGE_TOKEN",
                    "is no token that this list gave for these arguments in the last 3 days");
}

absl::StatusOr<Page> ReadPage(const Message& request, absl::Time now, const PageRules& rules) {
  const auto* reflection = request.GetReflection();
  const int64_t size = reflection->GetInt32(request, Field(request, "page_size"));
  if (size < 0) return FieldError("page_size", "INVALID_PAGE_SIZE", "must not be negative");
  Page page;
  page.size = size == 0 ? rules.default_size : std::min(size, rules.max_size);
  const std::string token = reflection->GetString(request, Field(request, "page_token"));
  if (token.empty()) return page;
  if (token.size() > kMaxTokenBytes) return InvalidPageToken();
  const std::optional<std::string> bytes = auth::DecodeBase64Url(token);
  if (!bytes || bytes->substr(0, kFingerprintBytes) != Fingerprint(request)) {
    return InvalidPageToken();
  }
  // The first value is when it was made, in seconds.
  auto parts = ReadParts(absl::string_view(*bytes).substr(kFingerprintBytes));
  int64_t made = 0;
  if (!parts || parts->size() != rules.parts + 1 || !absl::SimpleAtoi(parts->front(), &made) ||
      absl::FromUnixSeconds(made) + kPageTokenLife <= now) {
    return InvalidPageToken();
  }
  parts->erase(parts->begin());
  page.after = *std::move(parts);
  return page;
}

std::string NextPageToken(const Message& request, absl::Time now,
                          absl::Span<const std::string> after) {
  std::string bytes = Fingerprint(request);
  AppendPart(absl::StrCat(absl::ToUnixSeconds(now)), bytes);
  for (const std::string& part : after) AppendPart(part, bytes);
  return auth::EncodeBase64Url(bytes);
}

absl::StatusOr<int64_t> PositionOf(const Page& page) {
  int64_t position = 0;
  if (page.after.empty()) return position;
  if (!absl::SimpleAtoi(page.after[0], &position) || position <= 0) return InvalidPageToken();
  return position;
}

}  // namespace regulars::rpc
