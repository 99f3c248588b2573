#include "chassis/auth/token_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::auth {
namespace {

using ::regulars::testing::HasReason;

const absl::Time kTime = absl::FromUnixSeconds(1'700'000'000);
const TokenRules& Rules() {
  static const auto& rules = *new TokenRules{"https://issuer.example", "regulars"};
  return rules;
}

std::string Issue(const SigningKey& key, int user, absl::Duration lifetime = absl::Minutes(30)) {
  return *IssueToken({.principal = absl::StrCat("users/", user)}, Rules(), key, kTime, lifetime);
}

class TokenCacheTest : public ::testing::Test {
 protected:
  // The remembered object itself, so that a hit can be told from a second verification.
  std::shared_ptr<const Caller> Verify(const std::string& token, absl::Duration after) {
    const auto caller = cache_.Verify(token, kTime + after);
    EXPECT_OK(caller);
    return caller.ok() ? *caller : nullptr;
  }

  const SigningKey key_ = SigningKey::Generate();
  TokenCache cache_{Rules(), KeySet({key_.public_key()}), /*max_tokens=*/64};
};

TEST_F(TokenCacheTest, RemembersForFiveMinutes) {
  const std::string token = Issue(key_, 7);
  const auto first = Verify(token, absl::ZeroDuration());
  EXPECT_EQ(first->principal, "users/7");
  EXPECT_EQ(Verify(token, absl::Minutes(5) - absl::Microseconds(1)), first);
  const auto second = Verify(token, absl::Minutes(5));
  EXPECT_NE(second, first);
  EXPECT_EQ(*second, *first);
  EXPECT_EQ(Verify(token, absl::Minutes(6)), second);
}

TEST_F(TokenCacheTest, RemembersNoneLongerHoweverManyThereAre) {
  // So many that some shards have an older half.
  std::vector<std::string> tokens;
  std::vector<std::shared_ptr<const Caller>> first;
  for (int user = 0; user < 40; ++user) {
    tokens.push_back(Issue(key_, user));
    first.push_back(Verify(tokens.back(), absl::ZeroDuration()));
  }
  for (size_t i = 0; i < tokens.size(); ++i) {
    EXPECT_NE(Verify(tokens[i], absl::Minutes(5)), first[i]) << i;
  }
}

TEST_F(TokenCacheTest, ForgetsATokenThatHasEnded) {
  const std::string token = Issue(key_, 7, absl::Minutes(1));
  const auto first = Verify(token, absl::ZeroDuration());
  EXPECT_EQ(Verify(token, absl::Seconds(119)), first);
  EXPECT_THAT(cache_.Verify(token, kTime + absl::Seconds(120)).status(),
              HasReason("TOKEN_EXPIRED"));
  EXPECT_EQ(cache_.size(), 0u);
}

TEST_F(TokenCacheTest, RefusedTokensAreNotRemembered) {
  const std::string token = Issue(key_, 7);
  EXPECT_THAT(cache_.Verify(token + "x", kTime).status(), HasReason("TOKEN_INVALID"));
  EXPECT_THAT(cache_.Verify("", kTime).status(), HasReason("TOKEN_INVALID"));
  EXPECT_THAT(cache_.Verify(std::string(1 << 20, 'x'), kTime).status(), HasReason("TOKEN_INVALID"));
  EXPECT_THAT(cache_.Verify(Issue(SigningKey::Generate(), 7), kTime).status(),
              HasReason("TOKEN_UNKNOWN_KEY"));
  EXPECT_EQ(cache_.size(), 0u);
}

TEST_F(TokenCacheTest, ATokenLikeARememberedOneIsNotIt) {
  const std::string token = Issue(key_, 7);
  Verify(token, absl::ZeroDuration());
  std::string changed = token;
  changed.back() = changed.back() == 'A' ? 'Q' : 'A';
  EXPECT_THAT(cache_.Verify(changed, kTime).status(), HasReason("TOKEN_INVALID"));
  EXPECT_THAT(cache_.Verify(token + std::string(kMaxTokenBytes, 'x'), kTime).status(),
              HasReason("TOKEN_INVALID"));
}

TEST_F(TokenCacheTest, NewKeysForgetWhatOldKeysVerified) {
  const SigningKey next = SigningKey::Generate();
  const std::string old_token = Issue(key_, 1);
  const std::string new_token = Issue(next, 2);
  const auto first = Verify(old_token, absl::ZeroDuration());
  cache_.SetKeys(KeySet({key_.public_key(), next.public_key()}));
  EXPECT_EQ(cache_.size(), 0u);
  EXPECT_NE(Verify(old_token, absl::ZeroDuration()), first);
  Verify(new_token, absl::ZeroDuration());
  EXPECT_EQ(cache_.size(), 2u);
  cache_.SetKeys(KeySet({next.public_key()}));
  EXPECT_THAT(cache_.Verify(old_token, kTime).status(), HasReason("TOKEN_UNKNOWN_KEY"));
  Verify(new_token, absl::ZeroDuration());
}

TEST_F(TokenCacheTest, IsBoundedAndKeepsWhatIsUsed) {
  const std::string used = Issue(key_, 0);
  const auto first = Verify(used, absl::ZeroDuration());
  for (int user = 1; user <= 500; ++user) {
    Verify(Issue(key_, user), absl::ZeroDuration());
    ASSERT_EQ(Verify(used, absl::ZeroDuration()), first) << user;
    ASSERT_LE(cache_.size(), 64u);
  }
  EXPECT_GT(cache_.size(), 32u);
}

TEST(TokenCache, ThreadsAndRotationAgree) {
  const SigningKey old_key = SigningKey::Generate();
  const SigningKey new_key = SigningKey::Generate();
  std::vector<std::string> old_tokens;
  std::vector<std::string> new_tokens;
  for (int user = 0; user < 24; ++user) {
    old_tokens.push_back(Issue(old_key, user));
    new_tokens.push_back(Issue(new_key, user));
  }
  for (int round = 0; round < 10; ++round) {
    TokenCache cache(Rules(), KeySet({old_key.public_key(), new_key.public_key()}), 64);
    std::atomic<bool> retired = false;
    std::atomic<bool> stop = false;
    std::atomic<int> refusals = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (size_t i = t; !stop; ++i) {
          const size_t user = i % old_tokens.size();
          const bool was_retired = retired;
          const auto old_caller = cache.Verify(old_tokens[user], kTime);
          // Once SetKeys has returned, the old key's tokens are nobody's.
          if (was_retired) {
            EXPECT_THAT(old_caller.status(), HasReason("TOKEN_UNKNOWN_KEY"));
            ++refusals;
          }
          const auto new_caller = cache.Verify(new_tokens[user], kTime);
          ASSERT_OK(new_caller);
          EXPECT_EQ((*new_caller)->principal, absl::StrCat("users/", user));
          EXPECT_LE(cache.size(), 64u);
        }
      });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    cache.SetKeys(KeySet({new_key.public_key()}));
    retired = true;
    while (refusals < 100) std::this_thread::yield();
    stop = true;
    for (std::thread& thread : threads) thread.join();
  }
}

}  // namespace
}  // namespace regulars::auth
