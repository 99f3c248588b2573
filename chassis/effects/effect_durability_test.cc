// Effects while the power fails: what is recorded was performed, what was performed without being
// recorded is performed again at most once for each power cut, and nothing is forgotten.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <mutex>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "chassis/effects/letter_fixture.h"
#include "chassis/testing/fault_vfs.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_dir.h"

namespace regulars {
namespace {

using ::regulars::testing::FaultVfs;
using ::regulars::testing::TempDir;

constexpr int64_t kLetters = 60;
constexpr int kThreads = 3;
constexpr int64_t kBatch = 8;

int Seeds(int usual) {
  const char* wanted = std::getenv("REGULARS_FAULT_SEEDS");
  int seeds = usual;
  if (wanted != nullptr) CHECK(absl::SimpleAtoi(wanted, &seeds));
  return seeds;
}

// A machine whose power fails, and the world outside, which does not forget.
class Machine {
 public:
  explicit Machine(uint64_t seed) : disk_(seed), mixer_(seed ^ 0x5eed) {}

  void Start() {
    auto opened = Store::Open({.path = dir_.File("store.db"),
                               .service = "test",
                               .migrations = kLetterMigrations,
                               .writer_limits = {.checkpoint_pages = 20,
                                                 .reopen_interval = absl::Milliseconds(1),
                                                 .idle_before_truncate = absl::Milliseconds(3)},
                               .readers = 1,
                               .vfs = disk_.name()});
    ASSERT_OK(opened);
    store_ = *std::move(opened);
    metrics_ = std::make_unique<Metrics>();
    pool_ = std::make_unique<EffectPool>(*store_, *metrics_, absl::Milliseconds(20));
    EffectKind<Letter> kind = LetterKind("letter", [this](Letter& letter) {
      const std::lock_guard lock(mutex_);
      ++posted_[letter.id];
    });
    kind.threads = kThreads;
    kind.batch = kBatch;
    pool_->Add(std::move(kind));
    pool_->Start();
  }

  // Writes letters until all are there or the power has failed.
  void WriteLetters() {
    while (written_ < kLetters && !disk_.stopped()) {
      const int64_t id = written_ + 1;
      const absl::Status status =
          store_->writer().Write(Lane::kInteractive, {}, [&](Transaction& tx) -> absl::Status {
            // One whose commit nobody saw may be there.
            ABSL_ASSIGN_OR_RETURN(const auto there,
                                  tx.Sql("SELECT 1 FROM letter WHERE id = ?", id).First<int64_t>());
            return there ? absl::OkStatus() : WriteLetter(tx, id, "letter", "", tx.now());
          });
      if (status.ok()) written_ = id;
    }
  }

  void PlanPowerCut() { disk_.StopAfter(static_cast<int64_t>(1 + mixer_.Next() % 120)); }

  // The process ends with the power: nothing that it would still record reaches the disk.
  void PowerCut() {
    disk_.StopAfter(1);
    pool_.reset();
    store_.reset();
    disk_.Crash();
  }

  int64_t Sent(const char* what = "COUNT(*)") {
    int64_t sent = -1;
    EXPECT_OK(store_->readers().Run({}, [&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(
          const auto row, db.Sql(absl::StrCat("SELECT ", what, " FROM letter WHERE state = 'SENT'"))
                              .First<int64_t>());
      sent = row.value_or(0);
      return absl::OkStatus();
    }));
    return sent;
  }

  // Whatever is recorded was posted.
  void Check() {
    EXPECT_OK(store_->readers().Run({}, [&](Snapshot& db) {
      const std::lock_guard lock(mutex_);
      return db.Sql("SELECT id FROM letter WHERE state = 'SENT'").Each<int64_t>([&](int64_t id) {
        EXPECT_GT(posted_[id], 0) << id;
      });
    }));
  }

  bool stopped() const { return disk_.stopped(); }
  int64_t written() const { return written_; }
  int64_t PostedInAll() {
    const std::lock_guard lock(mutex_);
    int64_t all = 0;
    for (const auto& [id, times] : posted_) all += times;
    return all;
  }
  int64_t PostedAtMost() {
    const std::lock_guard lock(mutex_);
    int64_t most = 0;
    for (const auto& [id, times] : posted_) most = std::max<int64_t>(most, times);
    return most;
  }

 private:
  TempDir dir_;
  FaultVfs disk_;
  Mixer mixer_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<EffectPool> pool_;
  int64_t written_ = 0;
  std::mutex mutex_;
  std::map<int64_t, int64_t> posted_;  // Guarded by mutex_.
};

TEST(EffectDurability, PowerCutsForgetNothingAndRepeatOnlyWhatWasUnderWay) {
  const int seeds = Seeds(15);
  int64_t again = 0;
  int cuts = 0;
  for (int seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Machine machine(static_cast<uint64_t>(seed));
    machine.Start();
    int64_t cuts_here = 0;
    for (int cut = 0; cut < 4; ++cut, ++cuts_here, ++cuts) {
      machine.PlanPowerCut();
      machine.WriteLetters();
      for (int i = 0; i < 40 && !machine.stopped(); ++i) absl::SleepFor(absl::Milliseconds(1));
      machine.PowerCut();
      machine.Start();
      machine.Check();
      if (HasFailure()) return;
    }
    machine.WriteLetters();
    for (int i = 0; i < 10'000 && machine.Sent() < kLetters; ++i) {
      absl::SleepFor(absl::Milliseconds(1));
    }
    ASSERT_EQ(machine.Sent(), kLetters);
    machine.Check();
    EXPECT_EQ(machine.Sent("MAX(records)"), 1);
    // A power cut leaves at most what was claimed or performed and not recorded.
    EXPECT_LE(machine.PostedAtMost(), 1 + cuts_here);
    EXPECT_LE(machine.PostedInAll(), kLetters + cuts_here * (kThreads + 2 * kBatch));
    again += machine.PostedInAll() - kLetters;
    machine.PowerCut();
  }
  EXPECT_GT(cuts, 0);
  EXPECT_GT(again, 0) << "no cut has hit between an effect and its record: the test shows nothing";
}

}  // namespace
}  // namespace regulars
