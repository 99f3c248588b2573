// What following costs: one service reads another's feed, an event at a time has its effect of one
// row, and the cursor moves with it. Both are processes of their own.
#include "absl/strings/str_cat.h"
#include "bench/benches.h"
#include "bench/served_feed.h"
#include "regulars/testing/v1/box.pb.h"

namespace regulars::bench {
namespace {

using testing::v1::Box;

constexpr int kRounds = 5;
constexpr int kEvents = 200'000;

constexpr Migration kMigrations[] = {
    {1, "CREATE TABLE box(name TEXT PRIMARY KEY, label TEXT NOT NULL) WITHOUT ROWID"}};

Event BoxEvent(int i) {
  Box box;
  box.set_name(absl::StrCat("boxes/06g1x7k3vq8s5e0h4m2n", i));
  box.set_label(std::string(80, 'x'));
  return PackEvent(box.name(), "", box);
}

FeedHandlers OneRow() {
  FeedHandlers handlers;
  handlers.On<Box>([](Transaction& tx, const FollowedEvent&, const Box& box) {
    return tx
        .Sql(
            "INSERT INTO box VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET label = "
            "excluded.label",
            box.name(), box.label())
        .Run();
  });
  return handlers;
}

}  // namespace

void BenchFollow(const std::string& folder, Report& report) {
  const Child upstream = ServeFeed(folder, kEvents, BoxEvent);
  const double rate = FollowServed(
      folder, upstream.address(), kRounds,
      {.service = "bench", .migrations = kMigrations, .handlers = OneRow, .to = kEvents});
  report.Add(
      {"follower: events with an effect of one row", rate, "events/s", std::nullopt, 30'000});
}

}  // namespace regulars::bench
