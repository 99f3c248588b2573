#include "chassis/tasks/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "chassis/base/errors.h"
#include "chassis/tasks/runner_fixture.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"

namespace regulars {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::TempStore;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::MatchesRegex;

TEST_F(RunnerTest, StepsRunUntilTheTaskIsDone) {
  Restart("count", {.step = CountUp});
  const std::string id = Schedule({.kind = "count", .input = "10", .progress_total = 10});
  AwaitEnd(id);
  const Task task = Find(id);
  EXPECT_EQ(task.state, TaskState::kSucceeded);
  EXPECT_EQ(task.result, "counted");
  EXPECT_EQ(task.progress_done, 10);
  EXPECT_EQ(Rows(), 10);
}

TEST_F(RunnerTest, ATaskGoesOnAfterARestart) {
  std::atomic<int> steps{0};
  Restart("count", {.step = [&](Transaction& tx, Task& task, std::any& any) {
            if (++steps > 2) absl::SleepFor(absl::Milliseconds(20));
            return CountUp(tx, task, any);
          }});
  const std::string id = Schedule({.kind = "count", .input = "30"});
  Await([&] { return steps > 2; });
  runner_.reset();
  const int64_t before = Rows();
  EXPECT_LT(before, 30);
  store_.Reopen();
  Restart("count", {.step = CountUp});
  AwaitEnd(id);
  EXPECT_EQ(Rows(), 30);
}

TEST_F(RunnerTest, ALongTaskLetsOthersInBetween) {
  std::atomic<int> steps = 0;
  std::atomic<int> steps_before_short = -1;
  runner_ = std::make_unique<TaskRunner>(*store_);
  runner_->Add("long", {.step = [&](Transaction&, Task&, std::any&) -> absl::StatusOr<StepEnd> {
                 store_.clock().Advance(absl::Milliseconds(1));
                 return ++steps < 20 ? StepEnd::Again() : StepEnd::Done();
               }});
  runner_->Add("short", {.step = [&](Transaction&, Task&, std::any&) -> absl::StatusOr<StepEnd> {
                 steps_before_short = steps.load();
                 return StepEnd::Done();
               }});
  const std::string first = Schedule({.kind = "long"});
  store_.clock().Advance(absl::Milliseconds(5));
  const std::string second = Schedule({.kind = "short"});
  runner_->Start();
  AwaitEnd(first);
  AwaitEnd(second);
  EXPECT_GT(steps_before_short, 0);
  EXPECT_LT(steps_before_short, 10);
}

TEST_F(RunnerTest, AFailedStepLeavesNothingAndIsTriedAgain) {
  std::atomic<int> attempts{0};
  Restart("flaky", {.step = [&](Transaction& tx, Task&, std::any&) -> absl::StatusOr<StepEnd> {
            ABSL_RETURN_IF_ERROR(tx.Sql("INSERT INTO t VALUES (1)").Run());
            if (++attempts < 3) return absl::UnavailableError("not yet");
            return StepEnd::Done();
          }});
  const std::string id = Schedule({.kind = "flaky"});
  Await([&] {
    store_.clock().Advance(absl::Seconds(1));
    return Find(id).state == TaskState::kSucceeded;
  });
  EXPECT_EQ(attempts, 3);
  EXPECT_EQ(Rows(), 1);
  EXPECT_OK(Find(id).error);
}

TEST_F(RunnerTest, ErrorsThatMayPassAreTriedAgain) {
  for (const auto code : {absl::StatusCode::kUnavailable, absl::StatusCode::kResourceExhausted,
                          absl::StatusCode::kAborted, absl::StatusCode::kDeadlineExceeded,
                          absl::StatusCode::kCancelled}) {
    std::atomic<int> attempts{0};
    Restart("flaky", {.prepare = [&](const Task&) -> absl::StatusOr<std::any> {
                        if (++attempts < 3) return absl::Status(code, "not yet");
                        return std::any();
                      },
                      .step = [](Transaction&, Task&, std::any&) -> absl::StatusOr<StepEnd> {
                        return StepEnd::Done();
                      }});
    const std::string id = Schedule({.kind = "flaky"});
    Await([&] {
      store_.clock().Advance(absl::Seconds(1));
      return Find(id).state != TaskState::kWaiting;
    });
    EXPECT_EQ(Find(id).state, TaskState::kSucceeded) << absl::StatusCodeToString(code);
  }
}

// As what another service is asked for when this process ends.
TEST_F(RunnerTest, WhatTheEndOfTheProcessBreaksOffCostsNoAttempt) {
  std::atomic<int> calls{0};
  Restart("asking", {.prepare = [&](const Task&) -> absl::StatusOr<std::any> {
                       ++calls;
                       return Error(absl::StatusCode::kCancelled, "the process is stopping",
                                    {.reason = "STOPPING"});
                     },
                     .step = CountUp});
  const std::string id = Schedule({.kind = "asking", .input = "1"});
  Await([&] { return calls > TaskRunner::kMaxAttempts; });
  runner_.reset();
  EXPECT_EQ(Find(id).state, TaskState::kWaiting);
  EXPECT_EQ(Find(id).attempts, 0);
}

TEST_F(RunnerTest, APermanentErrorFailsTheTaskUntilItIsRetried) {
  std::atomic<bool> good{false};
  std::atomic<int> abandoned{0};
  Restart("picky", {.step = [&](Transaction&, Task&, std::any&) -> absl::StatusOr<StepEnd> {
                      if (!good) return InvalidArgument("PICKY", "not like that");
                      return StepEnd::Done();
                    },
                    .abandoned =
                        [&](Transaction&, const Task&) {
                          ++abandoned;
                          return absl::OkStatus();
                        }});
  const std::string id = Schedule({.kind = "picky"});
  AwaitEnd(id);
  EXPECT_EQ(Find(id).state, TaskState::kFailed);
  EXPECT_THAT(Find(id).error, HasReason("PICKY"));
  EXPECT_EQ(abandoned, 1);
  good = true;
  EXPECT_OK(store_.Write([&](Transaction& tx) { return tasks::Retry(tx, id); }));
  AwaitEnd(id);
  EXPECT_EQ(Find(id).state, TaskState::kSucceeded);
  EXPECT_THAT(store_.Write([&](Transaction& tx) { return tasks::Retry(tx, id); }),
              HasReason("TASK_ENDED"));
  EXPECT_THAT(store_.Write([&](Transaction& tx) { return tasks::Retry(tx, "none"); }),
              HasReason("TASK_NOT_FOUND"));
}

TEST_F(RunnerTest, WhatIsNeverGivenUpOutlivesEveryTrouble) {
  std::atomic<int> attempts{0};
  const int wanted = 2 * TaskRunner::kMaxAttempts;
  Restart("promised", {.step = [&](Transaction&, Task&, std::any&) -> absl::StatusOr<StepEnd> {
                         if (++attempts < wanted) return FailedPrecondition("NO_FILE", "no file");
                         return StepEnd::Done();
                       },
                       .never_given_up = true});
  const std::string id = Schedule({.kind = "promised"});
  Await([&] {
    // The longest that one waits.
    store_.clock().Advance(absl::Minutes(10));
    return Find(id).state != TaskState::kWaiting;
  });
  EXPECT_EQ(Find(id).state, TaskState::kSucceeded);
  EXPECT_EQ(attempts, wanted);
}

TEST_F(RunnerTest, AClockThatIsPutBackStopsNoTask) {
  std::atomic<int> runs{0};
  Restart("once", {.step = [&](Transaction&, Task&, std::any&) -> absl::StatusOr<StepEnd> {
            ++runs;
            return StepEnd::Done();
          }});
  store_.clock().Advance(absl::Hours(3));
  AwaitEnd(Schedule({.kind = "once"}));
  store_.clock().Advance(-absl::Hours(3));
  AwaitEnd(Schedule({.kind = "once"}));
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(store_->writer().ClockBehind(), absl::Hours(3));
}

TEST_F(RunnerTest, UnknownKindsFail) {
  Restart("known", {.step = CountUp});
  const std::string id = Schedule({.kind = "unknown"});
  AwaitEnd(id);
  EXPECT_THAT(Find(id).error, HasReason("UNKNOWN_TASK_KIND"));
}

TEST_F(RunnerTest, TasksWaitForTheirTime) {
  std::atomic<int> runs{0};
  Restart("later", {.step = [&](Transaction& tx, Task&, std::any&) -> absl::StatusOr<StepEnd> {
            if (++runs == 1) return StepEnd::Later(tx.now() + absl::Hours(2));
            return StepEnd::Done();
          }});
  const std::string id =
      Schedule({.kind = "later", .due_time = store_.clock().Now() + absl::Hours(1)});
  absl::SleepFor(absl::Milliseconds(30));
  EXPECT_EQ(runs, 0);
  store_.clock().Advance(absl::Hours(1));
  Await([&] { return runs == 1; });
  absl::SleepFor(absl::Milliseconds(30));
  EXPECT_EQ(runs, 1);
  store_.clock().Advance(absl::Hours(2));
  AwaitEnd(id);
  EXPECT_EQ(runs, 2);
}

TEST_F(RunnerTest, WaitingTasksCanBeMoved) {
  std::atomic<int> runs{0};
  const TaskKind once = {.step = [&](Transaction&, Task&, std::any&) -> absl::StatusOr<StepEnd> {
    ++runs;
    return StepEnd::Done();
  }};
  const absl::Time later = store_.clock().Now() + absl::Hours(5);
  const std::string retried = Schedule({.kind = "once", .due_time = later});
  const std::string moved = Schedule({.kind = "once", .due_time = later});
  EXPECT_OK(store_.Write([&](Transaction& tx) -> absl::Status {
    ABSL_RETURN_IF_ERROR(tasks::Retry(tx, retried));
    ABSL_ASSIGN_OR_RETURN(const auto task, tasks::Find(tx, moved));
    return tasks::Reschedule(tx, *task, tx.now() + absl::Hours(1));
  }));
  Restart("once", once);
  AwaitEnd(retried);
  EXPECT_EQ(runs, 1) << "brought forward";
  EXPECT_EQ(Find(moved).due_time, store_.clock().Now() + absl::Hours(1));
  store_.clock().Advance(absl::Hours(1));
  AwaitEnd(moved);
  EXPECT_EQ(runs, 2);
}

TEST_F(RunnerTest, ARecurringTaskThatWasMissedRunsOnce) {
  std::atomic<int> runs{0};
  const TaskKind kind = {.step = [&](Transaction&, Task&, std::any&) -> absl::StatusOr<StepEnd> {
    ++runs;
    return StepEnd::Done();
  }};
  const absl::Time first = store_.clock().Now() + absl::Hours(1);
  for (int i = 0; i < 2; ++i) {
    EXPECT_OK(store_.Write([&](Transaction& tx) {
      return tasks::ScheduleRecurring(tx, "hourly", absl::Hours(1), first);
    }));
  }
  store_.clock().Advance(absl::Hours(5) + absl::Minutes(30));
  Restart("hourly", kind);
  Await([&] { return runs == 1; });
  absl::SleepFor(absl::Milliseconds(30));
  EXPECT_EQ(runs, 1);
  Task task;
  EXPECT_OK(store_.Read([&](Snapshot& db) {
    ABSL_ASSIGN_OR_RETURN(auto found, tasks::FindWaiting(db, "hourly"));
    task = found.value();
    return absl::OkStatus();
  }));
  EXPECT_EQ(task.due_time, first + absl::Hours(5));
}

TEST_F(RunnerTest, StepsHaveTheCauseOfTheirTask) {
  store_.origin().hops = 3;
  const std::string id = Schedule({.kind = "tell"});
  store_.Reopen();
  Restart("tell", {.step = Tell});
  AwaitEnd(id);
  EXPECT_THAT(Causes(), ElementsAre("test 3", "test 3"));
  EXPECT_EQ(tasks::OriginOf(Find(id)).caller->principal, "users/test");
}

// Whoever made it is long gone.
TEST_F(RunnerTest, EachRunOfARecurringTaskIsACauseOfItsOwn) {
  store_.origin().hops = 3;
  EXPECT_OK(store_.Write([](Transaction& tx) {
    return tasks::ScheduleRecurring(tx, "tell", absl::Hours(1), tx.now());
  }));
  Restart("tell", {.step = Tell});
  Await([&] { return Causes().size() == 2; });
  store_.clock().Advance(absl::Hours(1));
  Await([&] { return Causes().size() == 4; });
  const std::vector<std::string> causes = Causes();
  EXPECT_THAT(causes, Each(MatchesRegex("[0-9a-f]{32} 0")));
  EXPECT_EQ(causes.at(0), causes.at(1));
  EXPECT_EQ(causes.at(2), causes.at(3));
  EXPECT_NE(causes.at(0), causes.at(2));
}

TEST_F(RunnerTest, AnOlderStoresTasksGoOn) {
  const std::string id = Schedule({.kind = "tell"});
  // As the schema was before tasks kept their hops.
  EXPECT_OK(store_.Write([](Transaction& tx) -> absl::Status {
    ABSL_RETURN_IF_ERROR(tx.Sql("ALTER TABLE task DROP COLUMN hops").Run());
    ABSL_RETURN_IF_ERROR(tx.Sql("DROP TABLE pending_erasure").Run());
    return tx.Sql("DELETE FROM schema_migration WHERE component = 'chassis' AND number >= 4").Run();
  }));
  store_.Reopen();
  Restart("tell", {.step = Tell});
  AwaitEnd(id);
  EXPECT_THAT(Causes(), ElementsAre("test 0", "test 0"));
}

TEST_F(RunnerTest, PreparationRunsOutsideTheChange) {
  Restart("prepared", {.prepare = [](const Task& task) -> absl::StatusOr<std::any> {
                         return std::any(task.input + "!");
                       },
                       .step = [](Transaction&, Task&, std::any& any) -> absl::StatusOr<StepEnd> {
                         return StepEnd::Done(std::any_cast<std::string>(any));
                       }});
  const std::string id = Schedule({.kind = "prepared", .input = "x"});
  AwaitEnd(id);
  EXPECT_EQ(Find(id).result, "x!");
}

TEST(Runner, ReadsThatFailAreLogged) {
  TempStore store(kRunnerMigrations, {.read_queue = 0});
  ::testing::internal::CaptureStderr();
  {
    TaskRunner runner(*store);
    runner.Start();
    // The second comes after the first is dealt with.
    while (store->readers().refused() < 2) runner.Wake();
  }
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              ::testing::HasSubstr("the next task could not be read"));
}

TEST_F(RunnerTest, APreparationThatThrowsFailsItsTask) {
  Restart("throwing", {.prepare = [](const Task&) -> absl::StatusOr<std::any> {
                         throw std::runtime_error("out of cheese");
                       },
                       .step = [](Transaction&, Task&, std::any&) -> absl::StatusOr<StepEnd> {
                         return StepEnd::Done();
                       }});
  const std::string id = Schedule({.kind = "throwing"});
  AwaitEnd(id);
  EXPECT_EQ(Find(id).state, TaskState::kFailed);
  EXPECT_THAT(Find(id).error, HasReason("EXCEPTION"));
}

}  // namespace
}  // namespace regulars
