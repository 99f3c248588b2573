// What following costs: one service reads another's feed, an event at a time has its effect of one
// row, and the cursor moves with it. Both are processes of their own.
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bench/benches.h"
#include "bench/child.h"
#include "chassis/base/check.h"
#include "chassis/feed/feed_service.h"
#include "chassis/feed/follower.h"
#include "chassis/storage/store.h"
#include "regulars/testing/v1/box.pb.h"

namespace regulars::bench {
namespace {

using testing::v1::Box;

constexpr int kRounds = 5;
constexpr int kEvents = 200'000;
constexpr int kEventsPerChange = 10'000;

constexpr Migration kMigrations[] = {
    {1, "CREATE TABLE box(name TEXT PRIMARY KEY, label TEXT NOT NULL) WITHOUT ROWID"}};

std::unique_ptr<Store> OpenStore(const std::string& path) {
  auto store = Store::Open({.path = path, .service = "bench", .migrations = kMigrations});
  CHECK(store.ok());  // The folder was made for this.
  return *std::move(store);
}

void PublishAll(Store& store) {
  for (int begin = 0; begin < kEvents; begin += kEventsPerChange) {
    CHECK(store.writer()
              .Write(Lane::kInteractive, {},
                     [begin](Transaction& tx) {
                       for (int i = begin; i < begin + kEventsPerChange; ++i) {
                         Box box;
                         box.set_name(absl::StrCat("boxes/06g1x7k3vq8s5e0h4m2n", i));
                         box.set_label(std::string(80, 'x'));
                         tx.Publish(PackEvent(box.name(), "", box));
                       }
                       return absl::OkStatus();
                     })
              .ok());
  }
}

Child StartUpstream(const std::string& folder) {
  return Child([&](const auto& ready, const auto& stopped) {
    const std::unique_ptr<Store> store = OpenStore(folder + "/upstream.db");
    PublishAll(*store);
    Metrics metrics;
    std::atomic<bool> draining{false};
    const rpc::Environment environment = {
        .service = "up",
        .store = store.get(),
        .metrics = &metrics,
        .authenticate =
            [](absl::string_view) {
              return std::make_shared<const auth::Caller>(
                  auth::Caller{.principal = "services/bench", .scopes = {"up.read"}});
            },
        .draining = &draining};
    const auto feed = MakeFeedService(environment);
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(feed.get());
    auto server = builder.BuildAndStart();
    ready(port);
    stopped();
    draining = true;
    store->writer().position().Close();
    server->Shutdown(std::chrono::system_clock::now());
    server->Wait();
  });
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

// Follows from the first event to the last; events a second.
double FollowAll(const std::string& path, Peer& peer) {
  const std::unique_ptr<Store> store = OpenStore(path);
  Metrics metrics;
  const rpc::Environment environment = {
      .service = "bench", .store = store.get(), .metrics = &metrics};
  Follower follower(environment, &peer, {.upstream = "up"}, OneRow());
  PositionSignal& followed = environment.followed->Of("up").followed;
  const absl::Time start = absl::Now();
  follower.Start();
  while (followed.position() < kEvents) absl::SleepFor(absl::Milliseconds(1));
  const absl::Duration took = absl::Now() - start;
  follower.Stop();
  return kEvents / absl::ToDoubleSeconds(took);
}

}  // namespace

void BenchFollow(const std::string& folder, Report& report) {
  const Child upstream = StartUpstream(folder);
  const std::string figures = folder + "/followed";
  {
    const Child follower([&](const auto& ready, const auto&) {
      Peer peer("up", grpc::CreateChannel(upstream.address(), grpc::InsecureChannelCredentials()),
                []() -> absl::StatusOr<std::string> { return "bench"; });
      std::vector<double> rates;
      for (int round = 0; round < kRounds; ++round) {
        rates.push_back(FollowAll(absl::StrCat(folder, "/follower", round, ".db"), peer));
      }
      std::ofstream(figures) << Median(rates);
      ready(1);  // No port: done.
    });
  }
  double rate = 0;
  std::ifstream(figures) >> rate;
  report.Add(
      {"follower: events with an effect of one row", rate, "events/s", std::nullopt, 30'000});
}

}  // namespace regulars::bench
