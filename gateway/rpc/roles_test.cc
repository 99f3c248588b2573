#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/rpc/access_fixture.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::testing::ElementsAre;
using Stub = v1::AccessService::Stub;

class RolesTest : public AccessTest {
 protected:
  absl::StatusOr<v1::Role> Get(const std::string& name) {
    v1::GetRoleRequest request;
    request.set_name(name);
    return Do(&Stub::GetRole, request);
  }
  absl::StatusOr<v1::Role> Update(const v1::Role& role, const std::vector<std::string>& paths,
                                  bool allow_missing = false) {
    v1::UpdateRoleRequest request;
    *request.mutable_role() = role;
    for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
    request.set_allow_missing(allow_missing);
    return Do(&Stub::UpdateRole, request);
  }
  absl::Status Delete(const std::string& name, const std::string& etag = "",
                      bool allow_missing = false) {
    v1::DeleteRoleRequest request;
    request.set_name(name);
    request.set_etag(etag);
    request.set_allow_missing(allow_missing);
    return Do(&Stub::DeleteRole, request).status();
  }
};

TEST_F(RolesTest, MakesChangesAndTakesAway) {
  ASSERT_OK_AND_ASSIGN(v1::Role role, CreateRole("buyer", {"customer.read", "stock.*"}));
  EXPECT_EQ(role.name(), "roles/buyer");
  EXPECT_FALSE(role.built_in());
  ASSERT_OK_AND_ASSIGN(const v1::Role got, Get("roles/buyer"));
  EXPECT_EQ(got.SerializeAsString(), role.SerializeAsString());
  const std::string first_etag = role.etag();
  role.set_description("Buys.");
  role.clear_scopes();
  role.add_scopes("customer.write");
  ASSERT_OK_AND_ASSIGN(role, Update(role, {"description"}));
  EXPECT_THAT(role.scopes(), ElementsAre("customer.read", "stock.*"));
  EXPECT_EQ(role.description(), "Buys.");
  EXPECT_THAT(Delete("roles/buyer", first_etag), HasReason("ETAG_MISMATCH"));
  EXPECT_OK(Delete("roles/buyer", role.etag()));
  EXPECT_THAT(Get("roles/buyer"), HasReason("ROLE_NOT_FOUND"));
  EXPECT_THAT(Delete("roles/buyer"), HasReason("ROLE_NOT_FOUND"));
  EXPECT_OK(Delete("roles/buyer", "", true));
}

TEST_F(RolesTest, Refuses) {
  ASSERT_OK(CreateRole("buyer", {}));
  EXPECT_THAT(CreateRole("buyer", {}), HasReason("ROLE_EXISTS"));
  EXPECT_THAT(CreateRole("admin", {}), HasReason("ROLE_EXISTS"));
  EXPECT_THAT(CreateRole("Buyer", {}), HasReason("INVALID_ROLE_ID"));
  EXPECT_THAT(CreateRole("", {}), HasReason("INVALID_ROLE_ID"));
  EXPECT_THAT(CreateRole("x", {"customer"}), HasReason("INVALID_SCOPE"));
  EXPECT_THAT(CreateRole("x", {"customer.reed"}), HasReason("INVALID_SCOPE"));
  EXPECT_THAT(CreateRole("x", std::vector<std::string>(101, "a.b")), HasReason("INVALID_SCOPE"));
  v1::CreateRoleRequest named;
  named.set_role_id("x");
  named.mutable_role()->set_name("roles/x");
  EXPECT_THAT(Do(&Stub::CreateRole, named), HasReason("INVALID_NAME"));
  EXPECT_THAT(Get("x"), HasReason("INVALID_NAME"));
}

TEST_F(RolesTest, BuiltInRolesStayAsTheyAre) {
  ASSERT_OK_AND_ASSIGN(v1::Role admin, Get("roles/admin"));
  EXPECT_TRUE(admin.built_in());
  EXPECT_THAT(admin.scopes(), ElementsAre("*.*"));
  EXPECT_FALSE(admin.has_create_time());
  EXPECT_THAT(Update(admin, {"*"}), HasReason("ROLE_BUILT_IN"));
  EXPECT_THAT(Update(admin, {"*"}, true), HasReason("ROLE_BUILT_IN"));
  EXPECT_THAT(Delete("roles/admin"), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(Delete("roles/admin"), HasReason("ROLE_BUILT_IN"));
}

TEST_F(RolesTest, ARoleThatAUserHasStays) {
  ASSERT_OK(CreateRole("buyer", {}));
  ASSERT_OK(CreateUser("a@example.com", {"roles/buyer"}));
  EXPECT_THAT(Delete("roles/buyer"), HasReason("ROLE_IN_USE"));
}

TEST_F(RolesTest, UpdateMayMakeOne) {
  v1::Role role;
  role.set_name("roles/buyer");
  role.add_scopes("customer.read");
  EXPECT_THAT(Update(role, {}), HasReason("ROLE_NOT_FOUND"));
  ASSERT_OK_AND_ASSIGN(const v1::Role made, Update(role, {}, true));
  EXPECT_THAT(made.scopes(), ElementsAre("customer.read"));
  role.set_name("roles/No");
  EXPECT_THAT(Update(role, {}, true), HasReason("INVALID_ROLE_ID"));
  EXPECT_THAT(Update(made, {"colour"}), HasReason("INVALID_UPDATE_MASK"));
}

TEST_F(RolesTest, ListsWithBuiltInOnes) {
  ASSERT_OK(CreateRole("buyer", {}));
  std::vector<std::string> names;
  v1::ListRolesRequest request;
  request.set_page_size(4);
  do {
    ASSERT_OK_AND_ASSIGN(const auto page, Do(&Stub::ListRoles, request));
    for (const v1::Role& role : page.roles()) names.push_back(role.name());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(names, ElementsAre("roles/admin", "roles/analyst", "roles/buyer", "roles/marketer",
                                 "roles/service", "roles/support"));
}

TEST_F(RolesTest, AChangedRoleReachesTheNextToken) {
  ASSERT_OK(CreateRole("buyer", {"customer.read"}));
  ASSERT_OK(MakeUser("a@example.com", {"roles/buyer"}));
  ASSERT_OK_AND_ASSIGN(v1::TokenPair pair, SignIn("a@example.com"));
  EXPECT_THAT(pair.principal().scopes(), ElementsAre("customer.read"));
  v1::Role role;
  role.set_name("roles/buyer");
  role.add_scopes("customer.*");
  ASSERT_OK(Update(role, {"scopes"}));
  ASSERT_OK_AND_ASSIGN(pair, Refresh(pair.refresh_token()));
  ASSERT_OK_AND_ASSIGN(const auth::Caller caller, Verify(pair.access_token()));
  EXPECT_THAT(caller.scopes, ElementsAre("customer.admin", "customer.read", "customer.write"));
}

}  // namespace
}  // namespace regulars::gateway
