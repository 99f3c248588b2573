#include "chassis/server/token_verifier.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "chassis/auth/key_set.h"
#include "chassis/observe/log.h"
#include "chassis/server/fetch_keys.h"

namespace regulars {
namespace {

bool IsUrl(const std::string& source) {
  return absl::StartsWith(source, "http://") || absl::StartsWith(source, "https://");
}

}  // namespace

TokenVerifier::TokenVerifier(std::string keys, auth::TokenRules rules, const Clock& clock)
    : source_(std::move(keys)),
      is_url_(IsUrl(source_)),
      clock_(clock),
      cache_(std::move(rules), auth::KeySet()) {
  if (is_url_) fetcher_ = std::thread([this] { FetchUntilStopped(); });
}

TokenVerifier::~TokenVerifier() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_one();
  if (fetcher_.joinable()) fetcher_.join();
}

absl::StatusOr<std::shared_ptr<const auth::Caller>> TokenVerifier::Verify(absl::string_view token) {
  if (!is_url_) ReadFileIfDue();
  return cache_.Verify(token, clock_.Now());
}

void TokenVerifier::ReadFileIfDue() {
  std::unique_lock lock(mutex_, std::try_to_lock);
  // Somebody else is looking.
  if (!lock.owns_lock()) return;
  const absl::Time now = absl::Now();
  if (now < next_look_) return;
  const absl::StatusOr<std::string> text = auth::ReadKeyFile(source_);
  // Until the gateway has written its keys every call looks, for its first token may come next.
  if (!text.ok() && last_text_.empty()) return;
  next_look_ = now + kLookInterval;
  if (text.ok()) Use(*text);
}

void TokenVerifier::FetchUntilStopped() {
  bool reachable = true;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const absl::StatusOr<std::string> text = FetchKeys(source_);
    const bool good = text.ok() && Use(*text);
    // One line when they go, not one every two seconds.
    if (!text.ok() && reachable) {
      LogWarning("token keys are out of reach", {{"why", std::string(text.status().message())}});
    }
    reachable = text.ok();
    lock.lock();
    stop_.wait_for(lock, absl::ToChronoMilliseconds(good ? kFetchInterval : kFetchRetry),
                   [this] { return stopping_; });
  }
}

bool TokenVerifier::Use(const std::string& text) {
  if (text == last_text_) return true;
  absl::StatusOr<auth::KeySet> keys = auth::KeySet::Parse(text);
  if (!keys.ok()) {
    LogWarning("token keys are unusable",
               {{"source", source_}, {"why", std::string(keys.status().message())}});
    return false;
  }
  last_text_ = text;
  LogInfo("token keys read", {{"source", source_}, {"keys", std::to_string(keys->size())}});
  cache_.SetKeys(*std::move(keys));
  return true;
}

}  // namespace regulars
