// The follower's own thread among others, without gRPC, so that ThreadSanitizer sees all of it: the
// upstream changes and prunes, people ask for retries and look at the state, the follower is
// stopped and started again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/time/clock.h"
#include "chassis/feed/follow_fixture.h"
#include "chassis/feed/follow_tables.h"
#include "chassis/feed/follower.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"

namespace regulars::follow {
namespace {

using ::regulars::testing::TempStore;

constexpr int kWriters = 2;
constexpr int kChanges = 150;
constexpr int kRestarts = 5;

// The feed of a store in this process, on a thread for each subscription.
class StoreSource : public FeedSource {
 public:
  explicit StoreSource(Store& upstream) : upstream_(upstream) {}

  std::unique_ptr<Subscription> Subscribe(const Origin&, const feed::v1::SubscribeRequest& request,
                                          Sink sink) override {
    return std::make_unique<Thread>(upstream_, request, std::move(sink));
  }
  absl::StatusOr<feed::v1::FeedState> State(const Origin&) override {
    return StateOfFeed(upstream_);
  }

 private:
  class Thread : public Subscription {
   public:
    Thread(Store& upstream, feed::v1::SubscribeRequest request, Sink sink)
        : upstream_(upstream),
          request_(std::move(request)),
          sink_(std::move(sink)),
          thread_([this] { Run(); }) {}
    ~Thread() override {
      ending_ = true;
      thread_.join();
    }
    void Next() override { wanted_ = true; }

   private:
    void Run() {
      while (!ending_) {
        const bool news = upstream_.writer().position().position() > request_.after();
        if (!wanted_ || !news) {
          absl::SleepFor(absl::Microseconds(200));
          continue;
        }
        wanted_ = false;
        auto batch = NextBatch(upstream_, request_);
        const bool last = !batch.ok();
        if (!last) {
          request_.set_epoch(batch->epoch());
          request_.set_after(batch->position());
        }
        sink_(std::move(batch));
        if (last) return;
      }
    }

    Store& upstream_;
    feed::v1::SubscribeRequest request_;
    const Sink sink_;
    std::atomic<bool> wanted_{true};
    std::atomic<bool> ending_{false};
    std::thread thread_;
  };

  Store& upstream_;
};

TEST(FollowerConcurrency, WhateverOthersDoMeanwhileTheStateIsTheUpstreams) {
  TempStore upstream(kUpstreamMigrations);
  TempStore mirror(kMirrorMigrations);
  Metrics metrics;
  const rpc::Environment environment = {.service = "down", .store = &*mirror, .metrics = &metrics};
  std::atomic<bool> mended{false};
  std::atomic<int> calls{0};
  const auto start = [&] {
    auto follower = std::make_unique<Follower>(
        environment, std::make_unique<StoreSource>(*upstream), FollowerOptions{.upstream = "up"},
        MirrorHandlers([&]() -> absl::StatusOr<Store*> { return &*upstream; },
                       [&](const std::string& subject, const std::string&) -> absl::Status {
                         if (mended) return absl::OkStatus();
                         if (++calls % 40 == 0) return Aborted("RACE", "race");
                         return subject == "boxes/3" ? InvalidArgument("BAD", "bad")
                                                     : absl::OkStatus();
                       }));
    follower->Start();
    return follower;
  };
  const auto retry = [&] {
    EXPECT_OK(mirror.Write([](Transaction& tx) -> absl::Status {
      tx.Ring(FollowerBell("up"));
      return MakeDue(tx, "up", std::nullopt).status();
    }));
  };
  std::vector<std::thread> threads;
  for (int w = 0; w < kWriters; ++w) {
    threads.emplace_back([&upstream, w] {
      for (int i = 0; i < kChanges; ++i) {
        EXPECT_OK(upstream->writer().Write(Lane::kInteractive, {}, [&](Transaction& tx) {
          const std::string id = absl::StrCat(i % 7);
          return i % 5 == 4 ? RemoveBox(tx, id) : SetBox(tx, id, absl::StrCat(w, "-", i));
        }));
      }
    });
  }
  std::atomic<bool> done{false};
  threads.emplace_back([&] {
    while (!done) {
      upstream.clock().Advance(absl::Seconds(1));
      EXPECT_OK(
          upstream.Write([](Transaction& tx) { return PruneFeed(tx, tx.now(), 10).status(); }));
      retry();
      metrics.Text();
      environment.warnings->Lines();
      absl::SleepFor(absl::Milliseconds(3));
    }
  });
  std::unique_ptr<Follower> follower;
  for (int i = 0; i < kRestarts; ++i) {
    follower = start();
    absl::SleepFor(absl::Milliseconds(30));
    follower->Stop();
  }
  follower = start();
  threads[0].join();
  threads[1].join();
  done = true;
  threads[2].join();
  mended = true;
  Boxes here, there = ReadBoxes(*upstream, "box").value();
  for (int i = 0; i < 10'000; ++i) {
    if (i % 50 == 0) retry();
    here = ReadBoxes(*mirror, "mirror").value();
    if (here == there) break;
    absl::SleepFor(absl::Milliseconds(1));
  }
  follower->Stop();
  EXPECT_EQ(here, there);
}

// An upstream that takes subscriptions and says nothing.
class SilentSource : public FeedSource {
 public:
  SilentSource(Store& upstream, std::atomic<int>& subscriptions)
      : upstream_(upstream), subscriptions_(subscriptions) {}

  std::unique_ptr<Subscription> Subscribe(const Origin&, const feed::v1::SubscribeRequest&,
                                          Sink) override {
    ++subscriptions_;
    return std::make_unique<Silence>();
  }
  absl::StatusOr<feed::v1::FeedState> State(const Origin&) override {
    return StateOfFeed(upstream_);
  }

 private:
  class Silence : public Subscription {
    void Next() override {}
  };

  Store& upstream_;
  std::atomic<int>& subscriptions_;
};

TEST(FollowerConcurrency, SilenceIsNoticedThoughTheBellRingsAllTheTime) {
  TempStore upstream(kUpstreamMigrations);
  TempStore mirror(kMirrorMigrations);
  Metrics metrics;
  const rpc::Environment environment = {.service = "down", .store = &*mirror, .metrics = &metrics};
  std::atomic<int> subscriptions{0};
  Follower follower(environment, std::make_unique<SilentSource>(*upstream, subscriptions),
                    {.upstream = "up", .longest_silence = absl::Milliseconds(300)},
                    MirrorHandlers([&]() -> absl::StatusOr<Store*> { return &*upstream; }));
  follower.Start();
  for (int i = 0; i < 10'000 && subscriptions < 3; ++i) {
    EXPECT_OK(mirror.Write([](Transaction& tx) {
      tx.Ring(FollowerBell("up"));
      return absl::OkStatus();
    }));
    absl::SleepFor(absl::Milliseconds(1));
  }
  follower.Stop();
  EXPECT_GE(subscriptions, 3);
}

}  // namespace
}  // namespace regulars::follow
