// Effects without faults of the disk: those are in effect_durability_test.cc.
#include "chassis/effects/effect_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "chassis/base/errors.h"
#include "chassis/effects/letter_fixture.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"

namespace regulars {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class EffectPoolTest : public ::testing::Test {
 protected:
  // Letters are posted to `post_`, which may stand in the way.
  EffectKind<Letter> Kind(const std::string& name = "letter") {
    EffectKind<Letter> kind = LetterKind(name, [this](Letter& letter) { Post(letter); });
    kind.record = [this, record = kind.record](Transaction& tx, std::vector<Letter>& letters) {
      if (records_) {
        ABSL_RETURN_IF_ERROR(records_(letters));
      }
      return record(tx, letters);
    };
    return kind;
  }

  void Post(const Letter& letter) {
    std::unique_lock lock(mutex_);
    ++posted_[letter.id];
    busy_ = std::max(busy_, ++posting_);
    changed_.notify_all();
    changed_.wait(lock, [this] { return !closed_; });
    --posting_;
    if (letter.text == "throws") throw std::runtime_error("thrown");
  }

  void Write(int64_t id, const std::string& text = "", const std::string& kind = "letter") {
    ASSERT_OK(
        store_.Write([&](Transaction& tx) { return WriteLetter(tx, id, kind, text, tx.now()); }));
  }

  int64_t Count(const std::string& where) {
    int64_t count = -1;
    EXPECT_OK(store_.Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(
          const auto row,
          db.Sql(absl::StrCat("SELECT COUNT(*) FROM letter WHERE ", where)).First<int64_t>());
      count = row.value_or(0);
      return absl::OkStatus();
    }));
    return count;
  }
  void AwaitSent(int64_t count) {
    for (int i = 0; i < 5000 && Count("state = 'SENT'") < count; ++i) {
      absl::SleepFor(absl::Milliseconds(1));
    }
    ASSERT_EQ(Count("state = 'SENT'"), count);
  }
  void AwaitPosting(int count) {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(
        changed_.wait_for(lock, std::chrono::seconds(10), [&] { return posting_ >= count; }));
  }
  void CloseDoor(bool closed) {
    const std::lock_guard lock(mutex_);
    closed_ = closed;
    changed_.notify_all();
  }

  testing::TempStore store_{kLetterMigrations};
  Metrics metrics_;
  std::function<absl::Status(std::vector<Letter>&)> records_;  // Asked before each record.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<int64_t, int> posted_;  // Guarded by mutex_, as all below.
  bool closed_ = false;
  int posting_ = 0;
  int busy_ = 0;  // The most at once.
};

TEST_F(EffectPoolTest, EveryLetterIsPostedOnceAndRecorded) {
  for (int64_t id = 1; id <= 30; ++id) Write(id);
  EffectPool pool(*store_, metrics_);
  EffectKind<Letter> kind = Kind();
  kind.threads = 3;
  kind.batch = 7;
  pool.Add(std::move(kind));
  pool.Start();
  AwaitSent(30);
  // A ring brings the next one at once, and what was there is not done again.
  for (int64_t id = 31; id <= 40; ++id) Write(id);
  AwaitSent(40);
  pool.Stop();
  EXPECT_EQ(posted_.size(), 40u);
  for (const auto& [id, times] : posted_) EXPECT_EQ(times, 1) << id;
  EXPECT_THAT(metrics_.Text(), HasSubstr("regulars_effects_recorded{kind=\"letter\"} 40"));
  EXPECT_THAT(metrics_.Text(), HasSubstr("regulars_effects_unrecorded{kind=\"letter\"} 0"));
}

TEST_F(EffectPoolTest, AClockThatIsPutBackHoldsNothingUp) {
  EffectPool pool(*store_, metrics_);
  pool.Add(Kind());
  pool.Start();
  store_.clock().Advance(absl::Hours(3));
  Write(1);
  AwaitSent(1);
  store_.clock().Advance(-absl::Hours(3));
  // Found by looking, for nobody rings.
  ASSERT_OK(store_.Write([](Transaction& tx) {
    return tx
        .Sql("INSERT INTO letter VALUES (2, 'letter', '', 'OPEN', ?, ?, 0, 0, '', 0)", tx.now(),
             absl::UnixEpoch())
        .Run();
  }));
  AwaitSent(2);
  pool.Stop();
}

TEST_F(EffectPoolTest, WhatIsRecordedHasTheCauseOfItsRow) {
  store_.origin().correlation_id = "first";
  store_.origin().hops = 3;
  Write(1);
  store_.origin().correlation_id = "second";
  store_.origin().hops = 0;
  Write(2);
  EffectPool pool(*store_, metrics_);
  EffectKind<Letter> kind = Kind();
  kind.record = [record = kind.record](Transaction& tx, std::vector<Letter>& letters) {
    for (const Letter& letter : letters) {
      tx.PublishFor(letter.cause, {.type = "sent", .subject = absl::StrCat(letter.id)});
    }
    return record(tx, letters);
  };
  pool.Add(std::move(kind));
  pool.Start();
  AwaitSent(2);
  pool.Stop();
  std::vector<std::string> events;
  EXPECT_OK(store_.Read([&](Snapshot& db) {
    return db.Sql("SELECT subject, correlation_id, hops FROM feed ORDER BY subject")
        .Each<std::string, std::string, int64_t>(
            [&](const std::string& letter, const std::string& cause, int64_t hops) {
              events.push_back(absl::StrCat(letter, " ", cause, " ", hops));
            });
  }));
  EXPECT_THAT(events, ElementsAre("1 first 3", "2 second 0"));
}

TEST_F(EffectPoolTest, NoMoreAreUnderWayThanThereAreThreads) {
  CloseDoor(true);
  for (int64_t id = 1; id <= 20; ++id) Write(id);
  EffectPool pool(*store_, metrics_);
  EffectKind<Letter> kind = Kind();
  kind.threads = 4;
  kind.batch = 6;
  pool.Add(std::move(kind));
  pool.Start();
  AwaitPosting(4);
  // Those at the door, those that wait for a thread, and no more.
  for (int i = 0; i < 50; ++i) {
    EXPECT_LE(Count("holder <> 0"), 4 + 6);
    absl::SleepFor(absl::Milliseconds(1));
  }
  CloseDoor(false);
  AwaitSent(20);
  pool.Stop();
  EXPECT_EQ(busy_, 4);
}

TEST_F(EffectPoolTest, KindsDoNotWaitForEachOther) {
  EffectPool pool(*store_, metrics_);
  pool.Add(Kind("letter"));
  EffectKind<Letter> quick = LetterKind("express", [](Letter&) {});
  pool.Add(std::move(quick));
  pool.Start();
  CloseDoor(true);
  for (int64_t id = 1; id <= 200; ++id) Write(id);
  AwaitPosting(4);
  for (int64_t id = 1001; id <= 1010; ++id) Write(id, "", "express");
  AwaitSent(10);
  EXPECT_EQ(Count("state = 'SENT' AND kind = 'express'"), 10);
  CloseDoor(false);
  AwaitSent(210);
  pool.Stop();
}

TEST_F(EffectPoolTest, WhatIsDueLaterComesWhenItsTimeHasCome) {
  ASSERT_OK(store_.Write(
      [](Transaction& tx) { return WriteLetter(tx, 1, "letter", "", tx.now() + absl::Hours(1)); }));
  EffectPool pool(*store_, metrics_);
  pool.Add(Kind());
  pool.Start();
  Write(2);
  AwaitSent(1);
  EXPECT_EQ(Count("id = 1 AND state = 'SENT'"), 0);
  store_.clock().Advance(absl::Hours(1));
  AwaitSent(2);
  pool.Stop();
}

TEST_F(EffectPoolTest, TheLeasesOfAProcessThatIsGoneAreNobodys) {
  CloseDoor(true);
  Write(1);
  auto first = std::make_unique<EffectPool>(*store_, metrics_);
  first->Add(Kind());
  first->Start();
  AwaitPosting(1);
  EXPECT_EQ(Count("holder <> 0"), 1);
  // Another process, as far as the rows can tell: it does not wait for the lease to end.
  Metrics metrics;
  std::set<int64_t> taken;
  EffectPool second(*store_, metrics);
  second.Add(LetterKind("letter", [&](Letter& letter) { taken.insert(letter.id); }));
  second.Start();
  AwaitSent(1);
  second.Stop();
  EXPECT_THAT(taken, ElementsAre(1));
  CloseDoor(false);
  first.reset();
}

TEST_F(EffectPoolTest, StoppingWaitsForWhatIsUnderWayAndRecordsIt) {
  CloseDoor(true);
  for (int64_t id = 1; id <= 10; ++id) Write(id);
  EffectPool pool(*store_, metrics_);
  EffectKind<Letter> kind = Kind();
  kind.threads = 2;
  pool.Add(std::move(kind));
  pool.Start();
  AwaitPosting(2);
  std::thread opener([this] {
    absl::SleepFor(absl::Milliseconds(20));
    CloseDoor(false);
  });
  pool.Stop();
  opener.join();
  EXPECT_EQ(Count("state = 'SENT'"), static_cast<int64_t>(posted_.size()));
  EXPECT_EQ(posted_.size(), 2u);
}

TEST_F(EffectPoolTest, AStoreThatTakesNoRecordIsAskedAgainAndNothingIsPostedTwice) {
  std::atomic<int> refused{0};
  records_ = [&](std::vector<Letter>&) {
    return ++refused <= 3 ? Unavailable("DOWN", "down", absl::ZeroDuration()) : absl::OkStatus();
  };
  for (int64_t id = 1; id <= 5; ++id) Write(id);
  EffectPool pool(*store_, metrics_);
  pool.Add(Kind());
  pool.Start();
  AwaitSent(5);
  pool.Stop();
  EXPECT_GE(refused, 4);
  for (const auto& [id, times] : posted_) EXPECT_EQ(times, 1) << id;
}

TEST_F(EffectPoolTest, OneThatCannotBeRecordedHoldsUpNobodyElse) {
  std::atomic<bool> mended{false};
  records_ = [&](std::vector<Letter>& letters) -> absl::Status {
    for (const Letter& letter : letters) {
      EXPECT_NE(letter.id, 0) << "given back as it was";
      if (letter.text == "bad" && !mended) return InvalidArgument("BAD", "bad");
    }
    return absl::OkStatus();
  };
  Write(1, "bad");
  for (int64_t id = 2; id <= 20; ++id) Write(id);
  EffectPool pool(*store_, metrics_);
  EffectKind<Letter> kind = Kind();
  kind.lease = absl::Minutes(1);
  pool.Add(std::move(kind));
  pool.Start();
  AwaitSent(19);
  for (int64_t id = 21; id <= 25; ++id) Write(id);
  AwaitSent(24);
  // Its lease ends: it is free to be claimed now, and must not be posted again.
  store_.clock().Advance(absl::Minutes(2));
  Write(26);
  absl::SleepFor(absl::Milliseconds(50));
  EXPECT_EQ(Count("state = 'SENT'"), 24) << "nothing is claimed while that is so";
  mended = true;
  AwaitSent(26);
  pool.Stop();
  for (const auto& [id, times] : posted_) EXPECT_EQ(times, 1) << id;
}

TEST_F(EffectPoolTest, ARecordThatThrowsIsRepeatedWithTheSameLetters) {
  std::atomic<bool> mended{false};
  records_ = [&](std::vector<Letter>& letters) -> absl::Status {
    for (const Letter& letter : letters) {
      EXPECT_FALSE(letter.text.empty()) << letter.id << " was not given back";
      if (letter.id == 1 && !mended) throw std::runtime_error("thrown");
    }
    return absl::OkStatus();
  };
  for (int64_t id = 1; id <= 5; ++id) Write(id, "a text that no short string holds");
  EffectPool pool(*store_, metrics_);
  pool.Add(Kind());
  pool.Start();
  AwaitSent(4);
  mended = true;
  AwaitSent(5);
  pool.Stop();
}

TEST_F(EffectPoolTest, AnExceptionEndsWithItsJobAlone) {
  Write(1, "throws");
  Write(2);
  EffectPool pool(*store_, metrics_);
  pool.Add(Kind());
  pool.Start();
  AwaitSent(1);
  EXPECT_EQ(Count("id = 1 AND state = 'SENT'"), 0);
  pool.Stop();
  EXPECT_THAT(metrics_.Text(), HasSubstr("regulars_effects_lost{kind=\"letter\"} 1"));
}

// Both were claimed together, so their leases end together.
TEST_F(EffectPoolTest, AnExceptionComesAfterTheRecordOfAnotherJob) {
  CloseDoor(true);
  Write(1, "throws");
  Write(2);
  EffectPool pool(*store_, metrics_);
  EffectKind<Letter> kind = LetterKind("letter", [this](Letter& letter) {
    if (letter.text == "throws") Post(letter);
  });
  kind.lease = absl::Minutes(1);
  pool.Add(std::move(kind));
  pool.Start();
  AwaitPosting(1);
  AwaitSent(1);
  CloseDoor(false);
  for (int i = 0; i < 5000 && !absl::StrContains(metrics_.Text(), "lost{kind=\"letter\"} 1"); ++i) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  // Nobody's lease is left behind, so there are claims after its end.
  store_.clock().Advance(absl::Minutes(2));
  Write(3);
  AwaitSent(2);
  pool.Stop();
  EXPECT_EQ(Count("id = 1 AND state = 'SENT'"), 0);
}

}  // namespace
}  // namespace regulars
