// What tests of the runner begin with: a store with a table of numbers, and a runner over it.
#ifndef CHASSIS_TASKS_RUNNER_FIXTURE_H_
#define CHASSIS_TASKS_RUNNER_FIXTURE_H_

#include <gtest/gtest.h>

#include <any>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "chassis/tasks/runner.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"

namespace regulars {

inline constexpr Migration kRunnerMigrations[] = {{1, "CREATE TABLE t(v BIGINT NOT NULL)"}};

class RunnerTest : public ::testing::Test {
 protected:
  std::string Schedule(const NewTask& task) {
    std::string id;
    EXPECT_OK(store_.Write([&](Transaction& tx) {
      ABSL_ASSIGN_OR_RETURN(id, tasks::Schedule(tx, task));
      return absl::OkStatus();
    }));
    return id;
  }

  Task Find(const std::string& id) {
    Task task;
    EXPECT_OK(store_.Read([&](Snapshot& db) {
      ABSL_ASSIGN_OR_RETURN(auto found, tasks::Find(db, id));
      task = found.value();
      return absl::OkStatus();
    }));
    return task;
  }

  // Waits until `condition` holds; fails the test when it does not come to hold.
  void Await(const std::function<bool()>& condition) {
    for (int i = 0; i < 2000; ++i) {
      if (condition()) return;
      runner_->Wake();
      absl::SleepFor(absl::Milliseconds(5));
    }
    FAIL() << "waited in vain";
  }
  void AwaitEnd(const std::string& id) {
    Await([&] { return Find(id).state != TaskState::kWaiting; });
  }

  int64_t Rows() {
    int64_t rows = -1;
    EXPECT_OK(store_.Read([&](Snapshot& db) {
      ABSL_ASSIGN_OR_RETURN(auto got, db.Sql("SELECT COUNT(*) FROM t").First<int64_t>());
      rows = *got;
      return absl::OkStatus();
    }));
    return rows;
  }

  void Restart(const std::string& kind, TaskKind functions) {
    runner_ = std::make_unique<TaskRunner>(*store_);
    runner_->Add(kind, std::move(functions));
    runner_->Start();
  }

  // Inserts the numbers up to the input, some a step.
  static absl::StatusOr<StepEnd> CountUp(Transaction& tx, Task& task, std::any&) {
    int64_t goal = 0;
    int64_t at = 0;
    EXPECT_TRUE(absl::SimpleAtoi(task.input, &goal));
    EXPECT_TRUE(task.cursor.empty() || absl::SimpleAtoi(task.cursor, &at));
    for (int i = 0; i < 3 && at < goal; ++i) {
      ABSL_RETURN_IF_ERROR(tx.Sql("INSERT INTO t VALUES (?)", at++).Run());
    }
    task.cursor = absl::StrCat(at);
    task.progress_done = at;
    return at < goal ? StepEnd::Again() : StepEnd::Done("counted");
  }

  // Publishes twice, once a step.
  static absl::StatusOr<StepEnd> Tell(Transaction& tx, Task& task, std::any&) {
    tx.Publish({.type = "told"});
    task.cursor += ".";
    return task.cursor.size() < 2 ? StepEnd::Again() : StepEnd::Done();
  }

  // Of the events, in order: "<correlation id> <hops>".
  std::vector<std::string> Causes() {
    std::vector<std::string> causes;
    EXPECT_OK(store_.Read([&](Snapshot& db) {
      return db.Sql("SELECT correlation_id, hops FROM feed ORDER BY position")
          .Each<std::string, int64_t>([&](const std::string& cause, int64_t hops) {
            causes.push_back(absl::StrCat(cause, " ", hops));
          });
    }));
    return causes;
  }

  testing::TempStore store_{kRunnerMigrations};
  std::unique_ptr<TaskRunner> runner_;
};

}  // namespace regulars

#endif  // CHASSIS_TASKS_RUNNER_FIXTURE_H_
