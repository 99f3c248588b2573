#include "chassis/server/store_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"

namespace regulars {
namespace {

using ::testing::HasSubstr;

TEST(StoreMetrics, TellWhatTheStoreCounts) {
  testing::TempStore store({}, {.read_queue = 0});
  Metrics metrics;
  ExportStore(*store, metrics);
  EXPECT_OK(store.Write([](Transaction& tx) {
    tx.Publish({.type = "x"});
    return absl::OkStatus();
  }));
  EXPECT_FALSE(store.Write([](Transaction&) { return absl::AbortedError("no"); }).ok());
  EXPECT_FALSE(store.Read([](Snapshot&) { return absl::OkStatus(); }).ok());
  const std::string text = metrics.Text();
  for (const char* line : {"regulars_commits 2", "regulars_changes 1",
                           "regulars_changes_failed_total 1", "regulars_changes_refused_total 0",
                           "regulars_changes_gone_total 0", "regulars_store_reopened_total 0",
                           "regulars_reads_refused_total 1", "regulars_store_closed 0",
                           "regulars_feed_position 1", "regulars_write_queue{lane=\"tasks\"} 0",
                           "regulars_read_queue 0", "regulars_longest_wait_for_slice_us 0"}) {
    EXPECT_THAT(text, HasSubstr(absl::StrCat("\n", line, "\n")));
  }
}

}  // namespace
}  // namespace regulars
