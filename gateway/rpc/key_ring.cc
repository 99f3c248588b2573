#include "gateway/rpc/key_ring.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/auth/key_set.h"
#include "chassis/base/errors.h"
#include "gateway/domain/key_schedule.h"

namespace regulars::gateway {

absl::Status KeyRing::Set(const std::vector<signing_keys::StoredKey>& stored) {
  auto keys = std::make_shared<Keys>();
  std::vector<auth::PublicKey> public_keys;
  for (const signing_keys::StoredKey& row : stored) {
    absl::StatusOr<auth::SigningKey> key = auth::SigningKey::Parse(row.private_pem);
    if (!key.ok() || key->public_key().id() != row.id) {
      return Error(absl::StatusCode::kDataLoss,
                   absl::StrCat("the signing key '", row.id, "' in the store is damaged"),
                   {.reason = "SIGNING_KEY_DAMAGED"});
    }
    public_keys.push_back(key->public_key());
    keys->keys.push_back(*std::move(key));
    keys->sign_times.push_back(row.sign_time);
  }
  keys->jwks = auth::KeySet(std::move(public_keys)).ToJwks();
  const std::lock_guard lock(mutex_);
  keys_ = std::move(keys);
  return absl::OkStatus();
}

std::shared_ptr<const KeyRing::Keys> KeyRing::Get() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

auth::SigningKey KeyRing::Signer(absl::Time now) const {
  const std::shared_ptr<const Keys> keys = Get();
  return keys->keys[SignerAt(keys->sign_times, now)];
}

std::string KeyRing::Jwks() const { return Get()->jwks; }

}  // namespace regulars::gateway
