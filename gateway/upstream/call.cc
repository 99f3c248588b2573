#include "gateway/upstream/call.h"

#include <algorithm>
#include <atomic>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "absl/time/clock.h"

namespace regulars::gateway {
namespace {

namespace asio = boost::asio;

constexpr char kPositionKey[] = "regulars-position";

grpc::ByteBuffer ToBuffer(absl::string_view bytes) {
  grpc::Slice slice(bytes.data(), bytes.size());
  return grpc::ByteBuffer(&slice, 1);
}

std::string ToString(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  bytes.reserve(buffer.Length());
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

void Prepare(grpc::ClientContext& context, const CallHeaders& headers) {
  if (headers.timeout < absl::InfiniteDuration()) {
    context.set_deadline(absl::ToChronoTime(absl::Now() + headers.timeout));
  }
  for (const auto& [key, value] : headers.metadata) context.AddMetadata(key, value);
}

std::string PositionOf(const grpc::ClientContext& context) {
  const auto& trailer = context.GetServerTrailingMetadata();
  const auto found = trailer.find(kPositionKey);
  return found == trailer.end() ? "" : std::string(found->second.data(), found->second.size());
}

struct UnaryState {
  grpc::ClientContext context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
  grpc::Status status;
  bool refused = false;
};

}  // namespace

bool IsMetadataValue(absl::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

Upstream::~Upstream() {
  CancelAll();
  std::unique_lock lock(mutex_);
  removed_.wait(lock, [this] { return calls_.empty(); });
}

void Upstream::Add(grpc::ClientContext* call) {
  std::lock_guard lock(mutex_);
  calls_.insert(call);
}

void Upstream::Remove(grpc::ClientContext* call) {
  std::lock_guard lock(mutex_);
  calls_.erase(call);
  removed_.notify_all();
}

void Upstream::CancelAll() {
  std::lock_guard lock(mutex_);
  for (grpc::ClientContext* call : calls_) call->TryCancel();
}

void Sleeper::Wake(std::shared_ptr<Sleeper> self) {
  ++waking;
  asio::io_context& io = self->io_;
  asio::post(io, [self = std::move(self)] {
    self->woken_ = true;
    self->timer_.cancel();
  });
  --waking;
}

asio::awaitable<bool> Sleeper::Sleep(absl::Duration limit) {
  const auto end = limit == absl::InfiniteDuration()
                       ? asio::steady_timer::time_point::max()
                       : asio::steady_timer::clock_type::now() + absl::ToChronoMilliseconds(limit);
  while (!woken_) {
    boost::system::error_code ended;
    timer_.expires_at(end);
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
    if (!ended && !woken_) co_return false;
  }
  woken_ = false;
  co_return true;
}

asio::awaitable<UnaryReply> CallUnary(asio::io_context& io, Upstream& upstream,
                                      const std::string& method, const CallHeaders& headers,
                                      const std::string& request, const OnSlow& on_slow,
                                      const Admit& admit) {
  // Shared with gRPC's callback, which may outlive this coroutine when the process stops.
  auto state = std::make_shared<UnaryState>();
  auto sleeper = std::make_shared<Sleeper>(io);
  Prepare(state->context, headers);
  state->request = ToBuffer(request);
  upstream.Add(&state->context);
  upstream.stub().UnaryCall(
      &state->context, method, grpc::StubOptions(), &state->request, &state->response,
      [state, sleeper, &upstream, admit = admit](grpc::Status status) mutable {
        state->refused = admit && !admit(state->response.Length());
        if (state->refused) state->response.Clear();
        admit = nullptr;  // The upstream waits for its calls, not for this.
        upstream.Remove(&state->context);
        state->status = std::move(status);
        // gRPC may keep this function for longer than the loop lives.
        Sleeper::Wake(std::move(sleeper));
      });
  const bool quick = co_await sleeper->Sleep(kSlowCall);
  if (!quick) {
    if (on_slow) on_slow([state] { state->context.TryCancel(); });
    co_await sleeper->Sleep();
  }
  UnaryReply reply;
  reply.status = state->status;
  reply.refused = state->refused;
  if (reply.status.ok() && !reply.refused) reply.bytes = ToString(state->response);
  state->response.Clear();  // gRPC may keep the state for longer.
  reply.position = PositionOf(state->context);
  co_return reply;
}

// One operation is under way at a time, so one sleeper serves them all.
class Stream::Reactor : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  explicit Reactor(asio::io_context& io)
      : sleeper_(std::make_shared<Sleeper>(io)), done_(std::make_shared<Sleeper>(io)) {}

  void Start(std::shared_ptr<Reactor> self, Upstream& upstream, const std::string& method,
             const CallHeaders& headers) {
    self_ = std::move(self);  // Until OnDone(): gRPC holds a plain pointer.
    upstream_ = &upstream;
    upstream.Add(&context_);
    Prepare(context_, headers);
    upstream.stub().PrepareBidiStreamingCall(&context_, method, grpc::StubOptions(), this);
    AddHold();  // Operations start from the coroutine, at any time until Finish().
    StartCall();
  }

  void OnReadDone(bool ok) override { Wake(ok); }
  void OnWriteDone(bool ok) override { Wake(ok); }
  void OnWritesDoneDone(bool ok) override { Wake(ok); }
  void OnDone(const grpc::Status& status) override {
    status_ = status;
    // Once the coroutine is awake, its loop may go: nothing of it is held any more by then.
    sleeper_.reset();
    if (done_ != nullptr) Sleeper::Wake(std::move(done_));
    upstream_->Remove(&context_);
    self_.reset();
  }

  asio::awaitable<bool> Write(const std::string& message) {
    outgoing_ = ToBuffer(message);
    StartWrite(&outgoing_);
    co_await sleeper_->Sleep();
    co_return ok_;
  }
  asio::awaitable<void> WritesDone() {
    StartWritesDone();
    co_await sleeper_->Sleep();
  }
  asio::awaitable<Came> Read(std::string& message, absl::Duration limit) {
    if (!reading_) {
      reading_ = true;
      incoming_.Clear();
      StartRead(&incoming_);
    }
    const bool read = co_await sleeper_->Sleep(limit);
    if (!read) co_return Came::kNotYet;
    reading_ = false;
    if (ok_) message = ToString(incoming_);
    co_return ok_ ? Came::kMessage : Came::kEnd;
  }
  asio::awaitable<grpc::Status> Finish() {
    const std::shared_ptr<Sleeper> done = done_;
    Release();
    co_await done->Sleep();
    co_return status_;
  }
  void Cancel() { context_.TryCancel(); }
  void Abandon() {
    if (released_) return;
    Cancel();
    // Nobody waits any more, and the loop may be gone when the call ends. No operation is under
    // way: each has been waited for.
    sleeper_.reset();
    done_.reset();
    Release();
  }
  std::string Position() const { return PositionOf(context_); }

 private:
  void Release() {
    released_ = true;
    RemoveHold();
  }
  void Wake(bool ok) {
    ok_ = ok;
    Sleeper::Wake(sleeper_);
  }

  std::shared_ptr<Sleeper> sleeper_;
  std::shared_ptr<Sleeper> done_;
  std::shared_ptr<Reactor> self_;
  Upstream* upstream_ = nullptr;
  grpc::ClientContext context_;
  grpc::ByteBuffer outgoing_;
  grpc::ByteBuffer incoming_;
  grpc::Status status_;
  std::atomic<bool> ok_{false};
  bool released_ = false;
  bool reading_ = false;
};

Stream::Stream(asio::io_context& io, Upstream& upstream, const std::string& method,
               const CallHeaders& headers)
    : reactor_(std::make_shared<Reactor>(io)) {
  reactor_->Start(reactor_, upstream, method, headers);
}
Stream::~Stream() { reactor_->Abandon(); }

asio::awaitable<bool> Stream::Write(const std::string& message) { return reactor_->Write(message); }
asio::awaitable<void> Stream::WritesDone() { return reactor_->WritesDone(); }
asio::awaitable<bool> Stream::Read(std::string& message) {
  const Came came = co_await reactor_->Read(message, absl::InfiniteDuration());
  co_return came == Came::kMessage;
}
asio::awaitable<Stream::Came> Stream::ReadFor(std::string& message, absl::Duration limit) {
  return reactor_->Read(message, limit);
}
asio::awaitable<grpc::Status> Stream::Finish() { return reactor_->Finish(); }
std::string Stream::Position() const { return reactor_->Position(); }
std::function<void()> Stream::Canceller() const {
  return [reactor = reactor_] { reactor->Cancel(); };
}

}  // namespace regulars::gateway
