#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/rpc/access_fixture.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::testing::ElementsAre;
using Stub = v1::AccessService::Stub;

class ApiKeysTest : public AccessTest {
 protected:
  absl::StatusOr<v1::ApiKey> Get(const std::string& name, const std::string& token = kRoot) {
    v1::GetApiKeyRequest request;
    request.set_name(name);
    return Do(&Stub::GetApiKey, request, token);
  }
  absl::StatusOr<v1::ApiKey> Update(const v1::ApiKey& key, const std::vector<std::string>& paths) {
    v1::UpdateApiKeyRequest request;
    *request.mutable_api_key() = key;
    for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
    return Do(&Stub::UpdateApiKey, request);
  }
  absl::Status Delete(const std::string& name, const std::string& etag = "",
                      bool allow_missing = false) {
    v1::DeleteApiKeyRequest request;
    request.set_name(name);
    request.set_etag(etag);
    request.set_allow_missing(allow_missing);
    return Do(&Stub::DeleteApiKey, request).status();
  }
  absl::StatusOr<v1::ApiKey> Revoke(const std::string& name) {
    v1::RevokeApiKeySecretRequest request;
    request.set_name(name);
    return Do(&Stub::RevokeApiKeySecret, request);
  }
};

TEST_F(ApiKeysTest, MakesChangesAndTakesAway) {
  ASSERT_OK_AND_ASSIGN(v1::ApiKey key, CreateApiKey({"customer.read", "*.write"}, {"s1"}));
  EXPECT_THAT(key.scopes(), ElementsAre("*.write", "customer.read"));
  ASSERT_OK_AND_ASSIGN(const v1::ApiKey got, Get(key.name()));
  EXPECT_EQ(got.SerializeAsString(), key.SerializeAsString());
  const std::string first_etag = key.etag();
  key.set_display_name("Till");
  key.set_disabled(true);
  ASSERT_OK_AND_ASSIGN(key, Update(key, {"display_name"}));
  EXPECT_EQ(key.display_name(), "Till");
  EXPECT_FALSE(key.disabled());
  EXPECT_THAT(Delete(key.name(), first_etag), HasReason("ETAG_MISMATCH"));
  EXPECT_OK(Delete(key.name(), key.etag()));
  EXPECT_THAT(Get(key.name()), HasReason("API_KEY_NOT_FOUND"));
  EXPECT_THAT(Delete(key.name()), HasReason("API_KEY_NOT_FOUND"));
  EXPECT_OK(Delete(key.name(), "", true));
  EXPECT_THAT(Update(key, {}), HasReason("API_KEY_NOT_FOUND"));
  EXPECT_THAT(AddSecret(key.name()), HasReason("API_KEY_NOT_FOUND"));
}

TEST_F(ApiKeysTest, RefusesBadKeys) {
  EXPECT_THAT(CreateApiKey({}), HasReason("INVALID_SCOPE"));
  EXPECT_THAT(CreateApiKey({"customer"}), HasReason("INVALID_SCOPE"));
  EXPECT_THAT(CreateApiKey({"customer.reed"}), HasReason("INVALID_SCOPE"));
  EXPECT_THAT(CreateApiKey({"customer.read"}, {"a b"}), HasReason("INVALID_STORE"));
  v1::CreateApiKeyRequest request;
  request.mutable_api_key()->add_scopes("customer.read");
  EXPECT_THAT(Do(&Stub::CreateApiKey, request), HasReason("FIELD_MISSING"));
  request.mutable_api_key()->set_display_name("x");
  request.mutable_api_key()->set_name("apiKeys/x");
  EXPECT_THAT(Do(&Stub::CreateApiKey, request), HasReason("INVALID_NAME"));
  ASSERT_OK_AND_ASSIGN(v1::ApiKey key, CreateApiKey({"customer.read"}));
  key.clear_scopes();
  EXPECT_THAT(Update(key, {"scopes"}), HasReason("INVALID_SCOPE"));
}

TEST_F(ApiKeysTest, TwoSecretsAtMostSoThatOneCanFollowTheOther) {
  ASSERT_OK_AND_ASSIGN(const v1::ApiKey key, CreateApiKey({"customer.read"}));
  ASSERT_OK_AND_ASSIGN(const auto first, AddSecret(key.name()));
  ASSERT_OK_AND_ASSIGN(const auto second, AddSecret(key.name()));
  EXPECT_NE(first.secret(), second.secret());
  ASSERT_EQ(second.api_key().secrets_size(), 2);
  EXPECT_EQ(second.api_key().secrets(0).hint(), first.secret().substr(first.secret().size() - 4));
  EXPECT_THAT(AddSecret(key.name()), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(AddSecret(key.name()), HasReason("TOO_MANY_SECRETS"));
  ASSERT_OK_AND_ASSIGN(const v1::ApiKey left, Revoke(second.api_key().secrets(0).name()));
  ASSERT_EQ(left.secrets_size(), 1);
  EXPECT_EQ(left.secrets(0).hint(), second.secret().substr(second.secret().size() - 4));
  EXPECT_OK(AddSecret(key.name()));
}

TEST_F(ApiKeysTest, RevokesOnlyWhatIsThere) {
  ASSERT_OK_AND_ASSIGN(const v1::ApiKey key, CreateApiKey({"customer.read"}));
  ASSERT_OK_AND_ASSIGN(const v1::ApiKey other, CreateApiKey({"customer.read"}));
  ASSERT_OK_AND_ASSIGN(const auto added, AddSecret(key.name()));
  const std::string secret = added.api_key().secrets(0).name();
  const std::string id = secret.substr(secret.rfind('/') + 1);
  EXPECT_THAT(Revoke(key.name() + "/secrets/none"), HasReason("SECRET_NOT_FOUND"));
  EXPECT_THAT(Revoke("apiKeys/none/secrets/" + id), HasReason("SECRET_NOT_FOUND"));
  EXPECT_THAT(Revoke(other.name() + "/secrets/" + id), HasReason("SECRET_NOT_FOUND"));
  EXPECT_THAT(Revoke(key.name()), HasReason("INVALID_NAME"));
  EXPECT_OK(Revoke(secret));
  EXPECT_THAT(Revoke(secret), HasReason("SECRET_NOT_FOUND"));
}

TEST_F(ApiKeysTest, ListsPageByPageAndByStores) {
  std::vector<std::string> made;
  for (int i = 0; i < 5; ++i) {
    server_.clock().Advance(absl::Milliseconds(1));
    ASSERT_OK_AND_ASSIGN(const v1::ApiKey key,
                         CreateApiKey({"customer.read"}, i == 3 ? std::vector<std::string>{"s1"}
                                                                : std::vector<std::string>()));
    made.push_back(key.name());
  }
  std::vector<std::string> seen;
  v1::ListApiKeysRequest request;
  request.set_page_size(2);
  do {
    ASSERT_OK_AND_ASSIGN(const auto page, Do(&Stub::ListApiKeys, request));
    for (const v1::ApiKey& key : page.api_keys()) seen.push_back(key.name());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(seen, made);
  const std::string limited = "services/limited access.admin s1";
  ASSERT_OK_AND_ASSIGN(const auto mine, Do(&Stub::ListApiKeys, v1::ListApiKeysRequest(), limited));
  ASSERT_EQ(mine.api_keys_size(), 1);
  EXPECT_EQ(mine.api_keys(0).name(), made[3]);
  EXPECT_OK(Get(made[3], limited));
  EXPECT_THAT(Get(made[0], limited), HasReason("API_KEY_NOT_FOUND"));
}

}  // namespace
}  // namespace regulars::gateway
