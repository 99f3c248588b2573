#include "customer-svc/rpc/pagination.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "chassis/auth/base64url.h"
#include "chassis/auth/sha256.h"
#include "chassis/base/check.h"
#include "chassis/base/errors.h"

namespace regulars::customer {
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

bool ReadParts(absl::string_view bytes, size_t count, std::vector<std::string>& parts) {
  while (bytes.size() >= 2) {
    const size_t size =
        static_cast<unsigned char>(bytes[0]) << 8 | static_cast<unsigned char>(bytes[1]);
    bytes.remove_prefix(2);
    if (size > bytes.size()) return false;
    parts.emplace_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return bytes.empty() && parts.size() == count;
}

}  // namespace

absl::StatusOr<Page> ReadPage(const Message& request, const PageRules& rules) {
  const auto* reflection = request.GetReflection();
  const int64_t size = reflection->GetInt32(request, Field(request, "page_size"));
  if (size < 0) return FieldError("page_size", "INVALID_PAGE_SIZE", "must not be negative");
  Page page;
  page.size = size == 0 ? rules.default_size : std::min(size, rules.max_size);
  const std::string token = reflection->GetString(request, Field(request, "page_token"));
  if (token.empty()) return page;
  const auto bytes = token.size() <= kMaxTokenBytes ? auth::DecodeBase64Url(token) : std::nullopt;
  if (!bytes || bytes->size() < kFingerprintBytes ||
      !ReadParts(absl::string_view(*bytes).substr(kFingerprintBytes), rules.parts, page.after)) {
    return FieldError("page_token", "INVALID_PAGE_TOKEN", "is not a token that this list gave");
  }
  if (absl::string_view(*bytes).substr(0, kFingerprintBytes) != Fingerprint(request)) {
    return FieldError("page_token", "PAGE_TOKEN_MISMATCH",
                      "belongs to a list with other arguments: send those of the first page");
  }
  return page;
}

std::string NextPageToken(const Message& request, absl::Span<const std::string> after) {
  std::string bytes = Fingerprint(request);
  for (const std::string& part : after) AppendPart(part, bytes);
  return auth::EncodeBase64Url(bytes);
}

}  // namespace regulars::customer
