#include "cli/table.h"

#include <gtest/gtest.h>

#include <sstream>

#include "chassis/base/clock.h"
#include "cli/progress.h"

namespace regulars::cli {
namespace {

TEST(Table, AlignsByWhatIsSeen) {
  Table table({{"NAME"}, {"REVENUE", Align::kRight}, {"NOTE"}});
  table.Add({"Müller", "1.00 GBP", ""});
  table.Add({"李小龍龍", "12.50 GBP", "x"});
  std::ostringstream out;
  table.Print(out, 0);
  EXPECT_EQ(out.str(),
            "NAME        REVENUE  NOTE\n"
            "Müller     1.00 GBP\n"
            "李小龍龍  12.50 GBP  x\n");
}

TEST(Table, LaterRowsKeepTheWidthsOfTheFirst) {
  Table table({{"A"}, {"B"}});
  std::ostringstream out;
  table.Print(out, 0);
  EXPECT_EQ(out.str(), "");  // No titles without rows.
  table.Add({"1234", "x"});
  table.Print(out, 0);
  table.Add({"1", "y"});
  table.Add({"123456", "z"});
  table.Print(out, 0);
  EXPECT_EQ(out.str(), "A     B\n1234  x\n1     y\n123456  z\n");
}

TEST(Table, CutsTheWidestThatMayBeCut) {
  Table table({{"ID"}, {"NAME", Align::kLeft, true}, {"TEXT", Align::kLeft, true}});
  table.Add({"0123456789", "a name of twenty char", "twelve chars"});
  std::ostringstream out;
  table.Print(out, 38);
  EXPECT_EQ(out.str(),
            "ID          NAME          TEXT\n"
            "0123456789  a name of t…  twelve chars\n");
}

TEST(Details, LeavesOutWhatIsEmpty) {
  Details details;
  details.Add("Name", "Ada").Add("Company", "").Add("Größe", "5");
  std::ostringstream out;
  details.Print(out);
  EXPECT_EQ(out.str(), "Name:  Ada\nGröße: 5\n");
}

TEST(ProgressLine, SaysHowFar) {
  EXPECT_EQ(ProgressLine("sending", {.done = 1, .total = 2}),
            "sending  [############------------]   50%");
  EXPECT_EQ(ProgressLine("reading", {.done = 7, .remark = "7 lines"}), "reading  7 lines");
  EXPECT_EQ(ProgressLine("x", {.done = 5, .total = 4}), "x  [########################]  100%");
}

TEST(Progress, DrawsOnTerminalsOnlyAndNotTooOften) {
  std::ostringstream out;
  std::ostringstream err;
  FakeClock clock(absl::FromUnixSeconds(1));
  World world{.out = out, .err = err, .clock = clock};
  {
    Progress progress(world, "x");
    progress.Update({.done = 1, .total = 2});
  }
  EXPECT_EQ(err.str(), "");
  world.err_is_terminal = true;
  {
    Progress progress(world, "x");
    progress.Update({.remark = "one"});
    progress.Update({.remark = "two"});
    clock.Advance(absl::Milliseconds(100));
    progress.Update({.remark = "three"});
  }
  EXPECT_EQ(err.str(), "\r\x1b[Kx  one\r\x1b[Kx  three\r\x1b[K");
}

}  // namespace
}  // namespace regulars::cli
