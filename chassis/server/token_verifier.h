// Verifies the bearer tokens of calls with the public keys in a JWKS file, which is read again when
// it changes: the gateway may start, or rotate its keys, at any time.
//
// Thread-safe.
#ifndef CHASSIS_SERVER_TOKEN_VERIFIER_H_
#define CHASSIS_SERVER_TOKEN_VERIFIER_H_

#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/auth/token_cache.h"
#include "chassis/base/clock.h"

namespace regulars {

class TokenVerifier {
 public:
  TokenVerifier(std::string key_file, auth::TokenRules rules, const Clock& clock);

  absl::StatusOr<std::shared_ptr<const auth::Caller>> Verify(absl::string_view token);

 private:
  // How often the file is looked at.
  static constexpr absl::Duration kLookInterval = absl::Seconds(1);

  void ReadKeysIfChanged();

  const std::string key_file_;
  const Clock& clock_;
  auth::TokenCache cache_;

  std::mutex mutex_;
  absl::Time next_look_ = absl::InfinitePast();  // Guarded by mutex_.
  std::string last_text_;                        // Guarded by mutex_.
};

}  // namespace regulars

#endif  // CHASSIS_SERVER_TOKEN_VERIFIER_H_
