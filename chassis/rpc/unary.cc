#include "chassis/rpc/unary.h"

#include <atomic>
#include <memory>
#include <utility>

#include "chassis/base/errors.h"
#include "chassis/rpc/call.h"
#include "chassis/rpc/idempotency.h"
#include "chassis/rpc/status_proto.h"

namespace regulars::rpc {
namespace {

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

class ReadReactor : public UnaryReactor {
 public:
  using UnaryReactor::UnaryReactor;

  void Start(const ReadFunction& read) {
    read_ = &read;
    if (const absl::Status admitted = call_.Admit(); !admitted.ok()) return Complete(admitted);
    const absl::StatusOr<int64_t> after = call_.ReadAfter();
    if (!after.ok()) return Complete(after.status());
    PositionSignal& signal = call_.store().writer().position();
    if (signal.position() >= *after) return Submit();
    // Shared with the signal, which may call after this object has gone.
    woken_ = std::make_shared<std::atomic<bool>>(false);
    signal.Wait(*after - 1, absl::InfiniteFuture(), [this, woken = woken_] {
      if (woken->exchange(true)) return;
      if (!call_.environment().draining->load()) return Submit();
      Complete(Unavailable("STOPPING", "the server is stopping", absl::Seconds(1)));
    });
  }

  void OnCancel() override {
    if (woken_ == nullptr || woken_->exchange(true)) return;
    Complete(absl::CancelledError("the caller has gone"));
  }

 private:
  void Submit() {
    const absl::Status queued = call_.store().readers().Submit(
        {call_.origin(), [this](absl::StatusOr<Snapshot*> snapshot) { Run(std::move(snapshot)); }});
    if (!queued.ok()) Complete(queued);
  }

  void Run(absl::StatusOr<Snapshot*> snapshot) {
    if (!snapshot.ok()) return Complete(snapshot.status());
    if (call_.Gone()) return Complete(absl::CancelledError("the caller has gone"));
    Complete((*read_)(**snapshot, request_, response_));
  }

  const ReadFunction* read_ = nullptr;
  // Set while waiting for a position: whether the wait is over.
  std::shared_ptr<std::atomic<bool>> woken_;
};

class WriteReactor : public UnaryReactor {
 public:
  using UnaryReactor::UnaryReactor;

  void Start(WriteFunction write) {
    if (const absl::Status admitted = call_.Admit(); !admitted.ok()) return Complete(admitted);
    write_ = std::move(write);
    Submit();
  }

  void StartGather(const GatherFunction& gather) {
    if (const absl::Status admitted = call_.Admit(); !admitted.ok()) return Complete(admitted);
    const absl::Status queued = call_.environment().blocking_pool->Post([this, &gather] {
      if (call_.Gone()) return Complete(absl::CancelledError("the caller has gone"));
      absl::StatusOr<WriteFunction> write = gather(call_.origin(), request_);
      if (!write.ok()) return Complete(write.status());
      write_ = *std::move(write);
      Submit();
    });
    if (!queued.ok()) Complete(queued);
  }

 private:
  void Submit() {
    Change change;
    change.origin = call_.origin();
    change.dry_run = call_.method().ValidateOnly(request_);
    change.gone = [this] { return call_.Gone(); };
    change.run = [this](Transaction& tx) {
      return RunWrite(tx, call_.method(), write_, request_, response_);
    };
    change.done = [this](const absl::Status& status, int64_t position) {
      if (status.ok()) call_.SendPosition(position);
      Complete(status);
    };
    if (const absl::Status queued = call_.store().writer().Submit(std::move(change));
        !queued.ok()) {
      Complete(queued);
    }
  }

  WriteFunction write_;
};

}  // namespace

grpc::ServerUnaryReactor* StartRead(const Environment& environment, const Method& method,
                                    const ReadFunction& read, grpc::CallbackServerContext& context,
                                    const Message& request, Message& response) {
  auto* reactor = new ReadReactor(environment, method, context, request, response);
  reactor->Start(read);
  return reactor;
}

grpc::ServerUnaryReactor* StartWrite(const Environment& environment, const Method& method,
                                     const WriteFunction& write,
                                     grpc::CallbackServerContext& context, const Message& request,
                                     Message& response) {
  auto* reactor = new WriteReactor(environment, method, context, request, response);
  reactor->Start(write);
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
  const bool validate_only = method.ValidateOnly(request);
  const std::string request_id = method.RequestId(request);
  // A rehearsal must not answer from memory what the real request would be asked afresh.
  return RunOnce(tx, method, validate_only ? "" : request_id, request, response, [&] {
    ABSL_RETURN_IF_ERROR(write(tx, request, response));
    return Audit(tx, method, method.Resource(request, response), request_id, "OK",
                 method.ItemCount(response));
  });
}

}  // namespace regulars::rpc
