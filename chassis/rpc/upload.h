// Uploads: a client stream whose messages carry a file in their google.api.HttpBody field. The file
// goes to the spool as it comes; when it is whole it may be looked at, on a thread that may wait,
// and then one change takes note of it.
#ifndef CHASSIS_RPC_UPLOAD_H_
#define CHASSIS_RPC_UPLOAD_H_

#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "chassis/base/errors.h"
#include "chassis/base/exceptions.h"
#include "chassis/rpc/call.h"
#include "chassis/rpc/place.h"
#include "chassis/rpc/spool.h"
#include "chassis/rpc/status_proto.h"
#include "chassis/rpc/unary.h"

namespace regulars::rpc {

// Looks at the file and answers with the change that it starts, or with why it starts none.
// `request` is the first message, with the file's hash in place of its bytes. When it or the change
// refuses, the file is removed; else it is the change's to remove when it is no longer needed, and
// what no change holds is for Spool::Keep() at the next start.
using UploadFunction = std::function<absl::StatusOr<WriteFunction>(
    const Origin&, const Message& request, const SpoolFile&)>;

// Takes the bytes of the file that one message carries, and leaves `instead` in their place.
std::string ExchangeFileBytes(Message& message, std::string instead = "");

template <typename Request, typename Response>
class UploadReactor : public grpc::ServerReadReactor<Request> {
 public:
  UploadReactor(const Environment& environment, const Method& method,
                std::atomic<int>& open_uploads, const UploadFunction& function,
                grpc::CallbackServerContext& context, Response& response)
      : call_(environment, method, context),
        place_(open_uploads),
        function_(function),
        response_(response) {}

  // Each upload has a file and a message in memory, so no more than `max_uploads` are open.
  void Start(int max_uploads) {
    if (const absl::Status admitted = call_.Admit(); !admitted.ok()) return Complete(admitted);
    if (!place_.Take(max_uploads)) {
      return Complete(ResourceExhausted(
          "TOO_MANY_UPLOADS", "as many uploads are under way as may be", absl::Seconds(5)));
    }
    this->StartRead(&message_);
  }

  // The disk is written on a thread that may wait; one piece is under way at a time.
  void OnReadDone(bool ok) override {
    const absl::Status queued = call_.environment().blocking_pool->Post([this, ok] {
      const absl::Status status = WithoutExceptions([&] { return ok ? Take() : Whole(); });
      if (!status.ok()) return Complete(status);
      if (ok) this->StartRead(&message_);
    });
    if (!queued.ok()) Complete(queued);
  }

  void OnDone() override { delete this; }

 private:
  absl::Status Take() {
    if (call_.Gone()) return absl::CancelledError("the caller has gone");
    if (upload_ == nullptr) {
      ABSL_ASSIGN_OR_RETURN(upload_, call_.environment().spool->Begin());
      const std::string bytes = ExchangeFileBytes(message_);
      first_ = message_;
      return upload_->Append(bytes);
    }
    return upload_->Append(ExchangeFileBytes(message_));
  }

  absl::Status Whole() {
    if (call_.Gone()) return absl::CancelledError("the caller has gone");
    if (upload_ == nullptr) return InvalidArgument("EMPTY_UPLOAD", "the upload has no file");
    ABSL_ASSIGN_OR_RETURN(file_, upload_->Finish());
    upload_.reset();
    // A repeat under the same request_id with another file is another request.
    ExchangeFileBytes(first_, file_.sha256);
    write_ = function_(call_.origin(), first_, file_);
    Change change;
    change.origin = call_.origin();
    change.dry_run = call_.method().ValidateOnly(first_);
    // A broken connection may look like the end of the file until this is asked.
    change.gone = [this] { return call_.Gone(); };
    change.run = [this](Transaction& tx) {
      ran_ = RunWrite(
          tx, call_.method(),
          [this](Transaction& inner, const Message& request, Message& response) {
            // What is wrong is said only here: a repeat is answered from memory before.
            ABSL_RETURN_IF_ERROR(write_.status());
            kept_ = true;
            return (*write_)(inner, request, response);
          },
          first_, response_);
      return ran_;
    };
    change.done = [this](const absl::Status& status, int64_t position) {
      if (status.ok()) call_.SendPosition(position);
      Complete(status);
    };
    return call_.store().writer().Submit(std::move(change));
  }

  // Whether nothing in the store can name the file: a repeat answered from memory has no use for it
  // either. After a commit that failed nobody can tell, and the next start removes what is useless.
  bool IsUseless(const absl::Status& status) const {
    return !ran_.ok() || !kept_ || GetErrorDetails(status).reason == "GROUP_ROLLED_BACK";
  }

  void Complete(const absl::Status& status) {
    if (!file_.name.empty() && IsUseless(status)) call_.environment().spool->Remove(file_.name);
    call_.End(status);
    this->Finish(ToGrpc(status));
  }

  Call call_;
  Place place_;
  const UploadFunction& function_;
  Response& response_;
  Request message_;
  Request first_;
  std::unique_ptr<Spool::Upload> upload_;
  SpoolFile file_;
  absl::StatusOr<WriteFunction> write_ = absl::UnknownError("not asked yet");
  // What the change came to, before its commit.
  absl::Status ran_ = absl::UnknownError("not run yet");
  bool kept_ = false;
};

}  // namespace regulars::rpc

#endif  // CHASSIS_RPC_UPLOAD_H_
