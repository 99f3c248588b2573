// A FeedApplier between an upstream and its mirror, step by step.
#ifndef CHASSIS_FEED_APPLIER_FIXTURE_H_
#define CHASSIS_FEED_APPLIER_FIXTURE_H_

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "chassis/feed/feed_applier.h"
#include "chassis/feed/follow_fixture.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"

namespace regulars::follow {

class ApplierTest : public ::testing::Test {
 protected:
  ApplierTest() { Restart(); }

  // Forgets all that is not in the store.
  void Restart(int64_t backfill_version = 1) {
    applier_ = std::make_unique<FeedApplier>(
        *mirror_,
        FeedApplier::Options{
            .service = "test", .upstream = "up", .backfill_version = backfill_version},
        handlers_);
    ASSERT_OK(applier_->Open());
  }

  void Set(const std::string& id, const std::string& label) {
    ASSERT_OK(upstream_.Write([&](Transaction& tx) { return SetBox(tx, id, label); }));
  }
  void Remove(const std::string& id) {
    ASSERT_OK(upstream_.Write([&](Transaction& tx) { return RemoveBox(tx, id); }));
  }
  void Publish(const Event& event, const Origin& origin = {}) {
    ASSERT_OK(upstream_->writer().Write(Lane::kInteractive, origin, [&](Transaction& tx) {
      tx.Publish(event);
      return absl::OkStatus();
    }));
  }

  feed::v1::SubscribeResponse Next() {
    auto batch = NextBatch(*upstream_, applier_->Request());
    EXPECT_OK(batch);
    return *std::move(batch);
  }
  absl::Status FollowOnce() { return applier_->Apply(applier_->Decode(Next())); }
  absl::Status GoOn() {
    ABSL_ASSIGN_OR_RETURN(const auto state, StateOfFeed(*upstream_));
    return applier_->GoOnFrom(state);
  }
  // Until it follows again; how many steps that takes.
  int Rebuild() {
    int steps = 0;
    for (; applier_->cursor().state != State::kFollowing && steps < 100; ++steps) {
      EXPECT_OK(applier_->RebuildStep());
    }
    return steps;
  }

  Boxes MirrorNow() { return ReadBoxes(*mirror_, "mirror").value(); }
  Boxes UpstreamNow() { return ReadBoxes(*upstream_, "box").value(); }
  std::vector<Parked> ParkedNow() {
    std::vector<Parked> parked;
    EXPECT_OK(mirror_.Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(ParkedPage page, ListParked(db, "up", 0, 100, 1 << 20));
      EXPECT_FALSE(page.more);
      parked = std::move(page.parked);
      return absl::OkStatus();
    }));
    EXPECT_EQ(applier_->stats()->parked, static_cast<int64_t>(parked.size()));
    return parked;
  }
  std::vector<std::string> ParkedReasons() {
    std::vector<std::string> reasons;
    for (const Parked& parked : ParkedNow()) {
      reasons.push_back(absl::StrCat(parked.position, " ", parked.reason));
    }
    return reasons;
  }
  void MakeAllDue() {
    ASSERT_OK(
        mirror_.Write([](Transaction& tx) { return MakeDue(tx, "up", std::nullopt).status(); }));
  }

  testing::TempStore upstream_{kUpstreamMigrations};
  testing::TempStore mirror_{kMirrorMigrations};
  std::map<std::string, absl::Status> trouble_;  // By subject.
  absl::Status refusal_;                         // Of the next page of a rebuild.
  bool throws_ = false;                          // Reading that page.
  FeedHandlers handlers_ = MirrorHandlers(
      [this]() -> absl::StatusOr<Store*> {
        if (throws_) throw std::runtime_error("out of cheese");
        if (!refusal_.ok()) return refusal_;
        return &*upstream_;
      },
      [this](const std::string& subject, const std::string&) {
        const auto found = trouble_.find(subject);
        return found == trouble_.end() ? absl::OkStatus() : found->second;
      });
  std::unique_ptr<FeedApplier> applier_;
};

}  // namespace regulars::follow

#endif  // CHASSIS_FEED_APPLIER_FIXTURE_H_
