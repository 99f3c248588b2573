#include "gateway/store/roles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"
#include "gateway/store/schema.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::TempStore;
using ::testing::ElementsAre;

class RolesTest : public ::testing::Test {
 protected:
  void Insert(const std::string& id, std::vector<std::string> scopes) {
    EXPECT_OK(store_.Write([&](Transaction& tx) {
      return roles::Insert(tx, {.id = id,
                                .display_name = "The " + id,
                                .scopes = scopes,
                                .version = 1,
                                .create_time = tx.now(),
                                .update_time = tx.now()});
    }));
  }
  std::vector<std::string> List(const std::string& after, int64_t limit) {
    std::vector<std::string> ids;
    EXPECT_OK(store_.Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const auto page, roles::List(db, after, limit));
      for (const Role& role : page) ids.push_back(role.id);
      return absl::OkStatus();
    }));
    return ids;
  }

  TempStore store_{GatewayMigrations()};
};

TEST_F(RolesTest, BuiltInRolesStandAmongTheOthers) {
  Insert("zoo", {"a.b"});
  Insert("buyer", {"a.b"});
  EXPECT_THAT(List("", 100),
              ElementsAre("admin", "analyst", "buyer", "marketer", "service", "support", "zoo"));
  EXPECT_THAT(List("", 3), ElementsAre("admin", "analyst", "buyer"));
  EXPECT_THAT(List("buyer", 3), ElementsAre("marketer", "service", "support"));
  EXPECT_THAT(List("support", 3), ElementsAre("zoo"));
}

TEST_F(RolesTest, ARoleComesBackAsItWas) {
  Insert("buyer", {"a.*", "b.c"});
  EXPECT_OK(store_.Write([](Transaction& tx) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(auto role, roles::Find(tx, "buyer"));
    EXPECT_EQ(role->display_name, "The buyer");
    EXPECT_THAT(role->scopes, ElementsAre("a.*", "b.c"));
    role->scopes = {};
    role->description = "none";
    role->version = 7;
    ABSL_RETURN_IF_ERROR(roles::Update(tx, *role));
    ABSL_ASSIGN_OR_RETURN(const auto again, roles::Find(tx, "buyer"));
    EXPECT_EQ(*again, *role);
    ABSL_RETURN_IF_ERROR(roles::Delete(tx, "buyer"));
    ABSL_ASSIGN_OR_RETURN(const auto gone, roles::Find(tx, "buyer"));
    EXPECT_EQ(gone, std::nullopt);
    ABSL_ASSIGN_OR_RETURN(const auto admin, roles::Find(tx, "admin"));
    EXPECT_TRUE(admin->built_in);
    return absl::OkStatus();
  }));
}

TEST_F(RolesTest, ScopesOfSeveral) {
  Insert("buyer", {"customer.read", "stock.read"});
  EXPECT_OK(store_.Read([](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const auto scopes, roles::ScopesOf(db, {"buyer", "support", "gone"}));
    EXPECT_THAT(scopes, ElementsAre("*.read", "customer.read", "customer.write", "loyalty.write",
                                    "stock.read"));
    return absl::OkStatus();
  }));
}

}  // namespace
}  // namespace regulars::gateway
