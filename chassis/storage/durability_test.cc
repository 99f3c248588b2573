// What a power cut, a full disk and failing writes leave of a store: every acknowledged change, and
// no half of any other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "chassis/storage/store.h"
#include "chassis/testing/fault_vfs.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_dir.h"

namespace regulars {
namespace {

using ::regulars::testing::FaultVfs;
using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::regulars::testing::TempDir;
using ::testing::_;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Pair;

constexpr Migration kMigrations[] = {
    {1,
     "CREATE TABLE half(change BIGINT NOT NULL, part BIGINT NOT NULL, filler TEXT NOT NULL, "
     "PRIMARY KEY (change, part)) WITHOUT ROWID"}};

// How many power cuts to try: REGULARS_FAULT_SEEDS, or a few.
int Seeds(int usual) {
  const char* wanted = std::getenv("REGULARS_FAULT_SEEDS");
  int seeds = usual;
  if (wanted != nullptr) CHECK(absl::SimpleAtoi(wanted, &seeds));
  return seeds;
}

// A store on a faulty disk, and what it has promised.
class Machine {
 public:
  explicit Machine(uint64_t seed) : disk_(seed), mixer_(seed ^ 0x5eed) {}

  absl::Status Open() {
    ABSL_ASSIGN_OR_RETURN(
        store_, Store::Open({.path = dir_.File("store.db"),
                             .service = "test",
                             .migrations = kMigrations,
                             // Small, so that checkpoints happen within a short run.
                             .writer_limits = {.checkpoint_pages = 20,
                                               .reopen_interval = absl::Milliseconds(1),
                                               .idle_before_truncate = absl::Milliseconds(3)},
                             .readers = 1,
                             .vfs = disk_.name()}));
    return absl::OkStatus();
  }

  // Queues changes of two halves each; every tenth changes its mind between them.
  void Work(int changes) {
    std::vector<std::future<void>> answers;
    for (int i = 0; i < changes; ++i) {
      const int64_t number = ++last_;
      auto answered = std::make_shared<std::promise<void>>();
      answers.push_back(answered->get_future());
      Change change;
      change.run = [number, size = mixer_.Next() % 3000](Transaction& tx) -> absl::Status {
        const std::string filler(size, 'x');
        ABSL_RETURN_IF_ERROR(tx.Sql("INSERT INTO half VALUES (?, 1, ?)", number, filler).Run());
        if (number % 10 == 0) return absl::AbortedError("changed its mind");
        ABSL_RETURN_IF_ERROR(tx.Sql("INSERT INTO half VALUES (?, 2, ?)", number, filler).Run());
        tx.Publish({.type = "made", .subject = absl::StrCat(number)});
        return absl::OkStatus();
      };
      const auto answer = [this, number, answered](const absl::Status& status) {
        Note(number, status);
        answered->set_value();
      };
      change.done = [answer](const absl::Status& status, int64_t) { answer(status); };
      const absl::Status queued = store_->writer().Submit(std::move(change));
      if (!queued.ok()) answer(queued);
      // Readers hold the log open and make the writer wait with its checkpoints.
      if (i % 5 == 0) {
        store_->readers()
            .Run({},
                 [](Snapshot& db) {
                   return db.Sql("SELECT COUNT(*) FROM half").First<int64_t>().status();
                 })
            .IgnoreError();
      }
    }
    for (auto& answer : answers) answer.wait();
  }

  // The writer reopens the store by itself and goes on.
  void AwaitHealth() {
    const absl::Time end = absl::Now() + absl::Seconds(20);
    while (!store_->writer().healthy() && absl::Now() < end) absl::SleepFor(absl::Milliseconds(1));
    ASSERT_TRUE(store_->writer().healthy());
  }

  // The power fails, and comes back.
  void PowerCut() {
    store_.reset();
    disk_.Crash();
  }

  // Compares what is there with what was promised.
  void Check(const std::string& where) {
    std::set<int64_t> first, second, events;
    int64_t last_position = 0;
    bool gapless = true;
    std::string verdict;
    const absl::Status read = store_->readers().Run({}, [&](Snapshot& db) -> absl::Status {
      ABSL_RETURN_IF_ERROR(
          db.Sql("SELECT change, part FROM half").Each<int64_t, int64_t>([&](int64_t c, int64_t p) {
            (p == 1 ? first : second).insert(c);
          }));
      ABSL_RETURN_IF_ERROR(db.Sql("SELECT position, subject FROM feed ORDER BY position")
                               .Each<int64_t, std::string>([&](int64_t p, const std::string& s) {
                                 gapless = gapless && p == ++last_position;
                                 int64_t number = 0;
                                 if (absl::SimpleAtoi(s, &number)) events.insert(number);
                               }));
      ABSL_ASSIGN_OR_RETURN(auto got, db.Sql("PRAGMA integrity_check(1)").First<std::string>());
      verdict = got.value_or("");
      return absl::OkStatus();
    });
    ASSERT_OK(read) << where;
    EXPECT_EQ(verdict, "ok") << where;
    EXPECT_EQ(first, second) << "half a change is there: " << where;
    EXPECT_EQ(first, events) << "a change without its event, or an event alone: " << where;
    EXPECT_TRUE(gapless) << where;
    for (const int64_t number : acknowledged_) {
      ASSERT_TRUE(first.contains(number))
          << "acknowledged change " << number << " is gone: " << where;
    }
    there_ = std::move(first);
  }

  // The same; and of the changes that failed, none is there. What a failed commit was to hold may
  // be on the disk until the next commit has taken its place: this is for later.
  void CheckFailedToo(const std::string& where) {
    Check(where);
    for (const auto& [number, why] : failed_) {
      EXPECT_FALSE(there_.contains(number))
          << "change " << number << " is there, which failed (" << why << "): " << where;
    }
  }

  FaultVfs& disk() { return disk_; }
  Mixer& mixer() { return mixer_; }
  Store& store() { return *store_; }
  size_t acknowledged() const { return acknowledged_.size(); }
  // Changes that failed, with what was said.
  const std::map<int64_t, absl::Status>& failed() const { return failed_; }
  // Whether one has failed for this reason.
  bool HasFailed(const std::string& reason) const {
    return ::testing::Matches(Contains(Pair(_, HasReason(reason))))(failed_);
  }

 private:
  void Note(int64_t number, const absl::Status& status) {
    std::lock_guard lock(mutex_);
    if (status.ok()) {
      acknowledged_.insert(number);
    } else {
      failed_.emplace(number, status);
    }
  }

  TempDir dir_;
  FaultVfs disk_;
  Mixer mixer_;
  std::unique_ptr<Store> store_;
  int64_t last_ = 0;
  std::set<int64_t> there_;  // At the latest check.
  // Added to while Work() runs, by the writer's reply thread too.
  std::mutex mutex_;
  std::set<int64_t> acknowledged_;
  std::map<int64_t, absl::Status> failed_;
};

TEST(Durability, PowerCutsLoseNothingThatWasAcknowledged) {
  const int seeds = Seeds(100);
  size_t acknowledged = 0;
  for (int seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Machine machine(static_cast<uint64_t>(seed));
    ASSERT_OK(machine.Open());
    for (int cut = 0; cut < 3; ++cut) {
      machine.disk().StopAfter(static_cast<int64_t>(machine.mixer().Next() % 400) + 1);
      for (int i = 0; i < 60 && !machine.disk().stopped(); ++i) machine.Work(12);
      machine.PowerCut();
      ASSERT_OK(machine.Open());
      machine.Check(absl::StrCat("after cut ", cut));
      if (HasFatalFailure() || HasNonfatalFailure()) return;
    }
    acknowledged += machine.acknowledged();
  }
  // The test is worth something only if much was promised.
  EXPECT_GT(acknowledged, static_cast<size_t>(seeds) * 20);
}

TEST(Durability, AFullDiskFailsChangesAndHarmsNone) {
  const int seeds = Seeds(20);
  for (int seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Machine machine(static_cast<uint64_t>(seed));
    ASSERT_OK(machine.Open());
    machine.Work(20);
    const size_t before = machine.acknowledged();
    EXPECT_EQ(before, 18u);
    machine.disk().SetFull(true);
    // What fits into the log's length goes through.
    for (int i = 0; i < 50 && !machine.HasFailed("STORE_FULL"); ++i) machine.Work(40);
    EXPECT_GT(machine.disk().refused(), 0);
    EXPECT_THAT(machine.failed(),
                Contains(Pair(_, AllOf(StatusIs(absl::StatusCode::kResourceExhausted),
                                       HasReason("STORE_FULL")))));
    machine.disk().SetFull(false);
    machine.AwaitHealth();
    const size_t while_full = machine.acknowledged();
    machine.Work(20);
    EXPECT_EQ(machine.acknowledged(), while_full + 18);
    machine.CheckFailedToo("with room again");
    machine.PowerCut();
    ASSERT_OK(machine.Open());
    machine.CheckFailedToo("after a power cut");
    if (HasFailure()) return;
  }
}

TEST(Durability, WritesThatFailHarmNothingElse) {
  const int seeds = Seeds(50);
  for (int seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Machine machine(static_cast<uint64_t>(seed));
    ASSERT_OK(machine.Open());
    machine.disk().SetErrorRate(40);
    for (int i = 0; i < 8 || (i < 200 && !machine.HasFailed("STORE_IO")); ++i) {
      machine.Work(15);
      absl::SleepFor(absl::Milliseconds(2));
    }
    EXPECT_GT(machine.disk().errors(), 0);
    EXPECT_THAT(
        machine.failed(),
        Contains(Pair(_, AllOf(StatusIs(absl::StatusCode::kUnavailable), HasReason("STORE_IO")))));
    machine.disk().SetErrorRate(0);
    machine.AwaitHealth();
    const size_t among_errors = machine.acknowledged();
    machine.Work(10);
    EXPECT_EQ(machine.acknowledged(), among_errors + 9);
    machine.CheckFailedToo("after errors");
    machine.PowerCut();
    ASSERT_OK(machine.Open());
    machine.CheckFailedToo("after a power cut");
    if (HasFailure()) return;
  }
}

TEST(Durability, ACheckpointThatFailsIsLogged) {
  FaultVfs disk(1);
  TempDir dir;
  ASSERT_OK_AND_ASSIGN(const auto store, Store::Open({.path = dir.File("store.db"),
                                                      .service = "test",
                                                      .migrations = kMigrations,
                                                      .writer_limits = {.checkpoint_pages = 1},
                                                      .vfs = disk.name()}));
  // Runs a chore to its end. When it has written, a checkpoint comes before the next.
  const auto run = [&](std::function<void(Connection&)> chore) {
    std::promise<void> done;
    ASSERT_OK(store->writer().AddChore([&](Connection& connection) {
      chore(connection);
      done.set_value();
      return false;
    }));
    done.get_future().wait();
  };
  ::testing::internal::CaptureStderr();
  run([&](Connection& connection) {
    EXPECT_OK(connection.Script("UPDATE store_meta SET last_time = last_time + 1"));
    disk.SetErrorRate(1);
  });
  run([&](Connection&) { disk.SetErrorRate(0); });
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              ::testing::HasSubstr("the log cannot be copied back into the store"));
}

}  // namespace
}  // namespace regulars
