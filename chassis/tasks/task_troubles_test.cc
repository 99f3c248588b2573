// What is seen of tasks that do not go well.
#include "chassis/tasks/task_troubles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "chassis/base/errors.h"
#include "chassis/tasks/runner_fixture.h"

namespace regulars {
namespace {

using ::testing::ElementsAre;

class TroublesTest : public RunnerTest {
 protected:
  static int64_t Count(const std::string& text, absl::string_view word) {
    int64_t count = 0;
    for (size_t at = text.find(word.data(), 0, word.size()); at != std::string::npos;
         at = text.find(word.data(), at + 1, word.size())) {
      ++count;
    }
    return count;
  }
  // With a kind that fails as it is told, and what is seen of it.
  void RestartFailing(const std::string& kind) {
    runner_ = std::make_unique<TaskRunner>(*store_);
    runner_->Export(metrics_, warnings_);
    runner_->Add(kind, {.step = [this](Transaction&, Task&, std::any&) -> absl::StatusOr<StepEnd> {
                   ++attempts_;
                   const std::lock_guard lock(mutex_);
                   if (!error_.ok()) return error_;
                   return StepEnd::Done();
                 }});
    runner_->Start();
  }
  void FailWith(absl::Status error) {
    const std::lock_guard lock(mutex_);
    error_ = std::move(error);
  }
  void AwaitAttempts(int more) {
    const int goal = attempts_ + more;
    Await([&] {
      store_.clock().Advance(absl::Minutes(10));
      return attempts_ >= goal;
    });
  }
  void AwaitWarnings(const std::vector<std::string>& lines) {
    Await([&] { return warnings_.Lines() == lines; });
  }
  void AwaitMetric(const std::string& line) {
    Await([&] { return absl::StrContains(metrics_.Text(), absl::StrCat("\n", line, "\n")); });
  }

  Metrics metrics_;
  Warnings warnings_;
  std::atomic<int> attempts_{0};
  std::mutex mutex_;
  absl::Status error_;  // Guarded by mutex_.
};

TEST_F(TroublesTest, ARecurringTasksFailureIsToldWhenItBeginsAndChanges) {
  EXPECT_OK(store_.Write([](Transaction& tx) {
    return tasks::ScheduleRecurring(tx, "hourly", absl::Hours(1), tx.now());
  }));
  FailWith(FailedPrecondition("NO_FILE", "cannot write 'keys.json'"));
  ::testing::internal::CaptureStderr();
  RestartFailing("hourly");
  AwaitAttempts(4);
  AwaitMetric("regulars_tasks_failing 1");
  Await([&] {
    return absl::StrContains(absl::StrJoin(warnings_.Lines(), "\n"), "task hourly has failed ");
  });
  EXPECT_THAT(warnings_.Lines(),
              ElementsAre(::testing::HasSubstr(" times: NO_FILE: cannot write 'keys.json'")));
  FailWith(Unavailable("AWAY", "nobody there", absl::Seconds(1)));
  AwaitAttempts(3);
  FailWith(absl::OkStatus());
  AwaitAttempts(2);  // The first may have begun before.
  AwaitWarnings({});
  AwaitMetric("regulars_tasks_failing 0");
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(Count(log, "a task failed and is tried again"), 2) << log;
  EXPECT_EQ(Count(log, "NO_FILE"), 1) << log;
}

TEST_F(TroublesTest, WhatWasGivenUpIsToldUntilItIsTriedAgain) {
  FailWith(InvalidArgument("PICKY", "not like that"));
  RestartFailing("picky");
  const std::string id = Schedule({.kind = "picky"});
  AwaitEnd(id);
  AwaitWarnings({"1 task was given up within a day, the last: picky: PICKY: not like that"});
  AwaitMetric("regulars_tasks_given_up 1");
  TaskTroubles next;  // As the next process finds it.
  EXPECT_OK(store_.Read([&](Snapshot& db) {
    return next.CountGivenUp(db, store_.clock().Now() + TaskTroubles::kTold);
  }));
  EXPECT_EQ(next.given_up(), 1);
  EXPECT_EQ(next.GivenUpLine(), "") << "a day later";
  FailWith(absl::OkStatus());
  EXPECT_OK(store_.Write([&](Transaction& tx) { return tasks::Retry(tx, id); }));
  AwaitEnd(id);
  EXPECT_OK(store_.Read([&](Snapshot& db) { return next.CountGivenUp(db, store_.clock().Now()); }));
  EXPECT_EQ(next.given_up(), 0);
}

}  // namespace
}  // namespace regulars
