// Whoever administers access with less than everything tries to get the rest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/rpc/access_fixture.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using Stub = v1::AccessService::Stub;

class EscalationTest : public AccessTest {
 protected:
  // Has the role "keeper": users and keys, and reading customers.
  void SetUp() override {
    ASSERT_OK(CreateRole("keeper", {"access.admin", "customer.read"}));
    ASSERT_OK_AND_ASSIGN(keeper_, CreateUser("keeper@example.com", {"roles/keeper"}));
    keeper_token_ = keeper_.name() + " access.admin,customer.read";
    ASSERT_OK_AND_ASSIGN(admin_, MakeUser("boss@example.com", {"roles/admin"}));
    ASSERT_OK_AND_ASSIGN(reader_, CreateUser("reader@example.com", {}, {"s1"}));
    ASSERT_OK_AND_ASSIGN(strong_key_, CreateApiKey({"*.*"}));
  }

  template <typename Request>
  static void SetPaths(Request& request, const std::vector<std::string>& paths) {
    for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
  }
  absl::Status UpdateUser(const v1::User& user, const std::vector<std::string>& paths,
                          const std::string& token) {
    v1::UpdateUserRequest request;
    *request.mutable_user() = user;
    SetPaths(request, paths);
    return Do(&Stub::UpdateUser, request, token).status();
  }
  absl::Status UpdateRole(const std::string& name, const std::vector<std::string>& scopes,
                          const std::string& token, bool allow_missing = false) {
    v1::UpdateRoleRequest request;
    request.mutable_role()->set_name(name);
    for (const std::string& scope : scopes) request.mutable_role()->add_scopes(scope);
    SetPaths(request, {"scopes"});
    request.set_allow_missing(allow_missing);
    return Do(&Stub::UpdateRole, request, token).status();
  }
  absl::Status UpdateKey(const v1::ApiKey& key, const std::vector<std::string>& paths,
                         const std::string& token) {
    v1::UpdateApiKeyRequest request;
    *request.mutable_api_key() = key;
    SetPaths(request, paths);
    return Do(&Stub::UpdateApiKey, request, token).status();
  }
  absl::Status DeleteUser(const std::string& name, const std::string& token) {
    v1::DeleteUserRequest request;
    request.set_name(name);
    return Do(&Stub::DeleteUser, request, token).status();
  }

  v1::User keeper_, admin_, reader_;
  v1::ApiKey strong_key_;
  std::string keeper_token_;
};

TEST_F(EscalationTest, WithinOnesOwnEverythingGoes) {
  EXPECT_OK(CreateUser("a@example.com", {"roles/keeper"}, {}, keeper_token_));
  EXPECT_OK(CreateRole("readers", {"customer.read"}, keeper_token_));
  EXPECT_OK(CreateApiKey({"customer.read"}, {"s1"}, keeper_token_));
  EXPECT_OK(ResetPassword(reader_.name(), keeper_token_));
  EXPECT_OK(DeleteUser(reader_.name(), keeper_token_));
}

TEST_F(EscalationTest, Users) {
  EXPECT_THAT(CreateUser("a@example.com", {"roles/admin"}, {}, keeper_token_),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(CreateUser("a@example.com", {"roles/admin"}, {}, keeper_token_),
              HasReason("GRANT_TOO_WIDE"));
  EXPECT_THAT(CreateUser("a@example.com", {"roles/keeper", "roles/support"}, {}, keeper_token_),
              HasReason("GRANT_TOO_WIDE"));
  // Oneself.
  v1::User me = keeper_;
  me.add_roles("roles/admin");
  EXPECT_THAT(UpdateUser(me, {"roles"}, keeper_token_), HasReason("GRANT_TOO_WIDE"));
  // Somebody weaker.
  v1::User other = reader_;
  other.add_roles("roles/admin");
  EXPECT_THAT(UpdateUser(other, {"roles"}, keeper_token_), HasReason("GRANT_TOO_WIDE"));
}

TEST_F(EscalationTest, TakingOverSomebodyStronger) {
  EXPECT_THAT(ResetPassword(admin_.name(), keeper_token_), HasReason("GRANT_TOO_WIDE"));
  EXPECT_OK(SignIn("boss@example.com")) << "the password still is the old one";
  v1::User boss = admin_;
  boss.set_email("keeper2@example.com");
  EXPECT_THAT(UpdateUser(boss, {"email"}, keeper_token_), HasReason("GRANT_TOO_WIDE"));
  boss.clear_roles();
  EXPECT_THAT(UpdateUser(boss, {"roles"}, keeper_token_), HasReason("GRANT_TOO_WIDE"));
  EXPECT_THAT(DeleteUser(admin_.name(), keeper_token_), HasReason("GRANT_TOO_WIDE"));
  EXPECT_THAT(AddSecret(strong_key_.name(), keeper_token_), HasReason("GRANT_TOO_WIDE"));
}

TEST_F(EscalationTest, Roles) {
  EXPECT_THAT(CreateRole("x", {"customer.write"}, keeper_token_), HasReason("GRANT_TOO_WIDE"));
  EXPECT_THAT(CreateRole("x", {"customer.*"}, keeper_token_), HasReason("GRANT_TOO_WIDE"));
  EXPECT_THAT(CreateRole("x", {"*.read"}, keeper_token_), HasReason("GRANT_TOO_WIDE"));
  EXPECT_THAT(CreateRole("x", {"loyalty.read"}, keeper_token_), HasReason("GRANT_TOO_WIDE"))
      << "services not installed yet count too";
  EXPECT_THAT(UpdateRole("roles/keeper", {"*.*"}, keeper_token_), HasReason("GRANT_TOO_WIDE"));
  EXPECT_THAT(UpdateRole("roles/new", {"*.*"}, keeper_token_, true), HasReason("GRANT_TOO_WIDE"));
  ASSERT_OK(CreateRole("strong", {"*.*"}));
  EXPECT_THAT(UpdateRole("roles/strong", {}, keeper_token_), HasReason("GRANT_TOO_WIDE"));
  v1::DeleteRoleRequest remove;
  remove.set_name("roles/strong");
  EXPECT_THAT(Do(&Stub::DeleteRole, remove, keeper_token_), HasReason("GRANT_TOO_WIDE"));
}

TEST_F(EscalationTest, Keys) {
  EXPECT_THAT(CreateApiKey({"customer.write"}, {}, keeper_token_), HasReason("GRANT_TOO_WIDE"));
  EXPECT_THAT(CreateApiKey({"*.*"}, {"s1"}, keeper_token_), HasReason("GRANT_TOO_WIDE"));
  ASSERT_OK_AND_ASSIGN(v1::ApiKey mine, CreateApiKey({"customer.read"}, {}, keeper_token_));
  mine.add_scopes("access.admin");
  EXPECT_OK(UpdateKey(mine, {"scopes"}, keeper_token_));
  mine.clear_etag();
  mine.add_scopes("customer.write");
  EXPECT_THAT(UpdateKey(mine, {"scopes"}, keeper_token_), HasReason("GRANT_TOO_WIDE"));
  v1::ApiKey strong = strong_key_;
  strong.clear_scopes();
  strong.add_scopes("customer.read");
  EXPECT_THAT(UpdateKey(strong, {"scopes"}, keeper_token_), HasReason("GRANT_TOO_WIDE"));
}

TEST_F(EscalationTest, Stores) {
  const std::string limited = "services/limited access.admin,customer.read s1";
  EXPECT_OK(CreateUser("a@example.com", {"roles/keeper"}, {"s1"}, limited));
  EXPECT_THAT(CreateUser("b@example.com", {"roles/keeper"}, {}, limited),
              HasReason("GRANT_TOO_WIDE"));
  EXPECT_THAT(CreateUser("b@example.com", {"roles/keeper"}, {"s1", "s2"}, limited),
              HasReason("GRANT_TOO_WIDE"));
  EXPECT_OK(CreateApiKey({"customer.read"}, {"s1"}, limited));
  EXPECT_THAT(CreateApiKey({"customer.read"}, {}, limited), HasReason("GRANT_TOO_WIDE"));
  // Out of the store by an update, with and without a mask.
  v1::User reader = reader_;
  reader.clear_stores();
  EXPECT_THAT(UpdateUser(reader, {"stores"}, limited), HasReason("GRANT_TOO_WIDE"));
  reader.add_stores("s2");
  EXPECT_THAT(UpdateUser(reader, {}, limited), HasReason("GRANT_TOO_WIDE"));
  // Others' stores are not there.
  EXPECT_THAT(ResetPassword(admin_.name(), limited), HasReason("USER_NOT_FOUND"));
  EXPECT_THAT(AddSecret(strong_key_.name(), limited), HasReason("API_KEY_NOT_FOUND"));
  // A role counts in every store.
  EXPECT_THAT(CreateRole("x", {"customer.read"}, limited), HasReason("GRANT_TOO_WIDE"));
  EXPECT_THAT(UpdateRole("roles/keeper", {"customer.read"}, limited), HasReason("GRANT_TOO_WIDE"));
}

TEST_F(EscalationTest, ATokenIsNoBetterThanItsOwnerIsNow) {
  const std::string token = admin_.name() + " *.*";
  EXPECT_OK(CreateUser("a@example.com", {"roles/admin"}, {}, token));
  // Demoted, with a token that says otherwise.
  v1::User boss = admin_;
  boss.clear_roles();
  boss.add_roles("roles/keeper");
  ASSERT_OK(UpdateUser(boss, {"roles"}, kRoot));
  EXPECT_THAT(CreateUser("b@example.com", {"roles/admin"}, {}, token), HasReason("GRANT_TOO_WIDE"));
  EXPECT_THAT(CreateApiKey({"*.*"}, {}, token), HasReason("GRANT_TOO_WIDE"));
  EXPECT_OK(CreateApiKey({"customer.read"}, {}, token));
  boss.clear_roles();
  boss.clear_etag();
  ASSERT_OK(UpdateUser(boss, {"roles"}, kRoot));
  EXPECT_THAT(DeleteUser(reader_.name(), token), HasReason("SCOPE_MISSING"));
  // Disabled, then deleted.
  boss.set_disabled(true);
  ASSERT_OK(UpdateUser(boss, {"disabled"}, kRoot));
  EXPECT_THAT(CreateApiKey({"customer.read"}, {}, token), HasReason("CALLER_DISABLED"));
  ASSERT_OK(DeleteUser(admin_.name(), kRoot));
  EXPECT_THAT(CreateApiKey({"customer.read"}, {}, token), HasReason("CALLER_DISABLED"));
}

TEST_F(EscalationTest, ANarrowedTokenHandsOnWhatItHas) {
  const std::string narrowed = strong_key_.name() + " access.admin";
  EXPECT_OK(CreateApiKey({"access.admin"}, {}, narrowed));
  EXPECT_THAT(CreateApiKey({"customer.read"}, {}, narrowed), HasReason("GRANT_TOO_WIDE"));
  EXPECT_THAT(CreateApiKey({"loyalty.read"}, {}, narrowed), HasReason("GRANT_TOO_WIDE"));
  const std::string whole =
      strong_key_.name() + " access.admin,customer.admin,customer.read,customer.write";
  EXPECT_OK(CreateApiKey({"*.*"}, {}, whole)) << "all that is installed stands for everything";
}

TEST_F(EscalationTest, ScopesOfOthersOpenNothingHere) {
  for (const char* token : {"users/x customer.admin", "users/x access.read", "users/x *.read",
                            "users/x access.write"}) {
    EXPECT_THAT(GetUser(admin_.name(), token), HasReason("SCOPE_MISSING")) << token;
    EXPECT_THAT(CreateApiKey({"customer.read"}, {}, token), HasReason("SCOPE_MISSING")) << token;
  }
}

}  // namespace
}  // namespace regulars::gateway
