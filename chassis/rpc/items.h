// Streams of items with a result for each: a window of items is on its way through the writer, each
// a change of its own; results go back in the order of the items, in batches. The next item is read
// when the window has room and the writer's queue has taken the one before, so that a fast client
// waits for the disk and not for memory. When the caller's token ends no more items are taken.
#ifndef CHASSIS_RPC_ITEMS_H_
#define CHASSIS_RPC_ITEMS_H_

#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "chassis/base/errors.h"
#include "chassis/rpc/call.h"
#include "chassis/rpc/place.h"
#include "chassis/rpc/status_proto.h"
#include "regulars/type/v1/upsert.pb.h"

namespace regulars::rpc {

// One item's change. An error refuses that item alone.
template <typename Request>
using ItemFunction =
    std::function<absl::StatusOr<type::v1::UpsertResult>(Transaction&, const Request&)>;

// Serves one stream. `Response` has a field `repeated regulars.type.v1.UpsertResult results`.
template <typename Request, typename Response>
class ItemsReactor : public grpc::ServerBidiReactor<Request, Response> {
 public:
  ItemsReactor(const Environment& environment, const Method& method, std::atomic<int>& open_streams,
               const ItemFunction<Request>& function, grpc::CallbackServerContext& context)
      : call_(environment, method, context), place_(open_streams), function_(function) {}

  // Each stream has a window in memory, so no more than `max_streams` are open.
  void Start(int max_streams) {
    if (const absl::Status admitted = call_.Admit(); !admitted.ok()) return Complete(admitted);
    if (!place_.Take(max_streams)) {
      return Complete(ResourceExhausted(
          "TOO_MANY_STREAMS", "as many such streams are open as may be", absl::Seconds(1)));
    }
    this->StartRead(&item_);
  }

  void OnReadDone(bool ok) override {
    const absl::Status still = call_.StillAdmitted(absl::ZeroDuration());
    if (!ok || !still.ok()) {
      return Update([this, why = ok ? still : absl::OkStatus()] {
        reading_ended_ = true;
        outcome_ = why;
      });
    }
    const size_t bytes = item_.ByteSizeLong();
    Slot* slot;
    {
      std::lock_guard lock(mutex_);
      slots_.push_back(std::make_unique<Slot>());
      slot = slots_.back().get();
      slot->item = std::move(item_);
      slot->bytes = bytes;
      slot->result.set_index(next_index_++);
      window_bytes_ += bytes;
    }
    item_ = Request();
    Submit(slot);
  }

  void OnWriteDone(bool ok) override {
    Update([this, ok] {
      writing_ = false;
      broken_ = broken_ || !ok;
    });
  }

  void OnDone() override { delete this; }

 private:
  // Items under way at once, and how many bytes they may have before the next is read.
  static constexpr size_t kWindow = 256;
  static constexpr size_t kWindowBytes = 2 << 20;
  // A full queue is tried again at the next commit with events, or soon after this time.
  static constexpr absl::Duration kRetryFull = absl::Milliseconds(100);

  struct Slot {
    Request item;
    size_t bytes = 0;  // On the wire.
    type::v1::UpsertResult result;
    bool done = false;
  };

  // Queues the newest item, then reads on.
  void Submit(Slot* slot) {
    const absl::Status queued = call_.store().writer().Submit(ChangeOf(slot));
    if (MayWait(queued)) return AwaitRoom(slot);
    if (!queued.ok()) Finished(slot, queued);
    std::lock_guard lock(mutex_);
    if (HasRoom()) {
      this->StartRead(&item_);
    } else {
      read_paused_ = true;
    }
  }

  bool MayWait(const absl::Status& queued) const {
    return !queued.ok() && GetErrorDetails(queued).reason == "QUEUE_FULL" &&
           !call_.environment().draining->load() && !call_.Gone();
  }

  // The item that waits is still to be finished, so the call is there when the signal comes.
  void AwaitRoom(Slot* slot) {
    PositionSignal& signal = call_.store().writer().position();
    signal.Wait(signal.position(), absl::Now() + kRetryFull, [this, slot] { Submit(slot); });
  }

  // Called with mutex_ held.
  bool HasRoom() const { return slots_.size() < kWindow && window_bytes_ < kWindowBytes; }

  Change ChangeOf(Slot* slot) {
    Change change;
    change.origin = call_.origin();
    change.gone = [this] { return call_.Gone(); };
    change.run = [this, slot](Transaction& tx) -> absl::Status {
      absl::StatusOr<type::v1::UpsertResult> result = function_(tx, slot->item);
      if (!result.ok()) return result.status();
      result->set_index(slot->result.index());
      slot->result = *std::move(result);
      return Audit(tx, call_.method(), slot->result.name(), "", "OK");
    };
    change.done = [this, slot](const absl::Status& status, int64_t) { Finished(slot, status); };
    return change;
  }

  void Finished(Slot* slot, const absl::Status& status) {
    Update([slot, &status] {
      if (!status.ok()) {
        const int64_t index = slot->result.index();
        slot->result.Clear();
        slot->result.set_index(index);
        slot->result.set_outcome(type::v1::UPSERT_OUTCOME_REFUSED);
        *slot->result.mutable_error() = ToProto(status);
      }
      slot->done = true;
    });
  }

  // Takes note of something and does whatever can be done next. The call is finished without the
  // mutex: gRPC may delete this object on another thread before Finish() has returned.
  template <typename F>
  void Update(F note) {
    std::optional<absl::Status> end;
    {
      std::lock_guard lock(mutex_);
      note();
      end = Advance();
    }
    if (end) Complete(*end);
  }

  // What the call ends with, once there is nothing left to do. Called with mutex_ held.
  std::optional<absl::Status> Advance() {
    if (writing_ || completed_) return std::nullopt;
    const bool gone = broken_ || call_.Gone();
    reply_.clear_results();
    while (!slots_.empty() && slots_.front()->done) {
      *reply_.add_results() = std::move(slots_.front()->result);
      window_bytes_ -= slots_.front()->bytes;
      slots_.pop_front();
    }
    if (reply_.results_size() > 0 && !gone) {
      writing_ = true;
      this->StartWrite(&reply_);
    }
    if (read_paused_ && HasRoom()) {
      read_paused_ = false;
      this->StartRead(&item_);
    }
    // Items under way point to this object: it ends after the last.
    if (!reading_ended_ || !slots_.empty() || writing_) return std::nullopt;
    completed_ = true;
    return gone ? absl::CancelledError("the caller has gone") : outcome_;
  }

  void Complete(const absl::Status& status) {
    call_.End(status);
    this->Finish(ToGrpc(status));
  }

  Call call_;
  Place place_;
  const ItemFunction<Request>& function_;
  Request item_;    // Being read.
  Response reply_;  // Being written.

  std::mutex mutex_;
  std::deque<std::unique_ptr<Slot>> slots_;  // Guarded by mutex_, as all below; oldest first.
  size_t window_bytes_ = 0;
  int64_t next_index_ = 0;
  bool writing_ = false;
  bool read_paused_ = false;
  bool reading_ended_ = false;
  absl::Status outcome_;  // Of the call, when nobody has gone.
  bool broken_ = false;
  bool completed_ = false;
};

}  // namespace regulars::rpc

#endif  // CHASSIS_RPC_ITEMS_H_
