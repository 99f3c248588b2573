#include "chassis/server/token_verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <latch>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "chassis/auth/key_set.h"
#include "chassis/auth/signing_key.h"
#include "chassis/server/admin_http.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_dir.h"

namespace regulars {
namespace {

const auth::TokenRules kRules = {"issuer", "audience"};

std::string TokenOf(const auth::SigningKey& key) {
  const auth::Caller caller{.principal = "users/a", .scopes = {"test.read"}};
  return *auth::IssueToken(caller, kRules, key, absl::Now(), absl::Minutes(5));
}

// Keys are looked for in the background: tries until the token is (or is not) good.
bool Becomes(TokenVerifier& verifier, const std::string& token, bool good) {
  for (const absl::Time end = absl::Now() + absl::Seconds(20); absl::Now() < end;) {
    if (verifier.Verify(token).ok() == good) return true;
    absl::SleepFor(absl::Milliseconds(20));
  }
  return false;
}

TEST(TokenVerifier, ReadsAFileThatComesLaterAtOnce) {
  const testing::TempDir dir;
  const auth::SigningKey key = auth::SigningKey::Generate();
  TokenVerifier verifier(dir.File("keys.json"), kRules, SystemClock());
  EXPECT_THAT(verifier.Verify(TokenOf(key)).status(), testing::HasReason("TOKEN_UNKNOWN_KEY"));
  std::ofstream(dir.File("keys.json")) << auth::KeySet({key.public_key()}).ToJwks();
  EXPECT_OK(verifier.Verify(TokenOf(key)));
}

TEST(TokenVerifier, NoneOfItsFirstCallsIsRefusedWhileAnotherOneReadsTheFile) {
  const testing::TempDir dir;
  const auth::SigningKey key = auth::SigningKey::Generate();
  // Many keys take some time to read.
  std::vector<auth::PublicKey> keys = {key.public_key()};
  while (keys.size() < auth::kMaxKeys) {
    keys.push_back(auth::SigningKey::Generate().public_key());
  }
  std::ofstream(dir.File("keys.json")) << auth::KeySet(std::move(keys)).ToJwks();
  const std::string token = TokenOf(key);
  for (int start = 0; start < 50; ++start) {
    TokenVerifier verifier(dir.File("keys.json"), kRules, SystemClock());
    std::latch together(4);
    std::atomic<int> refused = 0;
    std::vector<std::thread> calls;
    for (int i = 0; i < 4; ++i) {
      calls.emplace_back([&] {
        together.arrive_and_wait();
        refused += verifier.Verify(token).ok() ? 0 : 1;
      });
    }
    for (std::thread& call : calls) call.join();
    ASSERT_EQ(refused, 0) << "at start " << start;
  }
}

TEST(TokenVerifier, IsReadyWhenItHasKeys) {
  const testing::TempDir dir;
  const std::string file = dir.File("keys.json");
  const auth::SigningKey key = auth::SigningKey::Generate();
  TokenVerifier verifier(file, kRules, SystemClock());
  EXPECT_THAT(verifier.Ready(), testing::HasReason("TOKEN_KEYS_MISSING"));
  EXPECT_THAT(std::string(verifier.Ready().message()), ::testing::HasSubstr(file));
  for (const char* garbage : {"{}", "not JSON", "", "{\"keys\":[]}"}) {
    std::ofstream(file) << garbage;
    EXPECT_THAT(verifier.Ready(), testing::HasReason("TOKEN_KEYS_MISSING")) << garbage;
  }
  std::ofstream(file) << auth::KeySet({key.public_key()}).ToJwks();
  EXPECT_OK(verifier.Ready()) << "without keys it looks each time";
  EXPECT_OK(verifier.Verify(TokenOf(key)));
  std::ofstream(file) << "not JSON";
  absl::SleepFor(absl::Milliseconds(1100));
  EXPECT_OK(verifier.Ready()) << "the last good ones stay in use";
}

TEST(TokenVerifier, FetchesKeysByUrlAndKeepsThemWhileTheServerIsAway) {
  const auth::SigningKey key = auth::SigningKey::Generate();
  // Any HTTP server that answers with a text will do.
  auto server = AdminHttp::Start(
      "127.0.0.1:0", {.metrics = [&] { return auth::KeySet({key.public_key()}).ToJwks(); }});
  ASSERT_OK(server);
  TokenVerifier verifier(absl::StrCat("http://127.0.0.1:", (*server)->port(), "/metrics"), kRules,
                         SystemClock());
  EXPECT_TRUE(Becomes(verifier, TokenOf(key), true));
  server->reset();
  EXPECT_OK(verifier.Verify(TokenOf(key)));
  EXPECT_FALSE(verifier.Verify(TokenOf(auth::SigningKey::Generate())).ok());
}

TEST(TokenVerifier, RefusesEverythingWhileAUrlAnswersNoKeys) {
  for (const std::string& body :
       {std::string("{}"), std::string("not JSON"), std::string(100'000, ' '), std::string()}) {
    std::atomic<int> asked{0};
    auto server = AdminHttp::Start("127.0.0.1:0", {.metrics = [&] {
                                     ++asked;
                                     return body;
                                   }});
    ASSERT_OK(server);
    TokenVerifier verifier(absl::StrCat("http://127.0.0.1:", (*server)->port(), "/metrics"), kRules,
                           SystemClock());
    const std::string token = TokenOf(auth::SigningKey::Generate());
    for (const absl::Time end = absl::Now() + absl::Seconds(20); asked == 0 && absl::Now() < end;) {
      absl::SleepFor(absl::Milliseconds(20));
    }
    EXPECT_THAT(verifier.Verify(token).status(), testing::HasReason("TOKEN_UNKNOWN_KEY"));
    server->reset();  // Before `asked` and `body` go.
  }
}

}  // namespace
}  // namespace regulars
