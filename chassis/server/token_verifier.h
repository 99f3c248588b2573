// Verifies the bearer tokens of calls with the gateway's public keys: a JWKS file, which is looked
// at every second (by every call while there is none), or a URL, which is fetched every minute.
// Keys are made known long before they sign, and the last good ones stay in use while none can be
// had; so the gateway may start, stop or rotate its keys at any time.
//
//   TokenVerifier verifier("/var/lib/regulars/token-keys.json", rules, clock);
//   TokenVerifier verifier("https://crm.example/.well-known/jwks.json", rules, clock);
//
// Thread-safe.
#ifndef CHASSIS_SERVER_TOKEN_VERIFIER_H_
#define CHASSIS_SERVER_TOKEN_VERIFIER_H_

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/auth/token_cache.h"
#include "chassis/base/clock.h"

namespace regulars {

class TokenVerifier {
 public:
  // `keys`: path of a file, or an http(s) URL.
  TokenVerifier(std::string keys, auth::TokenRules rules, const Clock& clock);
  ~TokenVerifier();

  absl::StatusOr<std::shared_ptr<const auth::Caller>> Verify(absl::string_view token);

  // Whether there are keys to verify with; UNAVAILABLE TOKEN_KEYS_MISSING says why there are none.
  absl::Status Ready();

 private:
  static constexpr absl::Duration kLookInterval = absl::Seconds(1);
  static constexpr absl::Duration kFetchInterval = absl::Minutes(1);
  static constexpr absl::Duration kFetchRetry = absl::Seconds(2);

  void ReadFileIfDue();
  void FetchUntilStopped();
  // Puts new keys to use, if `text` holds some. Called from one thread at a time.
  absl::Status Use(const std::string& text);
  // Remembers how the last look at the source went, and logs what has become wrong.
  void Note(const absl::Status& looked);

  const std::string source_;
  const bool is_url_;
  const Clock& clock_;
  auth::TokenCache cache_;

  std::mutex mutex_;
  absl::Duration next_look_;  // As Monotonic(). Guarded by mutex_.
  bool stopping_ = false;     // Guarded by mutex_.
  std::condition_variable stop_;
  std::string last_text_;  // Touched by Use() alone.
  std::atomic<bool> has_keys_{false};
  std::mutex trouble_mutex_;
  std::string trouble_;  // Guarded by trouble_mutex_; empty: none.
  std::thread fetcher_;
};

}  // namespace regulars

#endif  // CHASSIS_SERVER_TOKEN_VERIFIER_H_
