#include "gateway/domain/role.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "chassis/testing/status_matchers.h"
#include "gateway/domain/scopes.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::HasReason;
using ::testing::ElementsAre;

TEST(RoleTest, BuiltInRolesAreSound) {
  std::vector<std::string> ids;
  for (const Role& role : BuiltInRoles()) {
    ids.push_back(role.id);
    Role copy = role;
    EXPECT_OK(CheckRoleId("id", role.id)) << role.id;
    EXPECT_OK(CheckRole(copy, {})) << role.id;
    EXPECT_EQ(copy.scopes, role.scopes) << role.id << ": scopes are sorted";
    EXPECT_TRUE(role.built_in) << role.id;
  }
  EXPECT_THAT(ids, ElementsAre("admin", "analyst", "marketer", "service", "support"));
  EXPECT_EQ(FindBuiltInRole("nobody"), nullptr);
}

TEST(RoleTest, WhatBuiltInRolesMayDo) {
  struct Row {
    const char* scope;
    std::vector<std::string> roles;  // Who has it.
  };
  const Row rows[] = {
      {"access.admin", {"admin"}},
      {"customer.admin", {"admin"}},
      {"customer.read", {"admin", "analyst", "marketer", "service", "support"}},
      {"customer.write", {"admin", "marketer", "service", "support"}},
      {"campaign.write", {"admin", "marketer", "service"}},
      {"loyalty.write", {"admin", "marketer", "service", "support"}},
      {"recommend.write", {"admin", "marketer", "service"}},
  };
  for (const Row& row : rows) {
    std::vector<std::string> having;
    for (const Role& role : BuiltInRoles()) {
      if (Covers(role.scopes, row.scope)) having.push_back(role.id);
    }
    EXPECT_EQ(having, row.roles) << row.scope;
  }
}

TEST(RoleTest, Ids) {
  for (const std::string& good : {std::string("a"), std::string("store-manager-2"),
                                  absl::StrCat("a", std::string(62, '0'))}) {
    EXPECT_OK(CheckRoleId("role_id", good)) << good;
  }
  for (const std::string& bad :
       {std::string(), std::string("A"), std::string("1a"), std::string("-a"), std::string("a-"),
        std::string("a_b"), std::string("a/b"), std::string("a\0b", 3), std::string("é"),
        absl::StrCat("a", std::string(63, '0'))}) {
    EXPECT_THAT(CheckRoleId("role_id", bad), HasReason("INVALID_ROLE_ID")) << bad;
  }
}

TEST(RoleTest, ScopesAreSortedAndEachOnce) {
  Role role = {.id = "x", .scopes = {"b.c", "a.b", "b.c"}};
  ASSERT_OK(CheckRole(role, {}));
  EXPECT_THAT(role.scopes, ElementsAre("a.b", "b.c"));
  role.display_name = std::string(201, 'x');
  EXPECT_THAT(CheckRole(role, {}), HasReason("FIELD_TOO_LONG"));
  role.display_name = "a\nb";
  EXPECT_THAT(CheckRole(role, {}), HasReason("INVALID_TEXT"));
}

}  // namespace
}  // namespace regulars::gateway
