// Verifies tokens and remembers those that were valid, by SHA-256, until they end and for at most
// kMaxRemembered. Refused tokens are not remembered: they could push out the valid ones.
//
//   TokenCache tokens(rules, keys);
//   ABSL_ASSIGN_OR_RETURN(const std::shared_ptr<const Caller> caller, tokens.Verify(token, now));
//
// Thread-safe.
#ifndef CHASSIS_AUTH_TOKEN_CACHE_H_
#define CHASSIS_AUTH_TOKEN_CACHE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/auth/caller.h"
#include "chassis/auth/key_set.h"
#include "chassis/auth/sha256.h"
#include "chassis/auth/token.h"

namespace regulars::auth {

inline constexpr absl::Duration kMaxRemembered = absl::Minutes(5);
inline constexpr size_t kMaxRememberedTokens = 8192;

class TokenCache {
 public:
  // Remembers at most `max_tokens`, a multiple of 16.
  TokenCache(TokenRules rules, KeySet keys, size_t max_tokens = kMaxRememberedTokens);

  // What VerifyToken says, at the latest kMaxRemembered ago.
  absl::StatusOr<std::shared_ptr<const Caller>> Verify(absl::string_view token, absl::Time now);

  // From now on tokens are held against `keys`; what earlier keys verified is forgotten.
  void SetKeys(KeySet keys);

  size_t size() const;

 private:
  static constexpr size_t kShards = 8;

  struct Entry {
    std::shared_ptr<const Caller> caller;
    absl::Time until;
  };
  struct DigestHash {
    size_t operator()(const Sha256Digest& digest) const;
  };
  using Entries = absl::flat_hash_map<Sha256Digest, Entry, DigestHash>;

  struct Shard {
    mutable std::mutex mutex;
    // The rest is guarded by mutex. When the young are `half` the shard, the old are forgotten and
    // the young become old; being used makes an old entry young.
    size_t half = 0;
    Entries young;
    Entries old;
    uint64_t generation = 0;  // Of the keys that verified these.

    std::shared_ptr<const Caller> Find(const Sha256Digest& digest, absl::Time now);
    void Add(const Sha256Digest& digest, Entry entry);
  };

  struct Keys {
    KeySet keys;
    uint64_t generation = 0;
  };

  const TokenRules rules_;
  std::mutex keys_mutex_;
  std::shared_ptr<const Keys> keys_;  // Guarded by keys_mutex_.
  std::array<Shard, kShards> shards_;
};

}  // namespace regulars::auth

#endif  // CHASSIS_AUTH_TOKEN_CACHE_H_
