#include "chassis/server/token_verifier.h"

#include <utility>

#include "absl/time/clock.h"
#include "chassis/auth/key_set.h"
#include "chassis/observe/log.h"

namespace regulars {

TokenVerifier::TokenVerifier(std::string key_file, auth::TokenRules rules, const Clock& clock)
    : key_file_(std::move(key_file)), clock_(clock), cache_(std::move(rules), auth::KeySet()) {}

absl::StatusOr<std::shared_ptr<const auth::Caller>> TokenVerifier::Verify(absl::string_view token) {
  ReadKeysIfChanged();
  return cache_.Verify(token, clock_.Now());
}

void TokenVerifier::ReadKeysIfChanged() {
  std::unique_lock lock(mutex_, std::try_to_lock);
  // Somebody else is looking.
  if (!lock.owns_lock()) return;
  const absl::Time now = absl::Now();
  if (now < next_look_) return;
  next_look_ = now + kLookInterval;
  const absl::StatusOr<std::string> text = auth::ReadKeyFile(key_file_);
  if (!text.ok() || *text == last_text_) return;
  last_text_ = *text;
  absl::StatusOr<auth::KeySet> keys = auth::KeySet::Parse(*text);
  if (!keys.ok()) {
    LogWarning("token keys are unusable",
               {{"file", key_file_}, {"why", std::string(keys.status().message())}});
    return;
  }
  LogInfo("token keys read", {{"file", key_file_}, {"keys", std::to_string(keys->size())}});
  cache_.SetKeys(*std::move(keys));
}

}  // namespace regulars
