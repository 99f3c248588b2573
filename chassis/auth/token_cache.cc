#include "chassis/auth/token_cache.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "chassis/base/check.h"
#include "chassis/base/status_macros.h"

namespace regulars::auth {

// A digest is as good as random: any of its bytes are a hash. The first one chooses the shard.
size_t TokenCache::DigestHash::operator()(const Sha256Digest& digest) const {
  size_t hash;
  std::memcpy(&hash, digest.data() + 8, sizeof hash);
  return hash;
}

std::shared_ptr<const Caller> TokenCache::Shard::Find(const Sha256Digest& digest, absl::Time now) {
  const std::lock_guard lock(mutex);
  const auto young_entry = young.find(digest);
  if (young_entry != young.end()) {
    if (now < young_entry->second.until) return young_entry->second.caller;
    young.erase(young_entry);
    return nullptr;
  }
  const auto old_entry = old.find(digest);
  if (old_entry == old.end()) return nullptr;
  Entry entry = std::move(old_entry->second);
  old.erase(old_entry);
  if (now >= entry.until) return nullptr;
  std::shared_ptr<const Caller> caller = entry.caller;
  Add(digest, std::move(entry));
  return caller;
}

// The caller holds `mutex`.
void TokenCache::Shard::Add(const Sha256Digest& digest, Entry entry) {
  if (young.size() >= half) {
    old = std::move(young);
    young.clear();
  }
  young.insert_or_assign(digest, std::move(entry));
}

TokenCache::TokenCache(TokenRules rules, KeySet keys, size_t max_tokens)
    : rules_(std::move(rules)), keys_(std::make_shared<const Keys>(Keys{.keys = std::move(keys)})) {
  // Programmers choose it.
  CHECK(max_tokens > 0 && max_tokens % (2 * kShards) == 0);
  for (Shard& shard : shards_) shard.half = max_tokens / kShards / 2;
}

absl::StatusOr<std::shared_ptr<const Caller>> TokenCache::Verify(absl::string_view token,
                                                                 absl::Time now) {
  const Sha256Digest digest = Sha256(token.substr(0, kMaxTokenBytes + 1));
  Shard& shard = shards_[static_cast<unsigned char>(digest[0]) % kShards];
  if (auto caller = shard.Find(digest, now)) return caller;

  std::shared_ptr<const Keys> keys;
  {
    const std::lock_guard lock(keys_mutex_);
    keys = keys_;
  }
  ABSL_ASSIGN_OR_RETURN(Caller verified, VerifyToken(token, rules_, keys->keys, now));
  auto caller = std::make_shared<const Caller>(std::move(verified));
  const absl::Time until = std::min(caller->expiry + kAllowedSkew, now + kMaxRemembered);
  const std::lock_guard lock(shard.mutex);
  // While this token was verified the keys may have changed.
  if (shard.generation == keys->generation) shard.Add(digest, {.caller = caller, .until = until});
  return caller;
}

void TokenCache::SetKeys(KeySet keys) {
  const std::lock_guard lock(keys_mutex_);
  keys_ = std::make_shared<const Keys>(
      Keys{.keys = std::move(keys), .generation = keys_->generation + 1});
  for (Shard& shard : shards_) {
    const std::lock_guard shard_lock(shard.mutex);
    shard.young.clear();
    shard.old.clear();
    shard.generation = keys_->generation;
  }
}

size_t TokenCache::size() const {
  size_t size = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    size += shard.young.size() + shard.old.size();
  }
  return size;
}

}  // namespace regulars::auth
