// Random lives of an upstream and its follower: changes, batches that come twice, handlers that
// fail for a while or for good, power cuts in the middle of a write, an upstream that prunes its
// feed or is restored from an older backup, new versions of the handlers. Whatever happened, in the
// end the follower's state is the upstream's, and no event has had its effect twice; and what was
// erased is gone as soon as its event was followed, whatever of it is parked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>

#include "absl/strings/numbers.h"
#include "chassis/feed/feed_applier.h"
#include "chassis/feed/follow_fixture.h"
#include "chassis/testing/fault_vfs.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_dir.h"

namespace regulars::follow {
namespace {

using ::regulars::testing::FaultVfs;
using ::regulars::testing::TempDir;

constexpr int kActions = 120;

// How many lives to try: REGULARS_FAULT_SEEDS, or a few.
int Seeds() {
  const char* wanted = std::getenv("REGULARS_FAULT_SEEDS");
  int seeds = std::getenv("REGULARS_FULL") != nullptr ? 300 : 40;
  if (wanted != nullptr) CHECK(absl::SimpleAtoi(wanted, &seeds));
  return seeds;
}

// What happened in all lives together: a simulation in which nothing goes wrong shows nothing.
struct Tally {
  int crashes = 0;
  int restores = 0;
  int rebuilds = 0;
  int parked = 0;
  int duplicates = 0;
  int held_up = 0;
  int overtakings = 0;  // Erasures with events of their subject parked, each time that is looked.
  int64_t followed = 0;
};

class Life {
 public:
  Life(uint64_t seed, Tally& tally) : tally_(tally), mixer_(seed), disk_(seed ^ 0x5eed) {
    FollowErasures(handlers_);
    OpenUpstream();
    OpenMirror();
  }

  void Run() {
    for (int i = 0; i < kActions && !::testing::Test::HasFailure(); ++i) Act();
    Settle();
  }

 private:
  using Action = void (Life::*)();

  uint64_t Roll(uint64_t sides) { return mixer_.Next() % sides; }

  void Act() {
    static constexpr std::pair<int, Action> kWeighted[] = {
        {40, &Life::ChangeUpstream}, {40, &Life::Follow},      {6, &Life::Crash},
        {3, &Life::Prune},           {3, &Life::TakeBackup},   {2, &Life::RestoreUpstream},
        {4, &Life::AskForRetries},   {2, &Life::RaiseVersion}, {10, &Life::PlanPowerCut},
    };
    auto left = static_cast<int>(Roll(110));
    for (const auto& [weight, action] : kWeighted) {
      left -= weight;
      if (left < 0) return (this->*action)();
    }
  }

  void OpenUpstream() {
    auto opened = Store::Open({.path = dir_.File("upstream.db"),
                               .service = "up",
                               .migrations = kUpstreamMigrations,
                               .clock = &clock_,
                               .readers = 1});
    ASSERT_OK(opened);
    upstream_ = *std::move(opened);
  }

  void OpenMirror() {
    auto opened = Store::Open({.path = dir_.File("mirror.db"),
                               .service = "down",
                               .migrations = kMirrorMigrations,
                               .clock = &clock_,
                               .writer_limits = {.checkpoint_pages = 20,
                                                 .reopen_interval = absl::Milliseconds(1),
                                                 .idle_before_truncate = absl::Milliseconds(3)},
                               .readers = 1,
                               .vfs = disk_.name()});
    ASSERT_OK(opened);
    mirror_ = *std::move(opened);
    NewApplier();
  }

  void NewApplier() {
    applier_ = std::make_unique<FeedApplier>(
        *mirror_,
        FeedApplier::Options{.service = "down", .upstream = "up", .backfill_version = version_},
        handlers_);
    opened_ = false;
  }

  void ChangeUpstream() {
    const uint64_t changes = 1 + Roll(4);
    for (uint64_t i = 0; i < changes; ++i) {
      const uint64_t number = Roll(12);
      const std::string id = absl::StrCat("box", number, "-", erasures_[number]);
      if (Roll(25) == 0) {
        ++erasures_[number];
        ASSERT_NO_FATAL_FAILURE(Erase(id));
        continue;
      }
      ASSERT_OK(upstream_->writer().Write(Lane::kInteractive, {}, [&](Transaction& tx) {
        if (Roll(10) == 0) {
          tx.Publish(PackEvent(Subject(id), "", Noise()));
          return absl::OkStatus();
        }
        return Roll(3) == 0 ? RemoveBox(tx, id) : SetBox(tx, id, absl::StrCat(++labels_));
      }));
    }
  }

  void Erase(const std::string& id) {
    ASSERT_OK(upstream_->writer().Write(Lane::kInteractive, {},
                                        [&](Transaction& tx) { return EraseBox(tx, id); }));
    erased_at_[id] = upstream_->writer().position().position();
  }

  // Nothing is left of what was erased up to where the follower is.
  absl::Status CheckErasures(Snapshot& db) {
    const Cursor& cursor = applier_->cursor();
    for (const auto& [id, position] : erased_at_) {
      if (position > cursor.position) continue;
      ABSL_ASSIGN_OR_RETURN(const auto there,
                            db.Sql("SELECT 1 FROM mirror WHERE id = ?", id).First<int64_t>());
      EXPECT_FALSE(there) << id;
      ABSL_ASSIGN_OR_RETURN(const bool parked, IsSubjectParked(db, "up", Subject(id)));
      if (parked) ++tally_.overtakings;
    }
    return absl::OkStatus();
  }

  // One thing that a follower's thread does; failures are part of the game.
  void Follow() {
    const absl::Status status = FollowOnce();
    if (status.ok()) {
      if (applier_->cursor().state != State::kFollowing ||
          applier_->cursor().epoch != upstream_->writer().epoch()) {
        return;
      }
      // Where the power is cut meanwhile, it is looked at another time.
      mirror_->readers().Run({}, [&](Snapshot& db) { return CheckErasures(db); }).IgnoreError();
      return;
    }
    ++tally_.held_up;
    if (disk_.stopped()) Crash();
  }

  absl::Status FollowOnce() {
    if (!opened_) {
      ABSL_RETURN_IF_ERROR(applier_->Open());
      opened_ = true;
    }
    if (applier_->needs_rebuild()) return GoOn();
    if (applier_->cursor().state != State::kFollowing) return applier_->RebuildStep();
    ABSL_RETURN_IF_ERROR(applier_->RetryParked().status());
    feed::v1::SubscribeRequest request = applier_->Request();
    // An upstream that knows nothing of types sends them all.
    if (Roll(2) == 0) request.clear_types();
    auto batch = NextBatch(*upstream_, request);
    if (batch.status().code() == absl::StatusCode::kOutOfRange) return GoOn();
    ABSL_RETURN_IF_ERROR(batch.status());
    ABSL_RETURN_IF_ERROR(Apply(*batch));
    if (Roll(5) > 0) return absl::OkStatus();
    ++tally_.duplicates;
    return Apply(*batch);
  }

  absl::Status Apply(const feed::v1::SubscribeResponse& batch) {
    const int64_t parked = applier_->stats()->parked;
    const int64_t followed = applier_->stats()->followed;
    const absl::Status status = applier_->Apply(applier_->Decode(batch));
    tally_.parked += static_cast<int>(applier_->stats()->parked - parked);
    tally_.followed += applier_->stats()->followed - followed;
    if (status.code() == absl::StatusCode::kOutOfRange) return GoOn();
    return status;
  }

  absl::Status GoOn() {
    ++tally_.rebuilds;
    ABSL_ASSIGN_OR_RETURN(const auto state, StateOfFeed(*upstream_));
    return applier_->GoOnFrom(state);
  }

  void PlanPowerCut() { disk_.StopAfter(static_cast<int64_t>(1 + Roll(60))); }

  // The follower's machine loses its power, and comes back.
  void Crash() {
    ++tally_.crashes;
    applier_.reset();
    mirror_.reset();
    disk_.Crash();
    OpenMirror();
  }

  void Prune() {
    clock_.Advance(absl::Hours(1));
    ASSERT_OK(upstream_->writer().Write(Lane::kTasks, {}, [&](Transaction& tx) {
      return PruneFeed(tx, tx.now(), static_cast<int64_t>(1 + Roll(20))).status();
    }));
  }

  void TakeBackup() {
    std::filesystem::remove(dir_.File("backup.db"));
    ASSERT_OK(upstream_->Backup(dir_.File("backup.db")));
  }

  // What happened after the backup is forgotten, and other things happen instead.
  void RestoreUpstream() {
    if (!std::filesystem::exists(dir_.File("backup.db"))) return;
    ++tally_.restores;
    upstream_.reset();
    for (const char* suffix : {"", "-wal", "-shm"}) {
      std::filesystem::remove(absl::StrCat(dir_.File("upstream.db"), suffix));
    }
    ASSERT_OK(Restore(dir_.File("backup.db"), dir_.File("upstream.db"), "up"));
    OpenUpstream();
    // As customer-svc does, which has the list of them beside its store.
    const std::map<std::string, int64_t> known = erased_at_;
    for (const auto& [id, position] : known) ASSERT_NO_FATAL_FAILURE(Erase(id));
  }

  void AskForRetries() {
    mirror_->writer()
        .Write(Lane::kInteractive, {},
               [](Transaction& tx) { return MakeDue(tx, "up", std::nullopt).status(); })
        .IgnoreError();
  }

  void RaiseVersion() {
    ++version_;
    NewApplier();
  }

  // Some events fail at some times, some at all times until somebody has mended it.
  absl::Status Trouble(const std::string& event) {
    if (mended_) return absl::OkStatus();
    if (Roll(12) == 0) return Unavailable("DOWN", "down", absl::ZeroDuration());
    const size_t fate = std::hash<std::string>()(event);
    return fate % 15 == 0 ? InvalidArgument("BAD", "bad") : absl::OkStatus();
  }

  // Everything is mended; the follower comes to rest.
  void Settle() {
    mended_ = true;
    Crash();
    for (int calm = 0, steps = 0; calm < 3; ++steps) {
      ASSERT_LT(steps, 2000) << "it never comes to rest";
      AskForRetries();
      const absl::Status status = FollowOnce();
      ASSERT_OK(status);
      const bool rests = applier_->cursor().state == State::kFollowing &&
                         applier_->stats()->position == upstream_->writer().position().position() &&
                         applier_->stats()->parked == 0;
      calm = rests ? calm + 1 : 0;
    }
    ASSERT_OK_AND_ASSIGN(const Boxes there, ReadBoxes(*upstream_, "box"));
    ASSERT_OK_AND_ASSIGN(const Boxes here, ReadBoxes(*mirror_, "mirror"));
    EXPECT_EQ(here, there);
    EXPECT_OK(mirror_->readers().Run({}, [](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const auto twice,
                            db.Sql("SELECT COUNT(*) FROM done WHERE times > 1").First<int64_t>());
      EXPECT_EQ(twice, 0) << "events had their effect twice";
      ABSL_ASSIGN_OR_RETURN(const bool parked, IsAnythingParked(db, "up"));
      EXPECT_FALSE(parked);
      return absl::OkStatus();
    }));
  }

  Tally& tally_;
  Mixer mixer_;
  TempDir dir_;
  FakeClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  FaultVfs disk_;
  int64_t labels_ = 0;
  std::map<uint64_t, int> erasures_;          // How many boxes of this number were erased.
  std::map<std::string, int64_t> erased_at_;  // Positions of the events, by id.
  int64_t version_ = 1;
  bool mended_ = false;
  std::unique_ptr<Store> upstream_;
  std::unique_ptr<Store> mirror_;
  FeedHandlers handlers_ = MirrorHandlers(
      [this]() -> absl::StatusOr<Store*> {
        if (!mended_ && Roll(8) == 0) return Unavailable("DOWN", "down", absl::ZeroDuration());
        // A token that has become too old; where there is none, just another failure.
        if (!mended_ && Roll(12) == 0) return FieldError("page_token", "INVALID_PAGE_TOKEN", "old");
        return upstream_.get();
      },
      [this](const std::string&, const std::string& event) { return Trouble(event); });
  std::unique_ptr<FeedApplier> applier_;
  bool opened_ = false;
};

TEST(FollowerSimulation, InTheEndTheFollowersStateIsTheUpstreams) {
  const int seeds = Seeds();
  Tally tally;
  for (int seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Life(static_cast<uint64_t>(seed), tally).Run();
    if (HasFailure()) return;
  }
  EXPECT_GT(tally.followed, seeds * 20);
  for (const int count : {tally.crashes, tally.rebuilds, tally.parked, tally.held_up}) {
    EXPECT_GT(count, seeds);
  }
  EXPECT_GT(tally.overtakings, 0);
  EXPECT_GT(tally.restores, seeds / 4);
  EXPECT_GT(tally.duplicates, seeds / 4);
}

}  // namespace
}  // namespace regulars::follow
