// Server streams, page by page: a read with a cursor is called again and again, each time with a
// fresh snapshot; between pages nothing is held but the cursor. A page is asked for when the one
// before has gone out, so a slow client slows only itself. Who waits for what is new does so until
// the token ends; what was there already still goes out, for kLongestAfterToken.
#ifndef CHASSIS_RPC_PAGES_H_
#define CHASSIS_RPC_PAGES_H_

#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "chassis/base/errors.h"
#include "chassis/base/exceptions.h"
#include "chassis/rpc/call.h"
#include "chassis/rpc/place.h"
#include "chassis/rpc/status_proto.h"

namespace regulars::rpc {

// A long list that was asked for with a good token cannot be gone on with by another call.
inline constexpr absl::Duration kLongestAfterToken = absl::Hours(1);

// What comes after a page.
struct PageEnd {
  enum Next { kMore, kDone, kWait };
  Next next = kDone;
  // With kWait: ask again when the feed has passed this position, or after `timeout`.
  int64_t position = 0;
  absl::Duration timeout = absl::Seconds(15);
};

// Fills `page` from `cursor` (empty at first) on, and moves the cursor.
template <typename Request, typename Response>
using PageFunction = std::function<absl::StatusOr<PageEnd>(
    Snapshot&, const Request&, std::string& cursor, std::vector<Response>& page)>;

// Serves one stream. Owns itself: gRPC calls OnDone() when nothing refers to it any more.
//
// One step is under way at a time: a page in the reader pool, a message on the wire, or a wait.
template <typename Request, typename Response>
class PagesReactor : public grpc::ServerWriteReactor<Response> {
 public:
  PagesReactor(const Environment& environment, const Method& method, std::atomic<int>& open_streams,
               const PageFunction<Request, Response>& function,
               grpc::CallbackServerContext& context, const Request& request)
      : call_(environment, method, context),
        place_(open_streams),
        function_(function),
        request_(request) {}

  void Start(int max_streams) {
    if (const absl::Status admitted = call_.Admit(); !admitted.ok()) return Complete(admitted);
    // Everybody else leaves an eighth to the services, which follow each other by such streams.
    const bool service = auth::IsService(*call_.origin().caller);
    if (!place_.Take(service ? max_streams : max_streams - max_streams / 8)) {
      return Complete(ResourceExhausted(
          "TOO_MANY_STREAMS", "as many such streams are open as may be", absl::Seconds(1)));
    }
    NextPage();
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return Complete(absl::CancelledError("the caller has gone"));
    Continue();
  }

  void OnCancel() override {
    std::shared_ptr<std::atomic<bool>> woken;
    {
      std::lock_guard lock(mutex_);
      woken = woken_;
    }
    if (woken != nullptr && !woken->exchange(true)) NextPage();
  }

  void OnDone() override { delete this; }

 private:
  void NextPage() {
    if (call_.environment().draining->load()) {
      return Complete(Unavailable("STOPPING", "the server is stopping", absl::Seconds(1)));
    }
    if (call_.Gone()) return Complete(absl::CancelledError("the caller has gone"));
    const bool waited = end_.next == PageEnd::kWait;
    const absl::Status still =
        call_.StillAdmitted(waited ? absl::ZeroDuration() : kLongestAfterToken);
    if (!still.ok()) return Complete(still);
    const absl::Status queued =
        call_.store().readers().Submit({call_.origin(), [this](absl::StatusOr<Snapshot*> snapshot) {
                                          ReadPage(std::move(snapshot));
                                        }});
    if (!queued.ok()) Complete(queued);
  }

  void ReadPage(absl::StatusOr<Snapshot*> snapshot) {
    page_.clear();
    sent_ = 0;
    if (!snapshot.ok()) return Complete(snapshot.status());
    const absl::StatusOr<PageEnd> end =
        WithoutExceptions([&] { return function_(**snapshot, request_, cursor_, page_); });
    if (!end.ok()) return Complete(end.status());
    end_ = *end;
    Continue();
  }

  void Continue() {
    if (sent_ < page_.size()) {
      const bool more = sent_ + 1 < page_.size() || end_.next == PageEnd::kMore;
      grpc::WriteOptions options;
      if (more) options.set_buffer_hint();
      return this->StartWrite(&page_[sent_++], options);
    }
    if (end_.next == PageEnd::kMore) return NextPage();
    if (end_.next == PageEnd::kDone) return Complete(absl::OkStatus());
    Wait();
  }

  // Sleeps until the feed moves, the time is up or the caller goes: whoever sets the flag first
  // goes on. The flag is shared, since the signal may call after this object has gone; and once
  // OnCancel() can see it, nothing here is touched any more.
  void Wait() {
    PositionSignal& signal = call_.store().writer().position();
    const PageEnd end = end_;
    auto woken = std::make_shared<std::atomic<bool>>(false);
    {
      std::unique_lock lock(mutex_);
      if (call_.Gone()) {  // It went before the flag was there, and woke nobody.
        lock.unlock();
        return NextPage();
      }
      woken_ = woken;
    }
    signal.Wait(end.position, absl::Now() + end.timeout, [this, woken] {
      if (!woken->exchange(true)) NextPage();
    });
  }

  void Complete(const absl::Status& status) {
    call_.End(status);
    this->Finish(ToGrpc(status));
  }

  Call call_;
  Place place_;
  const PageFunction<Request, Response>& function_;
  const Request& request_;
  std::string cursor_;
  std::vector<Response> page_;
  size_t sent_ = 0;
  PageEnd end_;

  std::mutex mutex_;
  std::shared_ptr<std::atomic<bool>> woken_;  // Guarded by mutex_. Whether the last wait is over.
};

}  // namespace regulars::rpc

#endif  // CHASSIS_RPC_PAGES_H_
