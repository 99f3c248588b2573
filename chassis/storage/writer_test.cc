#include "chassis/storage/writer.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <future>
#include <thread>

#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"
#include "chassis/testing/writer_gate.h"

namespace regulars {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::regulars::testing::TempStore;
using ::regulars::testing::WriterGate;

constexpr Migration kMigrations[] = {
    {1, "CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT NOT NULL UNIQUE)"}};

absl::Status Insert(Transaction& tx, absl::string_view value) {
  return tx.Sql("INSERT INTO t(v) VALUES (?)", value).Run();
}

std::vector<std::string> Values(TempStore& store) {
  std::vector<std::string> values;
  EXPECT_OK(store.Read([&](Snapshot& db) {
    return db.Sql("SELECT v FROM t ORDER BY v").Each<std::string>([&](const std::string& v) {
      values.push_back(v);
    });
  }));
  return values;
}

std::future<absl::Status> Queue(Writer& writer, std::function<absl::Status(Transaction&)> run,
                                Lane lane = Lane::kInteractive) {
  auto promise = std::make_shared<std::promise<absl::Status>>();
  std::future<absl::Status> future = promise->get_future();
  Change change;
  change.lane = lane;
  change.run = std::move(run);
  change.done = [promise](const absl::Status& status, int64_t) { promise->set_value(status); };
  if (const absl::Status refused = writer.Submit(std::move(change)); !refused.ok()) {
    promise->set_value(refused);
  }
  return future;
}

TEST(Writer, AFailedChangeRollsBackAlone) {
  TempStore store(kMigrations, {.writer_limits = {.group_time = absl::Minutes(1)}});
  WriterGate gate(store->writer());
  const int64_t commits = store->writer().counters().commits;
  auto first = Queue(store->writer(), [](Transaction& tx) { return Insert(tx, "a"); });
  auto half = Queue(store->writer(), [](Transaction& tx) {
    ABSL_RETURN_IF_ERROR(Insert(tx, "half"));
    tx.Publish({.type = "never"});
    return absl::AbortedError("changed my mind");
  });
  auto twice = Queue(store->writer(), [](Transaction& tx) { return Insert(tx, "a"); });
  auto last = Queue(store->writer(), [](Transaction& tx) { return Insert(tx, "b"); });
  gate.Release();
  EXPECT_OK(first.get());
  EXPECT_THAT(half.get(), StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(twice.get(), HasReason("ROW_EXISTS"));
  EXPECT_OK(last.get());
  EXPECT_THAT(Values(store), ::testing::ElementsAre("a", "b"));
  EXPECT_EQ(store->writer().counters().commits - commits, 1) << "one commit for the group";
  EXPECT_EQ(store->writer().position().position(), 0) << "a failed change publishes nothing";
}

TEST(Writer, GoingOnAfterAFailedStatementIsAnError) {
  TempStore store(kMigrations);
  EXPECT_THAT(store.Write([](Transaction& tx) {
    ABSL_RETURN_IF_ERROR(Insert(tx, "a"));
    Insert(tx, "a").IgnoreError();
    return absl::OkStatus();
  }),
              HasReason("OVERLOOKED_FAILURE"));
  EXPECT_THAT(Values(store), ::testing::IsEmpty());
}

// Makes statements that undo something fail: those of savepoints, or of the whole transaction too.
enum class Undo { kSavepointsFail, kFails };

int Authorize(void* undo, int action, const char* operation, const char*, const char*,
              const char*) {
  const bool rolls_back = operation != nullptr && absl::string_view(operation) == "ROLLBACK";
  const bool fails =
      rolls_back && (action == SQLITE_SAVEPOINT || *static_cast<Undo*>(undo) == Undo::kFails);
  return fails ? SQLITE_DENY : SQLITE_OK;
}

TEST(Writer, AChangeThatCannotBeUndoneTakesItsGroupWithIt) {
  for (Undo undo : {Undo::kSavepointsFail, Undo::kFails}) {
    TempStore store(kMigrations);
    ASSERT_OK(store.Write([](Transaction& tx) { return Insert(tx, "before"); }));
    const int64_t reopened = store->writer().counters().reopened;
    std::promise<void> set;
    ASSERT_OK(store->writer().AddChore([&](Connection& connection) {
      sqlite3_set_authorizer(static_cast<sqlite3*>(connection.native_handle()), Authorize, &undo);
      set.set_value();
      return false;
    }));
    set.get_future().wait();
    WriterGate gate(store->writer());
    auto good = Queue(store->writer(), [](Transaction& tx) { return Insert(tx, "good"); });
    auto half = Queue(store->writer(), [](Transaction& tx) {
      ABSL_RETURN_IF_ERROR(Insert(tx, "half"));
      return absl::AbortedError("changed my mind");
    });
    gate.Release();
    EXPECT_THAT(good.get(), HasReason("GROUP_ROLLED_BACK"));
    EXPECT_THAT(half.get(), HasReason("GROUP_ROLLED_BACK"));
    EXPECT_THAT(Values(store), ::testing::ElementsAre("before"));
    // The connection that fails is given up where nothing else helps.
    while (!store->writer().healthy()) std::this_thread::yield();
    EXPECT_EQ(store->writer().counters().reopened - reopened, undo == Undo::kFails ? 1 : 0);
    EXPECT_OK(store.Write([](Transaction& tx) { return Insert(tx, "after"); }));
    EXPECT_THAT(Values(store), ::testing::ElementsAre("after", "before"));
  }
}

TEST(Writer, OnlySoManyChoresAtOnce) {
  std::atomic<bool> go_on{true};
  TempStore store(kMigrations);
  int added = 0;
  while (added < 100 && store->writer().AddChore([&](Connection&) { return go_on.load(); }).ok()) {
    ++added;
    // By then it is under way.
    ASSERT_OK(store.Write([](Transaction&) { return absl::OkStatus(); }));
  }
  EXPECT_EQ(added, 4);
  go_on = false;
}

// What comes first is undone with the transaction; what comes behind it must not notice.
TEST(Writer, WhatFailsFirstIsUndoneAlone) {
  for (const bool dry : {false, true}) {
    SCOPED_TRACE(dry);
    TempStore store(kMigrations, {.writer_limits = {.group_time = absl::Minutes(1)}});
    std::promise<void> begun;
    std::promise<void> go_on;
    const auto change = [&](const std::string& value, absl::Status end) {
      return [&, value, end](Transaction& tx) {
        tx.Publish({.type = value});
        const absl::Status inserted = Insert(tx, value);
        return inserted.ok() ? end : inserted;
      };
    };
    Change first;
    first.dry_run = dry;
    first.run = [&](Transaction& tx) {
      begun.set_value();
      go_on.get_future().wait();
      return change("first", dry ? absl::OkStatus() : absl::AbortedError("no"))(tx);
    };
    std::promise<absl::Status> done;
    first.done = [&](const absl::Status& status, int64_t) { done.set_value(status); };
    ASSERT_OK(store->writer().Submit(std::move(first)));
    begun.get_future().wait();
    auto second = Queue(store->writer(), change("second", absl::AbortedError("no")));
    auto third = Queue(store->writer(), change("third", absl::OkStatus()));
    auto fourth = Queue(store->writer(), change("fourth", absl::AbortedError("no")));
    auto fifth = Queue(store->writer(), change("fifth", absl::OkStatus()));
    const int64_t commits = store->writer().counters().commits;
    go_on.set_value();
    EXPECT_EQ(done.get_future().get().ok(), dry);
    EXPECT_THAT(second.get(), StatusIs(absl::StatusCode::kAborted));
    EXPECT_OK(third.get());
    EXPECT_THAT(fourth.get(), StatusIs(absl::StatusCode::kAborted));
    EXPECT_OK(fifth.get());
    EXPECT_EQ(store->writer().counters().commits - commits, 1);
    EXPECT_THAT(Values(store), ::testing::ElementsAre("fifth", "third"));
    EXPECT_EQ(store->writer().position().position(), 2) << "positions have no gap";
  }
}

TEST(Writer, ADryRunLeavesNothing) {
  TempStore store(kMigrations);
  Change change;
  change.dry_run = true;
  change.run = [](Transaction& tx) {
    tx.Publish({.type = "never"});
    return Insert(tx, "a");
  };
  std::promise<absl::Status> done;
  change.done = [&](const absl::Status& status, int64_t) { done.set_value(status); };
  ASSERT_OK(store->writer().Submit(std::move(change)));
  EXPECT_OK(done.get_future().get());
  EXPECT_THAT(Values(store), ::testing::IsEmpty());
  EXPECT_EQ(store->writer().position().position(), 0);
}

TEST(Writer, ExceptionsBecomeErrors) {
  TempStore store(kMigrations);
  EXPECT_THAT(store.Write([](Transaction& tx) -> absl::Status {
    ABSL_RETURN_IF_ERROR(Insert(tx, "a"));
    throw std::runtime_error("out of cheese");
  }),
              HasReason("EXCEPTION"));
  EXPECT_THAT(store.Write([](Transaction&) -> absl::Status { throw std::bad_alloc(); }),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(Values(store), ::testing::IsEmpty());
}

TEST(Writer, ACallerThatHasGoneIsNotServed) {
  TempStore store(kMigrations);
  Change change;
  bool ran = false;
  change.gone = [] { return true; };
  change.run = [&](Transaction&) {
    ran = true;
    return absl::OkStatus();
  };
  std::promise<absl::Status> done;
  change.done = [&](const absl::Status& status, int64_t) { done.set_value(status); };
  ASSERT_OK(store->writer().Submit(std::move(change)));
  EXPECT_THAT(done.get_future().get(), HasReason("CALLER_GONE"));
  EXPECT_FALSE(ran);
}

TEST(Writer, QueuesAreBounded) {
  TempStore store(kMigrations, {.writer_limits = {.queue_per_lane = 2}});
  WriterGate gate(store->writer());
  const auto nothing = [](Transaction&) { return absl::OkStatus(); };
  auto a = Queue(store->writer(), nothing);
  auto b = Queue(store->writer(), nothing);
  auto c = Queue(store->writer(), nothing);
  const absl::Status refused = c.get();
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_TRUE(GetErrorDetails(refused).retry_after.has_value());
  auto other_lane = Queue(store->writer(), nothing, Lane::kTasks);
  gate.Release();
  EXPECT_OK(a.get());
  EXPECT_OK(b.get());
  EXPECT_OK(other_lane.get());
}

TEST(Writer, PositionsAreGaplessAndSurviveReopening) {
  TempStore store(kMigrations);
  const auto publish = [](Transaction& tx) {
    tx.Publish({.type = "x", .subject = "boxes/1", .realm = "stores/a"});
    tx.Publish({.type = "y"});
    return absl::OkStatus();
  };
  ASSERT_OK(store.Write(publish));
  ASSERT_FALSE(store
                   .Write([&](Transaction& tx) {
                     publish(tx).IgnoreError();
                     return absl::AbortedError("no");
                   })
                   .ok());
  const std::string epoch = store->writer().epoch();
  store.Reopen();
  EXPECT_EQ(store->writer().epoch(), epoch);
  EXPECT_EQ(store->writer().position().position(), 2);
  ASSERT_OK(store.Write(publish));
  std::vector<std::string> rows;
  ASSERT_OK(store.Read([&](Snapshot& db) {
    return db.Sql("SELECT position, type, realm FROM feed ORDER BY position")
        .Each<int64_t, std::string, std::string>(
            [&](int64_t p, const std::string& t, const std::string& r) {
              rows.push_back(std::to_string(p) + t + r);
            });
  }));
  EXPECT_THAT(rows, ::testing::ElementsAre("1xstores/a", "2y", "3xstores/a", "4y"));
}

TEST(Writer, TimeNeverRunsBackwards) {
  TempStore store(kMigrations);
  absl::Time first, second, third;
  ASSERT_OK(store.Write([&](Transaction& tx) {
    first = tx.now();
    return absl::OkStatus();
  }));
  store.clock().Set(first - absl::Hours(1));
  ASSERT_OK(store.Write([&](Transaction& tx) {
    second = tx.now();
    return absl::OkStatus();
  }));
  store.Reopen();
  ASSERT_OK(store.Write([&](Transaction& tx) {
    third = tx.now();
    return absl::OkStatus();
  }));
  EXPECT_EQ(first, second);
  EXPECT_EQ(first, third);
}

// How long a slice went on until it was asked to yield, with an interactive change waiting or not.
absl::Duration SliceUntilYield(TempStore& store, bool interactive_waits) {
  std::promise<void> started;
  std::atomic<bool> go{!interactive_waits};
  absl::Duration took;
  auto slice = Queue(
      store->writer(),
      [&](Transaction& tx) {
        started.set_value();
        while (!go) std::this_thread::yield();
        const absl::Time start = absl::Now();
        while (!tx.MustYield()) std::this_thread::yield();
        took = absl::Now() - start;
        return absl::OkStatus();
      },
      Lane::kTasks);
  started.get_future().wait();
  if (interactive_waits) {
    auto interactive = Queue(store->writer(), [](Transaction&) { return absl::OkStatus(); });
    go = true;
    EXPECT_OK(interactive.get());
  }
  EXPECT_OK(slice.get());
  return took;
}

TEST(Writer, LongChangesYieldToInteractiveOnes) {
  TempStore store(kMigrations);
  // The best of several: the machine may have had something else to do in any one of them.
  absl::Duration contended = absl::InfiniteDuration();
  for (int i = 0; i < 10; ++i) {
    contended = std::min(contended, SliceUntilYield(store, /*interactive_waits=*/true));
  }
  EXPECT_LT(contended, absl::Milliseconds(5));
  EXPECT_GT(SliceUntilYield(store, /*interactive_waits=*/false), absl::Milliseconds(40));
}

TEST(Writer, NoLaneStarvesAnother) {
  TempStore store(kMigrations, {.writer_limits = {.changes_per_group = 16}});
  WriterGate gate(store->writer());
  const auto busy = [](Transaction&) {
    const absl::Time end = absl::Now() + absl::Microseconds(200);
    while (absl::Now() < end) {
    }
    return absl::OkStatus();
  };
  std::vector<std::future<absl::Status>> interactive;
  std::atomic<int> interactive_left{1000};
  for (int i = 0; i < 1000; ++i) {
    interactive.push_back(Queue(store->writer(), [&](Transaction& tx) {
      --interactive_left;
      return busy(tx);
    }));
  }
  std::vector<std::future<absl::Status>> tasks;
  std::atomic<int> left_when_last_task_ran{0};
  for (int i = 0; i < 20; ++i) {
    tasks.push_back(Queue(
        store->writer(),
        [&](Transaction& tx) {
          left_when_last_task_ran = interactive_left.load();
          return busy(tx);
        },
        Lane::kTasks));
  }
  gate.Release();
  for (auto& f : tasks) EXPECT_OK(f.get());
  for (auto& f : interactive) EXPECT_OK(f.get());
  // With a weight of 1 against 7, twenty tasks are done long before a thousand interactive changes.
  EXPECT_GT(left_when_last_task_ran, 500);
}

TEST(Writer, IdsAndRandomNumbersDiffer) {
  TempStore store(kMigrations);
  std::string a, b;
  ASSERT_OK(store.Write([&](Transaction& tx) {
    a = tx.NewId();
    b = tx.NewId();
    return absl::OkStatus();
  }));
  EXPECT_NE(a, b);
  EXPECT_TRUE(IsId(a) && IsId(b));
}

}  // namespace
}  // namespace regulars
