#include "chassis/rpc/unary.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "chassis/base/errors.h"
#include "chassis/base/exceptions.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/call.h"
#include "chassis/rpc/idempotency.h"
#include "chassis/rpc/place.h"
#include "chassis/rpc/status_proto.h"

namespace regulars::rpc {
namespace {

// How long a read waits at most for this service to have followed far enough.
constexpr absl::Duration kLongestAwait = absl::Seconds(10);
constexpr absl::Duration kRetryFollowed = absl::Seconds(1);

// Marks the errors whose change is kept.
constexpr char kKeepUrl[] = "regulars/keep_change";

// One unary call. Owns itself: gRPC calls OnDone() when nothing refers to it any more.
class UnaryReactor : public grpc::ServerUnaryReactor {
 public:
  UnaryReactor(const Environment& environment, const Method& method,
               grpc::CallbackServerContext& context, const Message& request, Message& response)
      : call_(environment, method, context), request_(request), response_(response) {}

  void OnDone() override { delete this; }

 protected:
  // Ends the call. After it nothing of the call may be touched.
  void Complete(const absl::Status& status) {
    call_.End(status);
    Finish(ToGrpc(status));
  }

  Call call_;
  const Message& request_;
  Message& response_;
};

// A read's wait for what this service follows. Of all who may end it (the position, the time, the
// caller who goes), the first goes on with the call, and the signals forget the others. Shared by
// them, since a signal may be calling when the read has gone.
class FollowedWait {
 public:
  explicit FollowedWait(std::shared_ptr<FollowedFeeds> feeds)
      : feeds_(std::move(feeds)), place_(std::in_place, feeds_->waiting_reads()) {}

  // Before all else: false when as many wait as may. The place is given back at the wait's end.
  bool TakePlace() { return place_->Take(FollowedFeeds::kMaxWaitingReads); }

  // Whether nobody has ended it before.
  bool End() {
    std::vector<std::pair<PositionSignal*, uint64_t>> waiters;
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(ended_, true)) return false;
      waiters.swap(waiters_);
    }
    for (const auto& [signal, id] : waiters) signal->Forget(id);
    place_.reset();
    return true;
  }

  // Takes note of what is to be forgotten in the end. False, and it is forgotten, if that has come.
  bool Add(PositionSignal& signal, uint64_t id) {
    {
      const std::lock_guard lock(mutex_);
      if (!ended_) {
        waiters_.emplace_back(&signal, id);
        return true;
      }
    }
    signal.Forget(id);
    return false;
  }

 private:
  const std::shared_ptr<FollowedFeeds> feeds_;
  std::optional<Place> place_;  // Until the wait is ended.
  std::mutex mutex_;
  bool ended_ = false;                                         // Guarded by mutex_.
  std::vector<std::pair<PositionSignal*, uint64_t>> waiters_;  // Guarded by mutex_.
};

class ReadReactor : public UnaryReactor {
 public:
  using UnaryReactor::UnaryReactor;

  void Start(const ReadFunction& read) {
    read_ = &read;
    if (const absl::Status admitted = call_.Admit(); !admitted.ok()) return Complete(admitted);
    // What anybody may call does not wait: waiting takes places from those who have a token.
    if (call_.method().scope == "public") return Submit();
    const absl::StatusOr<Call::After> after = call_.ReadAfter();
    if (!after.ok()) return Complete(after.status());
    after_ = *after;
    if (after_.followed != nullptr) return AwaitFollowed();
    Submit();
  }

  // Comes after Start() has returned, if at all.
  void OnCancel() override {
    if (wait_ != nullptr && wait_->End()) Complete(absl::CancelledError("the caller has gone"));
  }

 private:
  void Submit() {
    const absl::Status queued = call_.store().readers().Submit(
        {call_.origin(), [this](absl::StatusOr<Snapshot*> snapshot) { Run(std::move(snapshot)); }});
    if (!queued.ok()) Complete(queued);
  }

  // Sleeps until this service has followed far enough, for as long as one may, or until the caller
  // goes. The writer's own signal keeps the time, and wakes everybody when the process stops.
  void AwaitFollowed() {
    PositionSignal& followed = *after_.followed;
    if (followed.position() >= after_.position) return Submit();
    const auto wait = std::make_shared<FollowedWait>(call_.environment().followed);
    if (!wait->TakePlace()) {
      return Complete(ResourceExhausted("TOO_MANY_WAITING_READS",
                                        "as many reads wait for other services' events as may",
                                        kRetryFollowed));
    }
    PositionSignal& timer = call_.store().writer().position();
    const absl::Time deadline = std::min(call_.origin().deadline, absl::Now() + kLongestAwait);
    wait_ = wait;
    const uint64_t waiting =
        followed.Wait(after_.position - 1, absl::InfiniteFuture(), [this, wait] {
          if (wait->End()) Submit();
        });
    // From here on this object may be gone: whoever ends the wait goes on with it.
    if (!wait->Add(followed, waiting)) return;
    const uint64_t timing = timer.Wait(std::numeric_limits<int64_t>::max(), deadline, [this, wait] {
      if (!wait->End()) return;
      Complete(Unavailable("NOT_FOLLOWED_YET", "the service has not followed that far yet",
                           kRetryFollowed));
    });
    wait->Add(timer, timing);
  }

  void Run(absl::StatusOr<Snapshot*> snapshot) {
    if (!snapshot.ok()) return Complete(snapshot.status());
    if (call_.Gone()) return Complete(absl::CancelledError("the caller has gone"));
    Complete(WithoutExceptions([&]() -> absl::Status {
      ABSL_RETURN_IF_ERROR(Holds(**snapshot));
      return (*read_)(**snapshot, request_, response_);
    }));
  }

  // Positions are told after their commit, so a snapshot taken later holds every one that a caller
  // can know: one beyond it is made up, or of a store that a backup has replaced.
  absl::Status Holds(Snapshot& db) const {
    if (after_.followed != nullptr) return absl::OkStatus();
    const int64_t after = after_.position;
    if (after <= call_.store().writer().position().position()) return absl::OkStatus();
    // The signal is a moment behind the store, which followers read.
    ABSL_ASSIGN_OR_RETURN(
        const auto head,
        db.Sql("SELECT position FROM feed ORDER BY position DESC LIMIT 1").First<int64_t>());
    if (after <= head.value_or(0)) return absl::OkStatus();
    return InvalidArgument("INVALID_POSITION",
                           absl::StrCat(after, " is not a position that this store has given"));
  }

  const ReadFunction* read_ = nullptr;
  Call::After after_;
  std::shared_ptr<FollowedWait> wait_;
};

class WriteReactor : public UnaryReactor {
 public:
  using UnaryReactor::UnaryReactor;

  void Start(const EarlyFunction& early, WriteFunction write) {
    if (const absl::Status admitted = call_.Admit(); !admitted.ok()) return Complete(admitted);
    if (early && early(request_, response_)) return Complete(absl::OkStatus());
    write_ = std::move(write);
    Submit();
  }

  void StartGather(const GatherFunction& gather) {
    if (const absl::Status admitted = call_.Admit(); !admitted.ok()) return Complete(admitted);
    const absl::Status queued = call_.environment().blocking_pool->Post([this, &gather] {
      if (call_.Gone()) return Complete(absl::CancelledError("the caller has gone"));
      absl::StatusOr<WriteFunction> write =
          WithoutExceptions([&] { return gather(call_.origin(), request_); });
      if (!write.ok() && !MayBeKnown()) return Complete(write.status());
      if (write.ok()) {
        write_ = *std::move(write);
      } else {
        // What is wrong is said only here: a repeat is answered from memory before.
        write_ = [why = write.status()](Transaction&, const Message&, Message&) { return why; };
      }
      Submit();
    });
    if (!queued.ok()) Complete(queued);
  }

 private:
  // Whether the call may be a repeat of one whose answer is remembered.
  bool MayBeKnown() const {
    const Method& method = call_.method();
    return !method.RequestId(request_).empty() && !method.ValidateOnly(request_);
  }

  void Submit() {
    Change change;
    change.origin = call_.origin();
    change.dry_run = call_.method().ValidateOnly(request_);
    change.gone = [this] { return call_.Gone(); };
    change.run = [this](Transaction& tx) -> absl::Status {
      absl::Status status = RunWrite(tx, call_.method(), write_, request_, response_);
      if (!status.ErasePayload(kKeepUrl)) return status;
      refused_ = std::move(status);
      return absl::OkStatus();
    };
    change.done = [this](const absl::Status& status, int64_t position) {
      if (!status.ok()) return Complete(status);
      if (refused_.ok()) call_.SendPosition(position);
      Complete(refused_);
    };
    if (const absl::Status queued = call_.store().writer().Submit(std::move(change));
        !queued.ok()) {
      Complete(queued);
    }
  }

  WriteFunction write_;
  absl::Status refused_;  // What the caller is told although the change is kept.
};

}  // namespace

absl::Status RefuseAndKeep(absl::Status why) {
  why.SetPayload(kKeepUrl, absl::Cord());
  return why;
}

grpc::ServerUnaryReactor* StartRead(const Environment& environment, const Method& method,
                                    const ReadFunction& read, grpc::CallbackServerContext& context,
                                    const Message& request, Message& response) {
  auto* reactor = new ReadReactor(environment, method, context, request, response);
  reactor->Start(read);
  return reactor;
}

grpc::ServerUnaryReactor* StartWrite(const Environment& environment, const Method& method,
                                     const EarlyFunction& early, const WriteFunction& write,
                                     grpc::CallbackServerContext& context, const Message& request,
                                     Message& response) {
  auto* reactor = new WriteReactor(environment, method, context, request, response);
  reactor->Start(early, write);
  return reactor;
}

grpc::ServerUnaryReactor* StartGather(const Environment& environment, const Method& method,
                                      const GatherFunction& gather,
                                      grpc::CallbackServerContext& context, const Message& request,
                                      Message& response) {
  auto* reactor = new WriteReactor(environment, method, context, request, response);
  reactor->StartGather(gather);
  return reactor;
}

absl::Status RunWrite(Transaction& tx, const Method& method, const WriteFunction& write,
                      const Message& request, Message& response) {
  const std::string request_id = method.RequestId(request);
  return RunOnce(tx, method, request_id, request, response, [&] {
    ABSL_RETURN_IF_ERROR(write(tx, request, response));
    return Audit(tx, method, method.Resource(request, response), request_id, "OK",
                 method.ItemCount(response));
  });
}

}  // namespace regulars::rpc
