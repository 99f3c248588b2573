#include "chassis/auth/service_identity.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "chassis/base/errors.h"
#include "chassis/base/files.h"
#include "chassis/base/status_macros.h"

namespace regulars::auth {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kOwnerOnly = 0600;
constexpr mode_t kEverybodyReads = 0644;
constexpr char kKeySuffix[] = ".pem";
constexpr absl::Duration kLookInterval = absl::Milliseconds(100);
// A token is signed anew when this much of its life is left: more than a call takes.
constexpr absl::Duration kRenewBefore = absl::Minutes(1);
// Of one service: it has one at a time.
constexpr size_t kRememberedTokens = 64;
constexpr char kAudience[] = "regulars";

absl::StatusOr<SigningKey> ReadOrMake(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error) && !error) {
    const SigningKey key = SigningKey::Generate();
    ABSL_RETURN_IF_ERROR(WriteFileAtomically(path, key.ToPem(), kOwnerOnly));
    return key;
  }
  absl::StatusOr<std::string> text = ReadKeyFile(path);
  absl::StatusOr<SigningKey> key =
      text.ok() ? SigningKey::Parse(*text) : absl::StatusOr<SigningKey>(text.status());
  if (key.ok()) return key;
  return FailedPrecondition("SERVICE_KEY_UNUSABLE",
                            absl::StrCat("the service's key '", path, "': ", key.status().message(),
                                         "; without the file a new key is made"));
}

// Others may have the folder open at any time: the file appears whole.
absl::Status Publish(const SigningKey& key, const std::string& folder, const std::string& file) {
  std::error_code error;
  if (!fs::exists(folder, error)) {
    fs::create_directories(folder, error);
    constexpr mode_t kEverybodyLooks = 0755;
    if (!error) chmod(folder.c_str(), kEverybodyLooks);
  }
  const std::string path = absl::StrCat(folder, "/", file);
  const std::string pem = key.public_key().ToPem();
  if (const absl::StatusOr<std::string> there = ReadKeyFile(path); there.ok() && *there == pem) {
    return absl::OkStatus();
  }
  const absl::Status written = WriteFileAtomically(path, pem, kEverybodyReads);
  if (written.ok()) return written;
  return FailedPrecondition("SERVICE_KEYS_UNWRITABLE",
                            absl::StrCat("the folder of service keys: ", written.message()));
}

absl::Status InvalidToken() {
  return Unauthenticated("TOKEN_INVALID", "the access token is not valid");
}

}  // namespace

std::string ServicePrincipal(absl::string_view service) {
  return absl::StrCat("services/", service);
}

ServiceIdentity::ServiceIdentity(absl::string_view service, SigningKey key, const Clock& clock)
    : principal_(ServicePrincipal(service)), key_(std::move(key)), clock_(clock) {}

absl::StatusOr<std::unique_ptr<ServiceIdentity>> ServiceIdentity::Open(absl::string_view service,
                                                                       const std::string& key_file,
                                                                       const std::string& folder,
                                                                       const Clock& clock) {
  ABSL_ASSIGN_OR_RETURN(SigningKey key, ReadOrMake(key_file));
  ABSL_RETURN_IF_ERROR(Publish(key, folder, absl::StrCat(service, kKeySuffix)));
  return std::unique_ptr<ServiceIdentity>(new ServiceIdentity(service, std::move(key), clock));
}

absl::StatusOr<std::string> ServiceIdentity::Token(const std::string& upstream) {
  const absl::Time now = clock_.Now();
  const std::lock_guard lock(mutex_);
  Issued& issued = issued_[upstream];
  // One of a time that is to come, since the clock was put back, is taken by nobody.
  const absl::Duration renew_after = kServiceTokenLifetime - kRenewBefore;
  if (issued.renew_at - renew_after <= now && now < issued.renew_at) return issued.token;
  ABSL_ASSIGN_OR_RETURN(
      issued.token,
      IssueToken({.principal = principal_, .scopes = {absl::StrCat(upstream, ".read")}},
                 {principal_, kAudience}, key_, now, kServiceTokenLifetime));
  issued.renew_at = now + renew_after;
  return issued.token;
}

ServiceKeys::Trusted::Trusted(std::string of_service, std::string file_text, KeySet keys)
    : service(std::move(of_service)),
      text(std::move(file_text)),
      tokens({ServicePrincipal(service), kAudience}, std::move(keys), kRememberedTokens) {}

ServiceKeys::ServiceKeys(std::string folder, std::vector<std::string> granted, const Clock& clock)
    : folder_(std::move(folder)),
      granted_(std::move(granted)),
      clock_(clock),
      trusted_(std::make_shared<const AllTrusted>()) {}

ServiceKeys::~ServiceKeys() = default;

absl::StatusOr<std::shared_ptr<const Caller>> ServiceKeys::Verify(absl::string_view token) {
  LookIfDue();
  std::shared_ptr<const AllTrusted> trusted;
  {
    const std::lock_guard lock(mutex_);
    trusted = trusted_;
  }
  absl::Status unknown = Unauthenticated(
      "TOKEN_UNKNOWN_KEY", "the access token is signed with a key that is not known here");
  for (const auto& service : *trusted) {
    absl::StatusOr<std::shared_ptr<const Caller>> caller =
        service->tokens.Verify(token, clock_.Now());
    if (caller.ok()) return Limit(*std::move(caller), service->service);
    if (GetErrorDetails(caller.status()).reason != "TOKEN_UNKNOWN_KEY") return caller.status();
  }
  return unknown;
}

// The key says who it is; the token may not say otherwise, nor ask for more than a service needs.
absl::StatusOr<std::shared_ptr<const Caller>> ServiceKeys::Limit(
    std::shared_ptr<const Caller> caller, const std::string& service) const {
  if (caller->principal != ServicePrincipal(service) || caller->member.has_value()) {
    return InvalidToken();
  }
  const auto granted = [this](const std::string& scope) {
    return std::find(granted_.begin(), granted_.end(), scope) != granted_.end();
  };
  if (std::all_of(caller->scopes.begin(), caller->scopes.end(), granted)) return caller;
  auto limited = std::make_shared<Caller>(*caller);
  limited->scopes.clear();
  std::copy_if(caller->scopes.begin(), caller->scopes.end(), std::back_inserter(limited->scopes),
               granted);
  return limited;
}

void ServiceKeys::LookIfDue() {
  // Whoever comes while another one looks waits for what that one finds.
  const std::lock_guard looking(look_mutex_);
  const absl::Duration now = Monotonic();
  if (now < next_look_) return;
  next_look_ = now + kLookInterval;
  std::shared_ptr<const AllTrusted> before;
  {
    const std::lock_guard lock(mutex_);
    before = trusted_;
  }
  auto after = std::make_shared<const AllTrusted>(Read(*before));
  const std::lock_guard lock(mutex_);
  trusted_ = std::move(after);
}

ServiceKeys::AllTrusted ServiceKeys::Read(const AllTrusted& before) const {
  AllTrusted now;
  std::error_code error;
  for (auto entry = fs::directory_iterator(folder_, error);
       !error && entry != fs::directory_iterator() && now.size() < kMaxServices;
       entry.increment(error)) {
    const std::string file = entry->path().filename().string();
    absl::string_view service = file;
    if (!absl::ConsumeSuffix(&service, kKeySuffix) || service.empty()) continue;
    const absl::StatusOr<std::string> text = ReadKeyFile(entry->path().string());
    if (!text.ok()) continue;
    const auto known = std::find_if(before.begin(), before.end(), [&](const auto& trusted) {
      return trusted->service == service && trusted->text == *text;
    });
    if (known != before.end()) {
      now.push_back(*known);
      continue;
    }
    absl::StatusOr<KeySet> keys = KeySet::Parse(*text);
    if (!keys.ok()) continue;  // Not a key, or a private one: nobody is trusted by it.
    now.push_back(std::make_shared<Trusted>(std::string(service), *text, *std::move(keys)));
  }
  return now;
}

}  // namespace regulars::auth
