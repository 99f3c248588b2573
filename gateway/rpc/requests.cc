#include "gateway/rpc/requests.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "chassis/auth/base64url.h"
#include "chassis/auth/sha256.h"
#include "chassis/base/check.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"

namespace regulars::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr size_t kMaxIdBytes = 128;
constexpr size_t kMaxPageTokenBytes = 512;
constexpr size_t kFingerprintBytes = 8;

bool IsSegment(absl::string_view id) {
  return !id.empty() && id.size() <= kMaxIdBytes && IsValidUtf8(id) &&
         id.find('\0') == absl::string_view::npos;
}

absl::Status InvalidName(absl::string_view field, absl::string_view pattern) {
  return FieldError(field, "INVALID_NAME", absl::StrCat("must be '", pattern, "'"));
}

absl::Status InvalidPageToken() {
  return FieldError("page_token", "INVALID_PAGE_TOKEN",
                    "is no token that this list gave for these arguments in the last 3 days");
}

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

}  // namespace

absl::StatusOr<std::string> ParseName(absl::string_view collection, absl::string_view name,
                                      absl::string_view field) {
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '/');
  if (parts.size() != 2 || parts[0] != collection || !IsSegment(parts[1])) {
    return InvalidName(field, absl::StrCat(collection, "/<id>"));
  }
  return std::string(parts[1]);
}

absl::StatusOr<std::pair<std::string, std::string>> ParseSecretName(absl::string_view name) {
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '/');
  if (parts.size() != 4 || parts[0] != "apiKeys" || parts[2] != "secrets" || !IsSegment(parts[1]) ||
      !IsSegment(parts[3])) {
    return InvalidName("name", "apiKeys/<id>/secrets/<id>");
  }
  return std::make_pair(std::string(parts[1]), std::string(parts[3]));
}

absl::StatusOr<Page> ReadPage(const Message& request, absl::Time now) {
  const auto* reflection = request.GetReflection();
  const int64_t size = reflection->GetInt32(request, Field(request, "page_size"));
  if (size < 0) return FieldError("page_size", "INVALID_PAGE_SIZE", "must not be negative");
  Page page;
  page.size = size == 0 ? kDefaultPageSize : std::min(size, kMaxPageSize);
  const std::string text = reflection->GetString(request, Field(request, "page_token"));
  if (text.empty()) return page;
  if (text.size() > kMaxPageTokenBytes) return InvalidPageToken();
  const std::optional<std::string> bytes = auth::DecodeBase64Url(text);
  if (!bytes || bytes->substr(0, kFingerprintBytes) != Fingerprint(request)) {
    return InvalidPageToken();
  }
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(bytes->substr(kFingerprintBytes), absl::MaxSplits(' ', 1));
  int64_t made = 0;
  if (!absl::SimpleAtoi(parts.first, &made) || parts.second.empty() ||
      absl::FromUnixSeconds(made) + kPageTokenLife <= now) {
    return InvalidPageToken();
  }
  page.after = parts.second;
  return page;
}

std::string NextPageToken(const Message& request, absl::string_view last_id, absl::Time now) {
  return auth::EncodeBase64Url(
      absl::StrCat(Fingerprint(request), absl::ToUnixSeconds(now), " ", last_id));
}

absl::StatusOr<std::set<std::string>> PathsToChange(const google::protobuf::FieldMask& mask,
                                                    const Message& resource) {
  const google::protobuf::Descriptor& type = *resource.GetDescriptor();
  std::set<std::string> paths(mask.paths().begin(), mask.paths().end());
  if (paths.empty()) {
    std::vector<const FieldDescriptor*> set;
    resource.GetReflection()->ListFields(resource, &set);
    for (const FieldDescriptor* field : set) paths.insert(field->name());
    return paths;
  }
  if (paths == std::set<std::string>{"*"}) {
    paths.clear();
    for (int i = 0; i < type.field_count(); ++i) paths.insert(type.field(i)->name());
    return paths;
  }
  for (const std::string& path : paths) {
    if (type.FindFieldByName(path) == nullptr) {
      return FieldError("update_mask", "INVALID_UPDATE_MASK",
                        absl::StrCat("names '", EscapeForLog(path), "', which is no field"));
    }
  }
  return paths;
}

std::string Etag(int64_t version) { return absl::StrCat("\"", version, "\""); }

absl::Status CheckEtag(absl::string_view etag, int64_t version) {
  if (etag.empty() || etag == Etag(version)) return absl::OkStatus();
  return Aborted("ETAG_MISMATCH", "it has changed since it was read: read it again");
}

}  // namespace regulars::gateway
