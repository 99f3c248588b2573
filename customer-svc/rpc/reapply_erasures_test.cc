// The list of erasures beside the store, and what a store does with it that is made of a backup.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "chassis/base/status_macros.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"
#include "customer-svc/rpc/erasure_changes.h"
#include "customer-svc/store/customers.h"
#include "customer-svc/store/erasure_list.h"
#include "customer-svc/store/schema.h"
#include "customer-svc/testing/segment_world.h"

namespace regulars::customer {
namespace {

using ::regulars::testing::HasReason;
using ::testing::ElementsAre;

class ReapplyErasuresTest : public ::testing::Test {
 protected:
  erasures::Erasure Erase(const std::string& id) {
    erasures::Erasure erasure;
    world_.Write([&](Transaction& tx) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const auto customer, customers::Load(tx, id));
      ABSL_ASSIGN_OR_RETURN(erasure, ApplyErasure(tx, customer.value(), {"loyalty"}));
      return absl::OkStatus();
    });
    return erasure;
  }

  SegmentWorld world_;
};

TEST_F(ReapplyErasuresTest, AStoreMadeOfAnOlderBackupErasesAgain) {
  Customer zoe;
  zoe.given_name = "Zoe";
  zoe = world_.Create(zoe);
  const Customer ann = world_.Create({});
  const std::string backup = world_.store().folder() + "/backup.db";
  EXPECT_OK(world_.store()->Backup(backup));
  const erasures::Erasure erasure = Erase(zoe.id);
  world_.RunTasks();
  // The store is lost, its list is not.
  const std::string path = world_.store().folder() + "/again.db";
  EXPECT_OK(Restore(backup, path, "test"));
  std::filesystem::copy(ErasureList(world_.store().path()).path(), ErasureList(path).path());
  ASSERT_OK_AND_ASSIGN(const auto store, Store::Open({.path = path,
                                                      .service = "test",
                                                      .migrations = CustomerMigrations(),
                                                      .clock = &world_.clock()}));
  EXPECT_OK(ReapplyErasures(*store, {"loyalty"}));
  EXPECT_OK(ReapplyErasures(*store, {"loyalty"})) << "twice is once";
  EXPECT_OK(store->readers().Run({}, [&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const auto gone, customers::FindById(db, zoe.id));
    EXPECT_FALSE(gone);
    ABSL_ASSIGN_OR_RETURN(const auto stays, customers::FindById(db, ann.id));
    EXPECT_TRUE(stays);
    ABSL_ASSIGN_OR_RETURN(const auto again, erasures::FindById(db, erasure.id));
    EXPECT_TRUE(again && again->parts.size() == 2 && !again->complete_time);
    ABSL_ASSIGN_OR_RETURN(
        const auto told,
        db.Sql("SELECT type FROM feed ORDER BY position DESC LIMIT 1").First<std::string>());
    EXPECT_EQ(told, "regulars.customer.erasure_requested.v1");
    return absl::OkStatus();
  }));
}

TEST_F(ReapplyErasuresTest, AListThatCannotBeReadIsAnError) {
  std::filesystem::create_directory(ErasureList(world_.store().path()).path());
  EXPECT_THAT(ReapplyErasures(*world_.store(), {}), HasReason("ERASURE_LIST_UNREADABLE"));
}

TEST_F(ReapplyErasuresTest, EveryStoreHasAListFromItsStartOn) {
  const ErasureList list(world_.store().path());
  EXPECT_OK(ReapplyErasures(*world_.store(), {}));
  EXPECT_TRUE(list.Exists()) << "so that a restore without one is a mistake";
  const auto size = std::filesystem::file_size(list.path());
  EXPECT_OK(ReapplyErasures(*world_.store(), {}));
  EXPECT_EQ(std::filesystem::file_size(list.path()), size) << "no start adds to it";
}

TEST_F(ReapplyErasuresTest, AListThatWasLostIsWrittenAnew) {
  const erasures::Erasure erasure = Erase(world_.Create({}).id);
  world_.RunTasks();
  const ErasureList list(world_.store().path());
  std::filesystem::remove(list.path());
  EXPECT_OK(ReapplyErasures(*world_.store(), {}));
  EXPECT_THAT(list.Read().value(), ElementsAre(ListedErasure{erasure.id, erasure.customer}));
}

}  // namespace
}  // namespace regulars::customer
