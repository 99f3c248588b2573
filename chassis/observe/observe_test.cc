#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chassis/observe/log.h"
#include "chassis/observe/metrics.h"
#include "chassis/testing/status_matchers.h"

namespace regulars {
namespace {

using ::testing::HasSubstr;

TEST(Log, EscapesWhatCallersSend) {
  EXPECT_EQ(FormatLogFields("a\"b", {{"k", "x\ny\\\xff"}}),
            R"("message":"a\"b","k":"x\u000ay\\\u00ff")");
}

TEST(Log, RefusesUnknownLevels) {
  EXPECT_FALSE(StartLog("test", "loud").ok());
  EXPECT_OK(StartLog("test", "warning"));
}

TEST(Metrics, CountCallsByMethodAndCode) {
  Metrics metrics;
  metrics.ForCalls("a.B/C").Count(absl::StatusCode::kOk, absl::Milliseconds(3));
  metrics.ForCalls("a.B/C").Count(absl::StatusCode::kNotFound, absl::Milliseconds(3));
  metrics.ForCalls("a.B/C").Count(absl::StatusCode::kNotFound, absl::Milliseconds(30));
  double queue = 7;
  metrics.AddGauge("regulars_queue", "Queued", {{"lane", "tasks"}}, [&] { return queue; });
  queue = 8;
  double done = 3;
  metrics.AddCounter("regulars_done", "Done", {}, [&] { return done; });
  EXPECT_THAT(metrics.Text(), HasSubstr("\nregulars_done 3"));
  done = 5;
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr(R"(regulars_calls_total{code="NOT_FOUND",method="a.B/C"} 2)"));
  EXPECT_THAT(text, HasSubstr(R"(regulars_calls_total{code="OK",method="a.B/C"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(regulars_call_seconds_bucket{method="a.B/C",le="0.005"} 2)"));
  EXPECT_THAT(text, HasSubstr(R"(regulars_queue{lane="tasks"} 8)"));
  EXPECT_THAT(text, HasSubstr("# TYPE regulars_done counter\nregulars_done 5"));
}

}  // namespace
}  // namespace regulars
