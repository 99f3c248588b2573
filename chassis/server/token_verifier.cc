#include "chassis/server/token_verifier.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "chassis/auth/key_set.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
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
  std::unique_lock lock(mutex_, std::defer_lock);
  // While somebody else looks, the keys known so far do. Where there are none, his are waited for.
  if (!has_keys_) {
    lock.lock();
  } else if (!lock.try_lock()) {
    return;
  }
  const absl::Duration now = Monotonic();
  if (now < next_look_) return;
  // Until the gateway has written its keys every call looks, for its first token may come next.
  if (has_keys_) next_look_ = now + kLookInterval;
  const absl::StatusOr<std::string> text = auth::ReadKeyFile(source_);
  Note(text.ok() ? Use(*text) : text.status());
}

void TokenVerifier::FetchUntilStopped() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const absl::StatusOr<std::string> text = FetchKeys(source_);
    const absl::Status looked = text.ok() ? Use(*text) : text.status();
    Note(looked);
    lock.lock();
    stop_.wait_for(lock, absl::ToChronoMilliseconds(looked.ok() ? kFetchInterval : kFetchRetry),
                   [this] { return stopping_; });
  }
}

absl::Status TokenVerifier::Use(const std::string& text) {
  if (text == last_text_) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(auth::KeySet keys, auth::KeySet::Parse(text));
  last_text_ = text;
  LogInfo("token keys read", {{"source", source_}, {"keys", std::to_string(keys.size())}});
  cache_.SetKeys(std::move(keys));
  has_keys_ = true;
  return absl::OkStatus();
}

void TokenVerifier::Note(const absl::Status& looked) {
  const std::string trouble(looked.message());
  std::lock_guard lock(trouble_mutex_);
  // One line when something goes wrong, not one for each look.
  if (!looked.ok() && trouble != trouble_) {
    LogWarning("token keys cannot be read", {{"source", source_}, {"why", trouble}});
  }
  trouble_ = trouble;
}

absl::Status TokenVerifier::Ready() {
  if (!is_url_) ReadFileIfDue();
  if (has_keys_) return absl::OkStatus();
  std::lock_guard lock(trouble_mutex_);
  return Unavailable(
      "TOKEN_KEYS_MISSING",
      absl::StrCat("there are no token keys: ", trouble_.empty() ? "none came yet" : trouble_),
      kLookInterval);
}

}  // namespace regulars
