// Signing keys follow one another without a token being refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "gateway/domain/key_schedule.h"
#include "gateway/rpc/access_fixture.h"
#include "gateway/rpc/key_ring.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::HasReason;

class KeysTest : public AccessTest {
 protected:
  auth::KeySet Published() {
    const auto keys = auth::KeySet::Parse(ReadWhole(key_file()));
    EXPECT_OK(keys);
    return *keys;
  }
  std::string Token() {
    const auto pair = SignIn("anna@example.com");
    EXPECT_OK(pair);
    return pair->access_token();
  }
  absl::Status VerifyWith(const auth::KeySet& keys, const std::string& token) {
    return auth::VerifyToken(token, {kTokenIssuer, kTokenAudience}, keys, server_.clock().Now())
        .status();
  }
};

TEST_F(KeysTest, ANewKeyIsKnownADayBeforeItSigns) {
  ASSERT_OK(MakeUser("anna@example.com"));
  const auth::KeySet first = Published();
  EXPECT_EQ(first.size(), 1);
  server_.clock().Advance(kKeySigns - kKeyPublishedBefore - absl::Seconds(1));
  ASSERT_OK(access_->Maintain());
  EXPECT_EQ(Published().size(), 1);
  server_.clock().Advance(absl::Seconds(1));
  ASSERT_OK(access_->Maintain());
  const auth::KeySet both = Published();
  EXPECT_EQ(both.size(), 2);
  EXPECT_OK(VerifyWith(first, Token())) << "the old one still signs";
  // A service that has read the file within the day knows the new key.
  server_.clock().Advance(kKeyPublishedBefore);
  const std::string token = Token();
  EXPECT_OK(VerifyWith(both, token));
  EXPECT_THAT(VerifyWith(first, token), HasReason("TOKEN_UNKNOWN_KEY"));
  // A token of the old one is known until long after its end; then the key goes.
  server_.clock().Advance(kKeyKeptAfter - absl::Seconds(1));
  ASSERT_OK(access_->Maintain());
  EXPECT_EQ(Published().size(), 2);
  server_.clock().Advance(absl::Seconds(1));
  ASSERT_OK(access_->Maintain());
  EXPECT_EQ(Published().size(), 1);
  EXPECT_OK(VerifyWith(Published(), Token()));
}

TEST_F(KeysTest, MaintenanceThatComesLateStopsNobody) {
  ASSERT_OK(MakeUser("anna@example.com"));
  server_.clock().Advance(kKeySigns * 3);
  EXPECT_OK(Verify(Token()));
  ASSERT_OK(access_->Maintain());
  EXPECT_OK(Verify(Token()));
  EXPECT_EQ(Published().size(), 2);
}

TEST_F(KeysTest, AKeyThatCouldNotBePublishedSignsNothing) {
  ASSERT_OK(MakeUser("anna@example.com"));
  const auth::KeySet known = Published();
  std::filesystem::remove(key_file());
  std::filesystem::create_directory(key_file());  // Which no file can take the place of.
  server_.clock().Advance(kKeySigns - absl::Hours(1));
  EXPECT_THAT(access_->Maintain(), HasReason("FILE_UNWRITABLE"));
  server_.clock().Advance(kKeyPublishedBefore + kKeyKeptAfter);
  EXPECT_THAT(access_->Maintain(), HasReason("FILE_UNWRITABLE"));
  const std::string token = Token();
  EXPECT_OK(VerifyWith(known, token));
  std::filesystem::remove(key_file());
  ASSERT_OK(access_->Maintain());
  EXPECT_OK(VerifyWith(Published(), token));
  EXPECT_OK(VerifyWith(Published(), Token()));
  EXPECT_THAT(VerifyWith(known, Token()), HasReason("TOKEN_UNKNOWN_KEY"));
}

TEST_F(KeysTest, ATokenIsOfTheMachinesTimeWhereTheStoresIsAhead) {
  ASSERT_OK(MakeUser("anna@example.com"));
  server_.clock().Advance(absl::Hours(3));
  EXPECT_OK(Verify(Token()));
  server_.clock().Advance(-absl::Hours(3));
  EXPECT_OK(Verify(Token()));
}

TEST_F(KeysTest, NobodyElsesTokenIsTaken) {
  const auth::SigningKey forged = auth::SigningKey::Generate();
  ASSERT_OK_AND_ASSIGN(
      const std::string token,
      auth::IssueToken({.principal = "users/x", .scopes = {"*.*"}}, {kTokenIssuer, kTokenAudience},
                       forged, server_.clock().Now(), absl::Minutes(15)));
  EXPECT_THAT(Verify(token), HasReason("TOKEN_UNKNOWN_KEY"));
}

TEST_F(KeysTest, PublishesWhereToldWithoutTheSecretHalf) {
  const std::string path = server_.store().folder() + "/elsewhere.json";
  ASSERT_OK(access_->PublishKeys(path));
  EXPECT_EQ(ReadWhole(path), ReadWhole(key_file()));
  EXPECT_EQ(ReadWhole(path).find("\"d\""), std::string::npos);
  EXPECT_THAT(access_->PublishKeys(server_.store().folder() + "/none/keys.json"),
              HasReason("FILE_UNWRITABLE"));
}

TEST(KeyRingTest, ADamagedKeyIsSeen) {
  KeyRing ring;
  const auth::SigningKey a = auth::SigningKey::Generate();
  const auth::SigningKey b = auth::SigningKey::Generate();
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  EXPECT_OK(ring.Set({{a.public_key().id(), a.ToPem(), now},
                      {b.public_key().id(), b.ToPem(), now + absl::Hours(1)}}));
  EXPECT_EQ(ring.Signer(now).public_key().id(), a.public_key().id());
  EXPECT_EQ(ring.Signer(now + absl::Hours(1)).public_key().id(), b.public_key().id());
  EXPECT_THAT(ring.Set({{a.public_key().id(), "no key", now}}), HasReason("SIGNING_KEY_DAMAGED"));
  EXPECT_THAT(ring.Set({{a.public_key().id(), b.ToPem(), now}}), HasReason("SIGNING_KEY_DAMAGED"));
  EXPECT_EQ(ring.Signer(now).public_key().id(), a.public_key().id()) << "the good ones stay";
}

}  // namespace
}  // namespace regulars::gateway
