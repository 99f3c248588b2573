#include "bench/served_feed.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bench/report.h"
#include "chassis/base/check.h"
#include "chassis/feed/feed_service.h"
#include "chassis/feed/follower.h"

namespace regulars::bench {
namespace {

constexpr int kEventsPerChange = 10'000;
constexpr char kUpstream[] = "up";

std::unique_ptr<Store> OpenStore(const std::string& path, const std::string& service,
                                 absl::Span<const Migration> migrations) {
  auto store = Store::Open({.path = path, .service = service, .migrations = migrations});
  CHECK(store.ok());  // The folder was made for this.
  return *std::move(store);
}

void PublishAll(Store& store, int count, const std::function<Event(int)>& make) {
  for (int begin = 0; begin < count; begin += kEventsPerChange) {
    const auto publish = [&](Transaction& tx) {
      for (int i = begin; i < std::min(begin + kEventsPerChange, count); ++i) tx.Publish(make(i));
      return absl::OkStatus();
    };
    CHECK(store.writer().Write(Lane::kInteractive, {}, publish).ok());
  }
}

// Sleeps until the store has followed to `position`; when that was.
absl::Time Await(PositionSignal& followed, int64_t position) {
  while (followed.position() < position) absl::SleepFor(absl::Milliseconds(1));
  return absl::Now();
}

double FollowOnce(const std::string& path, Peer& peer, const Following& following) {
  const auto store = OpenStore(path, following.service, following.migrations);
  Metrics metrics;
  const rpc::Environment environment = {
      .service = following.service, .store = store.get(), .metrics = &metrics};
  Follower follower(environment, &peer, {.upstream = kUpstream}, following.handlers());
  PositionSignal& followed = environment.followed->Of(kUpstream).followed;
  absl::Time start = absl::Now();
  follower.Start();
  if (following.from > 0) start = Await(followed, following.from);
  const int64_t first = followed.position();
  const absl::Time end = Await(followed, following.to);
  follower.Stop();
  return static_cast<double>(following.to - first) / absl::ToDoubleSeconds(end - start);
}

}  // namespace

Child ServeFeed(const std::string& folder, int count, const std::function<Event(int)>& make) {
  return Child([&](const auto& ready, const auto& stopped) {
    const std::unique_ptr<Store> store = OpenStore(folder + "/upstream.db", kUpstream, {});
    PublishAll(*store, count, make);
    Metrics metrics;
    std::atomic<bool> draining{false};
    const rpc::Environment environment = {
        .service = kUpstream,
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

double FollowServed(const std::string& folder, const std::string& address, int rounds,
                    const Following& following) {
  const std::string figures = folder + "/followed";
  {
    const Child follower([&](const auto& ready, const auto&) {
      Peer peer(kUpstream, grpc::CreateChannel(address, grpc::InsecureChannelCredentials()),
                []() -> absl::StatusOr<std::string> { return "bench"; });
      std::vector<double> rates;
      for (int round = 0; round < rounds; ++round) {
        const std::string path = absl::StrCat(folder, "/follower", round, ".db");
        rates.push_back(FollowOnce(path, peer, following));
      }
      std::ofstream(figures) << Median(rates);
      ready(1);  // No port: done.
    });
  }
  double rate = 0;
  std::ifstream(figures) >> rate;
  CHECK(rate > 0);  // It has written one.
  return rate;
}

}  // namespace regulars::bench
