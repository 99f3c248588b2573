// A task whose process dies at any write goes on where it was, and does nothing twice.
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "chassis/base/check.h"
#include "chassis/tasks/runner.h"
#include "chassis/testing/fault_vfs.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_dir.h"

namespace regulars {
namespace {

using ::regulars::testing::FaultVfs;
using ::regulars::testing::TempDir;

constexpr Migration kMigrations[] = {{1, "CREATE TABLE t(v BIGINT NOT NULL)"}};
constexpr int64_t kGoal = 60;

int Seeds() {
  const char* wanted = std::getenv("REGULARS_FAULT_SEEDS");
  int seeds = 40;
  if (wanted != nullptr) CHECK(absl::SimpleAtoi(wanted, &seeds));
  return seeds;
}

// Inserts the next number, without any constraint that would notice a repeat.
absl::StatusOr<StepEnd> CountOn(Transaction& tx, Task& task, std::any&) {
  int64_t at = 0;
  if (!task.cursor.empty()) CHECK(absl::SimpleAtoi(task.cursor, &at));
  ABSL_RETURN_IF_ERROR(tx.Sql("INSERT INTO t VALUES (?)", at++).Run());
  task.cursor = absl::StrCat(at);
  return at < kGoal ? StepEnd::Again() : StepEnd::Done();
}

TEST(TaskDurability, StepsAreDoneOnceHoweverOftenThePowerFails) {
  for (int seed = 0; seed < Seeds(); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    TempDir dir;
    FaultVfs disk(static_cast<uint64_t>(seed));
    Mixer mixer(static_cast<uint64_t>(seed));
    std::string id;
    TaskState state = TaskState::kWaiting;
    std::vector<int64_t> rows;
    for (int life = 0; life < 200 && state == TaskState::kWaiting; ++life) {
      {
        ASSERT_OK_AND_ASSIGN(auto store, Store::Open({.path = dir.File("store.db"),
                                                      .service = "test",
                                                      .migrations = kMigrations,
                                                      .writer_limits = {.checkpoint_pages = 10},
                                                      .readers = 1,
                                                      .vfs = disk.name()}));
        if (id.empty()) {
          ASSERT_OK(store->writer().Write(Lane::kTasks, {}, [&](Transaction& tx) -> absl::Status {
            ABSL_ASSIGN_OR_RETURN(id, tasks::Schedule(tx, {.kind = "count"}));
            return absl::OkStatus();
          }));
        }
        disk.StopAfter(static_cast<int64_t>(mixer.Next() % 80) + 1);
        TaskRunner runner(*store);
        runner.Add("count", {.step = CountOn});
        runner.Start();
        for (int i = 0; i < 400 && !disk.stopped(); ++i) {
          absl::SleepFor(absl::Milliseconds(1));
          const absl::Status read = store->readers().Run({}, [&](Snapshot& db) -> absl::Status {
            ABSL_ASSIGN_OR_RETURN(auto task, tasks::Find(db, id));
            state = task->state;
            return absl::OkStatus();
          });
          if (read.ok() && state != TaskState::kWaiting) break;
        }
      }
      disk.Crash();
      state = TaskState::kWaiting;
      ASSERT_OK_AND_ASSIGN(auto store, Store::Open({.path = dir.File("store.db"),
                                                    .service = "test",
                                                    .migrations = kMigrations,
                                                    .readers = 1,
                                                    .vfs = disk.name()}));
      rows.clear();
      ASSERT_OK(store->readers().Run({}, [&](Snapshot& db) -> absl::Status {
        ABSL_ASSIGN_OR_RETURN(auto task, tasks::Find(db, id));
        state = task->state;
        return db.Sql("SELECT v FROM t ORDER BY rowid").Each<int64_t>([&](int64_t v) {
          rows.push_back(v);
        });
      }));
      for (size_t i = 0; i < rows.size(); ++i) {
        ASSERT_EQ(rows[i], static_cast<int64_t>(i)) << "a step was done twice or left out";
      }
    }
    ASSERT_EQ(state, TaskState::kSucceeded);
    ASSERT_EQ(rows.size(), static_cast<size_t>(kGoal));
  }
}

}  // namespace
}  // namespace regulars
