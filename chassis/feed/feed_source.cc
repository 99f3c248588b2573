#include "chassis/feed/feed_source.h"

#include <grpcpp/support/client_callback.h>

#include <condition_variable>
#include <mutex>
#include <utility>

#include "chassis/rpc/status_proto.h"
#include "regulars/feed/v1/feed_service.grpc.pb.h"

namespace regulars {
namespace {

using feed::v1::FeedService;
using feed::v1::SubscribeRequest;
using feed::v1::SubscribeResponse;

// One call of Subscribe. Reads are begun from the follower's thread, so the call is held open until
// the last of them has ended.
class PeerSubscription : public FeedSource::Subscription,
                         public grpc::ClientReadReactor<SubscribeResponse> {
 public:
  PeerSubscription(Peer& peer, const Origin& origin, const SubscribeRequest& request,
                   FeedSource::Sink sink)
      : stub_(peer.channel()), request_(request), sink_(std::move(sink)) {
    const absl::Status ready = peer.Prepare(context_, origin, absl::InfiniteFuture());
    if (!ready.ok()) {
      done_ = true;
      sink_(ready);
      return;
    }
    stub_.async()->Subscribe(&context_, &request_, this);
    AddHold();
    reading_ = true;
    StartRead(&response_);
    StartCall();
  }

  ~PeerSubscription() override {
    std::unique_lock lock(mutex_);
    if (done_) return;
    silent_ = true;
    // gRPC may call back from within.
    lock.unlock();
    context_.TryCancel();
    lock.lock();
    if (!reading_) LetGo();
    ended_.wait(lock, [this] { return done_; });
  }

  void Next() override {
    {
      const std::lock_guard lock(mutex_);
      if (done_ || reading_ || !held_) return;
      reading_ = true;
    }
    StartRead(&response_);
  }

  void OnReadDone(bool ok) override {
    SubscribeResponse response;
    {
      const std::lock_guard lock(mutex_);
      reading_ = false;
      if (!ok || silent_) return LetGo();
      response.Swap(&response_);
    }
    sink_(std::move(response));
  }

  void OnDone(const grpc::Status& status) override {
    absl::Status why = FromGrpc(status);
    if (why.ok()) why = absl::UnavailableError("the upstream ended the stream");
    bool silent;
    {
      const std::lock_guard lock(mutex_);
      silent = silent_;
    }
    if (!silent) sink_(std::move(why));
    // Under the lock: the destructor may go on the moment that it is free.
    const std::lock_guard lock(mutex_);
    done_ = true;
    ended_.notify_one();
  }

 private:
  // The caller holds mutex_.
  void LetGo() {
    if (!std::exchange(held_, false)) return;
    RemoveHold();
  }

  FeedService::Stub stub_;
  grpc::ClientContext context_;
  const SubscribeRequest request_;
  const FeedSource::Sink sink_;
  SubscribeResponse response_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool reading_ = false;  // Guarded by mutex_, as all below.
  bool held_ = true;
  bool silent_ = false;  // Nobody wants to hear any more.
  bool done_ = false;
};

class PeerSource : public FeedSource {
 public:
  explicit PeerSource(Peer& peer) : peer_(peer) {}

  std::unique_ptr<Subscription> Subscribe(const Origin& origin, const SubscribeRequest& request,
                                          Sink sink) override {
    return std::make_unique<PeerSubscription>(peer_, origin, request, std::move(sink));
  }

  absl::StatusOr<feed::v1::FeedState> State(const Origin& origin) override {
    feed::v1::GetFeedStateRequest request;
    request.set_name("feed");
    return peer_.Call(origin, &FeedService::Stub::GetFeedState, request);
  }

 private:
  Peer& peer_;
};

}  // namespace

std::unique_ptr<FeedSource> FeedOf(Peer& peer) { return std::make_unique<PeerSource>(peer); }

}  // namespace regulars
