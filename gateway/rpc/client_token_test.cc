#include "gateway/rpc/client_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chassis/base/errors.h"
#include "gateway/rpc/access_fixture.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::Pair;

class ClientTokenTest : public AccessTest {
 protected:
  struct Client {
    std::string id;
    std::string secret;
    v1::ApiKey key;
  };
  Client MakeClient(const std::vector<std::string>& scopes,
                    const std::vector<std::string>& stores = {}) {
    const auto key = CreateApiKey(scopes, stores);
    EXPECT_OK(key);
    const auto added = AddSecret(key->name());
    EXPECT_OK(added);
    return {key->name().substr(8), added->secret(), added->api_key()};
  }
  absl::StatusOr<ClientToken> Issue(const std::string& id, const std::string& secret,
                                    const std::string& scope = "") {
    return access_->IssueClientToken(
        {.client_id = id, .client_secret = secret, .scope = scope, .source = source_});
  }
  v1::ApiKeySecret SecretOf(const std::string& name) {
    v1::GetApiKeyRequest request;
    request.set_name(name);
    const auto key = Do(&v1::AccessService::Stub::GetApiKey, request);
    EXPECT_OK(key);
    return key->secrets(0);
  }
};

TEST_F(ClientTokenTest, AKeyGetsATokenThatServicesTake) {
  const Client client = MakeClient({"customer.*"}, {"s1"});
  ASSERT_OK_AND_ASSIGN(const ClientToken token, Issue(client.id, client.secret));
  EXPECT_EQ(token.expires_in, absl::Minutes(15));
  EXPECT_EQ(token.scope, "customer.admin customer.read customer.write");
  ASSERT_OK_AND_ASSIGN(const auth::Caller caller, Verify(token.access_token));
  EXPECT_EQ(caller.principal, client.key.name());
  EXPECT_THAT(caller.scopes, ElementsAre("customer.admin", "customer.read", "customer.write"));
  EXPECT_THAT(caller.realms, ElementsAre("s1"));
  server_.clock().Advance(absl::Minutes(15) + auth::kAllowedSkew);
  EXPECT_THAT(Verify(token.access_token), HasReason("TOKEN_EXPIRED"));
}

TEST_F(ClientTokenTest, ScopesCanBeNarrowedAndNotWidened) {
  const Client client = MakeClient({"customer.read", "customer.write", "loyalty.*"});
  struct Row {
    const char* asked;
    const char* given;  // Null: refused.
  };
  const Row rows[] = {
      {"", "customer.read customer.write"},
      {"customer.read", "customer.read"},
      {" customer.write  customer.read ", "customer.read customer.write"},
      {"customer.read customer.read", "customer.read"},
      {"customer.admin", nullptr},
      {"customer.read customer.admin", nullptr},
      {"customer.*", nullptr},
      {"*.*", nullptr},
      {"access.admin", nullptr},
      {"loyalty.read", nullptr},  // Not installed.
      {"customer", nullptr},
      {"customer.read\n", nullptr},
      {"CUSTOMER.READ", nullptr},
  };
  for (const Row& row : rows) {
    const auto token = Issue(client.id, client.secret, row.asked);
    if (row.given != nullptr) {
      ASSERT_OK(token) << row.asked;
      EXPECT_EQ(token->scope, row.given) << row.asked;
    } else {
      EXPECT_THAT(token, StatusIs(absl::StatusCode::kInvalidArgument)) << row.asked;
      EXPECT_THAT(token, HasReason("INVALID_SCOPE")) << row.asked;
    }
  }
  EXPECT_THAT(Issue(client.id, client.secret, std::string(5000, 'x')), HasReason("INVALID_SCOPE"));
}

TEST_F(ClientTokenTest, EveryWayOfNotBeingTheClientHasOneAnswer) {
  const Client client = MakeClient({"customer.read"});
  const Client other = MakeClient({"customer.read"});
  const absl::Status wrong = Issue(client.id, "rgs_wrong").status();
  EXPECT_THAT(wrong, StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(wrong, HasReason("INVALID_CLIENT"));
  EXPECT_EQ(Issue("nobody", client.secret).status(), wrong);
  EXPECT_EQ(Issue("", "").status(), wrong);
  EXPECT_EQ(Issue(client.id, "").status(), wrong);
  EXPECT_EQ(Issue(client.id, other.secret).status(), wrong);
  EXPECT_EQ(Issue(client.id, client.secret + "x").status(), wrong);
  EXPECT_EQ(Issue(client.key.name(), client.secret).status(), wrong);
  EXPECT_EQ(Issue(std::string(100'000, 'x'), client.secret).status(), wrong);
  EXPECT_EQ(Issue(client.id, client.secret + std::string(100'000, 'x')).status(), wrong);
  ASSERT_OK_AND_ASSIGN(const v1::ApiKey without, CreateApiKey({"customer.read"}));
  EXPECT_EQ(Issue(without.name().substr(8), "").status(), wrong) << "no secret yet";
  EXPECT_THAT(AuditOf("POST /oauth/token"),
              ::testing::AllOf(::testing::SizeIs(10),
                               ::testing::Contains(Pair(client.key.name(), "INVALID_CLIENT")),
                               ::testing::Contains(Pair("", "INVALID_CLIENT"))));
  EXPECT_OK(Issue(client.id, client.secret));
}

TEST_F(ClientTokenTest, BothSecretsWorkUntilOneIsRevoked) {
  const Client client = MakeClient({"customer.read"});
  ASSERT_OK_AND_ASSIGN(const auto second, AddSecret(client.key.name()));
  EXPECT_OK(Issue(client.id, client.secret));
  EXPECT_OK(Issue(client.id, second.secret()));
  v1::RevokeApiKeySecretRequest revoke;
  revoke.set_name(client.key.secrets(0).name());
  ASSERT_OK(Do(&v1::AccessService::Stub::RevokeApiKeySecret, revoke));
  EXPECT_THAT(Issue(client.id, client.secret), HasReason("INVALID_CLIENT"));
  EXPECT_OK(Issue(client.id, second.secret()));
}

TEST_F(ClientTokenTest, DisabledAndDeletedKeysGetNone) {
  const Client client = MakeClient({"customer.read"});
  v1::UpdateApiKeyRequest update;
  update.mutable_api_key()->set_name(client.key.name());
  update.mutable_api_key()->set_disabled(true);
  ASSERT_OK(Do(&v1::AccessService::Stub::UpdateApiKey, update));
  EXPECT_THAT(Issue(client.id, client.secret), HasReason("INVALID_CLIENT"));
  update.mutable_api_key()->set_disabled(false);
  update.mutable_update_mask()->add_paths("disabled");
  ASSERT_OK(Do(&v1::AccessService::Stub::UpdateApiKey, update));
  EXPECT_OK(Issue(client.id, client.secret));
  v1::DeleteApiKeyRequest remove;
  remove.set_name(client.key.name());
  ASSERT_OK(Do(&v1::AccessService::Stub::DeleteApiKey, remove));
  EXPECT_THAT(Issue(client.id, client.secret), HasReason("INVALID_CLIENT"));
}

TEST_F(ClientTokenTest, UseIsRecordedWithinAMinute) {
  const Client client = MakeClient({"customer.read"});
  EXPECT_FALSE(SecretOf(client.key.name()).has_last_used_time());
  const absl::Time first = server_.clock().Now();
  ASSERT_OK(Issue(client.id, client.secret));
  EXPECT_EQ(SecretOf(client.key.name()).last_used_time().seconds(), absl::ToUnixSeconds(first));
  const int64_t commits = server_.store()->writer().counters().commits;
  server_.clock().Advance(absl::Seconds(59));
  ASSERT_OK(Issue(client.id, client.secret));
  EXPECT_EQ(server_.store()->writer().counters().commits, commits) << "no write for each token";
  server_.clock().Advance(absl::Seconds(1));
  ASSERT_OK(Issue(client.id, client.secret));
  EXPECT_EQ(SecretOf(client.key.name()).last_used_time().seconds(),
            absl::ToUnixSeconds(first) + 60);
}

TEST_F(ClientTokenTest, ASourceThatGuessesMustWait) {
  const Client client = MakeClient({"customer.read"});
  for (int i = 0; i < 21; ++i) EXPECT_THAT(Issue(client.id, "x"), HasReason("INVALID_CLIENT"));
  EXPECT_THAT(Issue(client.id, client.secret), HasReason("TOO_MANY_ATTEMPTS"));
  source_ = "192.0.2.8";
  EXPECT_OK(Issue(client.id, client.secret)) << "the key itself is not locked";
}

// However much somebody may see, the token stays within what a header carries.
TEST_F(ClientTokenTest, TheLargestAuthorityFitsIntoAToken) {
  std::vector<std::string> stores;
  for (int i = 0; i < 80; ++i) stores.push_back(absl::StrCat("long-store-name-", 100000 + i));
  const Client client = MakeClient({"*.*"}, stores);  // 80 × (22 + 3) = 2,000 bytes.
  ASSERT_OK_AND_ASSIGN(const ClientToken token, Issue(client.id, client.secret));
  const size_t room_for_scopes = auth::kMaxTokenBytes - token.access_token.size();
  EXPECT_GE(room_for_scopes, 600) << "five services with four verbs each";
  ASSERT_OK_AND_ASSIGN(const auth::Caller caller, Verify(token.access_token));
  EXPECT_EQ(caller.realms.size(), 80);
}

TEST(OAuthErrorTest, AsRfc6749HasThem) {
  struct Row {
    absl::Status status;
    int http_status;
    const char* error;
  };
  const Row rows[] = {
      {Unauthenticated("INVALID_CLIENT", "x"), 401, "invalid_client"},
      {InvalidArgument("INVALID_SCOPE", "x"), 400, "invalid_scope"},
      {InvalidArgument("UNSUPPORTED_GRANT_TYPE", "x"), 400, "unsupported_grant_type"},
      {InvalidArgument("ANYTHING", "x"), 400, "invalid_request"},
      {ResourceExhausted("TOO_MANY_ATTEMPTS", "x", absl::Seconds(9)), 429,
       "temporarily_unavailable"},
      {Unavailable("STORE_CLOSED", "x", absl::Seconds(1)), 503, "temporarily_unavailable"},
      {absl::InternalError("a secret of the house"), 500, "server_error"},
  };
  for (const Row& row : rows) {
    const OAuthError error = ToOAuthError(row.status);
    EXPECT_EQ(error.http_status, row.http_status) << row.status;
    EXPECT_EQ(error.error, row.error) << row.status;
    EXPECT_EQ(error.description.find("of the house"), std::string::npos);
  }
  EXPECT_EQ(ToOAuthError(rows[4].status).retry_after, absl::Seconds(9));
}

}  // namespace
}  // namespace regulars::gateway
