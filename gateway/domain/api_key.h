// An API key: what another system signs in with. Plain values and what they may be.
#ifndef GATEWAY_DOMAIN_API_KEY_H_
#define GATEWAY_DOMAIN_API_KEY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace regulars::gateway {

// So that one can be changed for another without a gap.
inline constexpr size_t kMaxLiveSecrets = 2;
inline constexpr size_t kSecretHintLength = 4;
// last_used_time is as exact as this.
inline constexpr absl::Duration kLastUsedResolution = absl::Minutes(1);

// What is known of a secret: never the secret itself.
struct ApiKeySecret {
  std::string id;
  std::string hint;  // Its last characters.
  std::string hash;  // SHA-256, 32 bytes.
  absl::Time create_time;
  std::optional<absl::Time> last_used_time;

  friend bool operator==(const ApiKeySecret&, const ApiKeySecret&) = default;
};

struct ApiKey {
  std::string id;
  std::string display_name;
  std::vector<std::string> scopes;  // Patterns.
  std::vector<std::string> stores;  // Empty: all.
  bool disabled = false;
  std::vector<ApiKeySecret> secrets;  // By age.
  int64_t version = 0;
  absl::Time create_time;
  absl::Time update_time;

  friend bool operator==(const ApiKey&, const ApiKey&) = default;
};

// Sorts the lists and checks everything. INVALID_ARGUMENT with fields "api_key.…".
absl::Status CheckApiKey(ApiKey& key, const std::vector<std::string>& declared_scopes);

}  // namespace regulars::gateway

#endif  // GATEWAY_DOMAIN_API_KEY_H_
