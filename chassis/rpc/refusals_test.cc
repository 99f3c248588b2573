#include "chassis/rpc/refusals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"
#include "chassis/testing/writer_gate.h"

namespace regulars::rpc {
namespace {

using ::regulars::testing::TempStore;
using ::regulars::testing::WriterGate;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RefusalsTest : public ::testing::Test {
 protected:
  void Add(const std::string& caller, const std::string& method,
           const std::string& reason = "SCOPE_MISSING") {
    auto known = std::make_shared<auth::Caller>(auth::Caller{.principal = caller});
    refusals_.Add(*store_,
                  {.origin = {.caller = std::move(known)}, .method = method, .reason = reason});
  }
  void AfterMinutes(int minutes) {
    store_.clock().Advance(absl::Minutes(minutes));
    refusals_.RecordDue(*store_);
  }

  // The rows since the last time, "caller method reason count".
  std::vector<std::string> Rows() {
    // What was queued before this is written then.
    EXPECT_OK(
        store_->writer().Write(Lane::kTasks, {}, [](Transaction&) { return absl::OkStatus(); }));
    std::vector<std::string> rows;
    EXPECT_OK(store_.Read([&](Snapshot& db) {
      return db
          .Sql(
              "SELECT id, principal, method, result, item_count FROM audit WHERE id > ? ORDER BY "
              "id",
              seen_)
          .Each<int64_t, std::string, std::string, std::string, int64_t>(
              [&](int64_t id, const std::string& caller, const std::string& method,
                  const std::string& reason, int64_t count) {
                seen_ = id;
                rows.push_back(absl::StrCat(caller, " ", method, " ", reason, " ", count));
              });
    }));
    return rows;
  }

  TempStore store_{{}, {.writer_limits = {.queue_per_lane = 2 * Refusals::kMaxKinds}}};
  Refusals refusals_;
  int64_t seen_ = 0;
};

TEST_F(RefusalsTest, TheFirstIsRecordedAtOnceAndThoseThatFollowOnceAMinute) {
  Add("users/a", "Get");
  EXPECT_THAT(Rows(), ElementsAre("users/a Get SCOPE_MISSING 1"));
  for (int i = 0; i < 600; ++i) Add("users/a", "Get");
  store_.clock().Advance(absl::Seconds(59));
  refusals_.RecordDue(*store_);
  EXPECT_THAT(Rows(), IsEmpty());
  store_.clock().Advance(absl::Seconds(1));
  refusals_.RecordDue(*store_);
  EXPECT_THAT(Rows(), ElementsAre("users/a Get SCOPE_MISSING 600"));
  Add("users/a", "Get");
  EXPECT_THAT(Rows(), IsEmpty()) << "not a minute since the last row";
  AfterMinutes(1);
  EXPECT_THAT(Rows(), ElementsAre("users/a Get SCOPE_MISSING 1"));
  AfterMinutes(1);
  EXPECT_THAT(Rows(), IsEmpty()) << "nothing came";
  Add("users/a", "Get");
  EXPECT_THAT(Rows(), ElementsAre("users/a Get SCOPE_MISSING 1")) << "a first one again";
}

TEST_F(RefusalsTest, CallerMethodAndReasonMakeAKind) {
  for (int i = 0; i < 3; ++i) {
    Add("users/a", "Get");
    Add("users/b", "Get");
    Add("users/a", "List");
    Add("users/a", "Get", "OTHER");
  }
  EXPECT_THAT(Rows(), ElementsAre("users/a Get SCOPE_MISSING 1", "users/b Get SCOPE_MISSING 1",
                                  "users/a List SCOPE_MISSING 1", "users/a Get OTHER 1"));
  AfterMinutes(1);
  EXPECT_THAT(Rows(), ElementsAre("users/a Get SCOPE_MISSING 2", "users/b Get SCOPE_MISSING 2",
                                  "users/a List SCOPE_MISSING 2", "users/a Get OTHER 2"));
}

TEST_F(RefusalsTest, AClockThatIsPutBackHidesNothing) {
  Add("users/a", "Get");
  Add("users/a", "Get");
  AfterMinutes(-60);
  EXPECT_THAT(Rows(), ElementsAre("users/a Get SCOPE_MISSING 1", "users/a Get SCOPE_MISSING 1"));
}

TEST_F(RefusalsTest, OneKindTooManyPushesOutTheOldest) {
  for (size_t i = 0; i < Refusals::kMaxKinds; ++i) Add("users/a", absl::StrCat("Get", i));
  for (int i = 0; i < 3; ++i) Add("users/a", "Get0");
  EXPECT_EQ(Rows().size(), Refusals::kMaxKinds);
  Add("users/b", "Get");
  EXPECT_THAT(Rows(), ElementsAre("users/b Get SCOPE_MISSING 1", "users/a Get0 SCOPE_MISSING 3"));
  Add("users/a", "Get0");
  EXPECT_THAT(Rows(), ElementsAre("users/a Get0 SCOPE_MISSING 1")) << "a first one again";
}

TEST_F(RefusalsTest, TheEndRecordsWhatWasCounted) {
  Add("users/a", "Get");
  Add("users/a", "Get");
  Add("users/b", "Get");
  EXPECT_EQ(Rows().size(), 2u);
  refusals_.RecordAll(*store_);
  EXPECT_THAT(Rows(), ElementsAre("users/a Get SCOPE_MISSING 1"));
}

TEST_F(RefusalsTest, TheyNeverStandInTheWayOfWrites) {
  WriterGate gate(store_->writer());
  // The sixteen that are left over find the lane full.
  constexpr int kTooMany = 16;
  for (size_t i = 0; i < 2 * Refusals::kMaxKinds + kTooMany; ++i) {
    Add("users/a", absl::StrCat("Get", i));
  }
  EXPECT_EQ(store_->writer().QueueLength(Lane::kInteractive), 0u);
  EXPECT_EQ(store_->writer().QueueLength(Lane::kTasks), 2 * Refusals::kMaxKinds);
  EXPECT_EQ(refusals_.unrecorded(), kTooMany);
  gate.Release();
  // A write waits for the interactive lane alone.
  EXPECT_OK(store_.Write([](Transaction&) { return absl::OkStatus(); }));
}

TEST_F(RefusalsTest, WhatAClosedStoreDoesNotTakeIsCounted) {
  store_->writer().Stop();
  Add("users/a", "Get");
  Add("users/a", "Get");
  EXPECT_EQ(refusals_.unrecorded(), 1);
  refusals_.RecordAll(*store_);
  EXPECT_EQ(refusals_.unrecorded(), 2);
}

}  // namespace
}  // namespace regulars::rpc
