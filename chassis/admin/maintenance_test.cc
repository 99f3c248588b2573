#include "chassis/admin/maintenance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "chassis/storage/audit.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"

namespace regulars {
namespace {

using ::regulars::testing::TempStore;

constexpr absl::Duration kDay = absl::Hours(24);

class MaintenanceTest : public ::testing::Test {
 protected:
  // Starts the runner with the task in it, as a process does.
  void Start(rpc::Retention retention = {}) {
    environment_ = {.service = "test", .store = &*store_, .retention = retention};
    runner_ = std::make_unique<TaskRunner>(*store_);
    AddMaintenance(environment_, *runner_);
    runner_->Start();
  }

  // One event, audit entry, remembered reply and ended task, `count` times.
  void Leave(int count) {
    EXPECT_OK(store_.Write([&](Transaction& tx) -> absl::Status {
      for (int i = 0; i < count; ++i) {
        tx.Publish({.type = "t", .subject = "s"});
        ABSL_RETURN_IF_ERROR(audit::Add(tx, {.method = "m", .result = "OK"}));
        const Bytes key{absl::StrCat(keys_++)};
        ABSL_RETURN_IF_ERROR(tx.Sql("INSERT INTO idempotency (key, time, request_hash, reply) "
                                    "VALUES (?, ?, x'', x'')",
                                    key, tx.now())
                                 .Run());
        ABSL_ASSIGN_OR_RETURN(const std::string id, tasks::Schedule(tx, {.kind = "ended"}));
        ABSL_ASSIGN_OR_RETURN(auto task, tasks::Find(tx, id));
        task->state = TaskState::kSucceeded;
        ABSL_RETURN_IF_ERROR(tasks::Save(tx, *task));
      }
      return absl::OkStatus();
    }));
  }

  int64_t Count(const std::string& from) {
    int64_t count = -1;
    EXPECT_OK(store_.Read([&](Snapshot& db) -> absl::Status {
      const std::string sql = absl::StrCat("SELECT COUNT(*) FROM ", from);
      ABSL_ASSIGN_OR_RETURN(const auto row, db.Sql(sql).First<int64_t>());
      count = row.value();
      return absl::OkStatus();
    }));
    return count;
  }

  // Waits until the task has run at the clock's time and is planned for later.
  void AwaitRun() {
    for (int i = 0; i < 2000; ++i) {
      runner_->Wake();
      std::optional<Task> task;
      EXPECT_OK(store_.Read([&](Snapshot& db) -> absl::Status {
        ABSL_ASSIGN_OR_RETURN(task, tasks::FindWaiting(db, kMaintenanceTask));
        return absl::OkStatus();
      }));
      if (task && task->due_time > store_.clock().Now()) return;
      absl::SleepFor(absl::Milliseconds(5));
    }
    ADD_FAILURE() << "the maintenance did not run";
  }

  std::vector<int64_t> Counts() {
    return {Count("feed"), Count("audit"), Count("idempotency"),
            Count("task WHERE kind = 'ended'")};
  }

  int keys_ = 0;
  TempStore store_{absl::Span<const Migration>()};
  rpc::Environment environment_;
  std::unique_ptr<TaskRunner> runner_;
};

using ::testing::ElementsAre;

TEST_F(MaintenanceTest, DropsWhatIsOldAndKeepsTheRest) {
  // More than one statement's worth, so that several steps are needed.
  Leave(450);
  Start();
  store_.clock().Advance(29 * kDay);
  Leave(3);
  AwaitRun();
  EXPECT_THAT(Counts(), ElementsAre(453, 453, 453, 453)) << "29 days old";
  store_.clock().Advance(kDay + absl::Hours(1));
  AwaitRun();
  EXPECT_THAT(Counts(), ElementsAre(3, 453, 3, 3)) << "30 days old";
  store_.clock().Advance(370 * kDay);
  AwaitRun();
  EXPECT_THAT(Counts(), ElementsAre(1, 3, 0, 0)) << "the newest event and what is 370 days old";
}

TEST_F(MaintenanceTest, KeepsAsLongAsItIsTold) {
  Leave(5);
  Start({.feed = kDay, .audit = absl::ZeroDuration()});
  store_.clock().Advance(2 * kDay);
  AwaitRun();
  EXPECT_THAT(Counts(), ElementsAre(1, 5, 5, 5));
  store_.clock().Advance(4000 * kDay);
  AwaitRun();
  EXPECT_THAT(Counts(), ElementsAre(1, 5, 0, 0)) << "audit for ever";
}

TEST_F(MaintenanceTest, IsPlannedOnce) {
  Start();
  runner_ = nullptr;
  Start();
  EXPECT_EQ(Count("task"), 1);
}

}  // namespace
}  // namespace regulars
