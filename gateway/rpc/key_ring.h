// The signing keys in memory, as they stand in the store. Thread-safe.
//
//   context.keys.Set(keys);                                        // at start and after a rotation
//   IssueToken(caller, rules, context.keys.Signer(now), now, life);
#ifndef GATEWAY_RPC_KEY_RING_H_
#define GATEWAY_RPC_KEY_RING_H_

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "chassis/auth/signing_key.h"
#include "gateway/store/signing_keys.h"

namespace regulars::gateway {

class KeyRing {
 public:
  // By the time from which they sign; at least one. DATA_LOSS with SIGNING_KEY_DAMAGED.
  absl::Status Set(const std::vector<signing_keys::StoredKey>& stored);

  // Set() has succeeded before.
  auth::SigningKey Signer(absl::Time now) const;

  // All public keys, those that will sign and those that did included, as a JWK set.
  std::string Jwks() const;

 private:
  struct Keys {
    std::vector<auth::SigningKey> keys;
    std::vector<absl::Time> sign_times;
    std::string jwks;
  };
  std::shared_ptr<const Keys> Get() const;

  mutable std::mutex mutex_;
  std::shared_ptr<const Keys> keys_ = std::make_shared<Keys>();  // Guarded by mutex_.
};

}  // namespace regulars::gateway

#endif  // GATEWAY_RPC_KEY_RING_H_
