// Writer: when the store takes no writes, and until it does again.
#include <algorithm>
#include <utility>

#include "chassis/base/errors.h"
#include "chassis/observe/log.h"
#include "chassis/storage/room.h"
#include "chassis/storage/writer.h"

namespace regulars {

namespace {

constexpr absl::Duration kRetryAfterClosed = absl::Milliseconds(500);

}  // namespace

absl::Status Writer::Trouble() const {
  std::lock_guard lock(mutex_);
  return trouble_;
}

// What callers are told meanwhile; the caller holds mutex_.
absl::Status Writer::ClosedToWrites() const {
  if (GetErrorDetails(trouble_).reason == "STORE_FULL") return trouble_;
  return Unavailable("STORE_CLOSED", "the store takes no writes at the moment", kRetryAfterClosed);
}

void Writer::RefuseQueued() {
  absl::Status closed;
  {
    std::lock_guard lock(mutex_);
    closed = ClosedToWrites();
  }
  std::vector<Finished> refused;
  Change change;
  while (TakeNext(change)) refused.push_back({std::move(change), closed});
  Reply(std::move(refused));
}

void Writer::CloseToWrites(const absl::Status& why) {
  {
    std::lock_guard lock(mutex_);
    trouble_ = why;
    healthy_ = false;
  }
  if (!closures_.Passes()) return;
  closure_told_ = true;
  LogError("the store takes no writes",
           {{"reason", GetErrorDetails(why).reason}, {"why", std::string(why.message())}});
}

void Writer::OpenToWrites() {
  ++counters_.reopened;
  if (std::exchange(closure_told_, false)) LogInfo("the store takes writes again");
  std::lock_guard lock(mutex_);
  trouble_ = absl::OkStatus();
  healthy_ = true;
}

// What a failed commit left behind is settled by opening the store anew: recovery keeps whole
// transactions only. That a store can be opened does not mean that it can be written to.
void Writer::Reopen() {
  DropChores();
  while (true) {
    RefuseQueued();
    if (!PauseBeforeReopening()) return;
    last_reopening_ = Monotonic();
    const absl::Status reopened = TryToReopen();
    if (reopened.ok()) return OpenToWrites();
    CloseToWrites(reopened);
  }
}

absl::Status Writer::TryToReopen() {
  if (GetErrorDetails(Trouble()).reason == "STORE_FULL") {
    ABSL_RETURN_IF_ERROR(CheckRoom(options_.connection));
  }
  ABSL_RETURN_IF_ERROR(OpenConnection());
  return RecordTime();
}

// False when the process is to end. The first attempt comes at once, for most troubles are over by
// then; while there is no end of them, those that write get an answer, and the disk some peace.
bool Writer::PauseBeforeReopening() {
  const absl::Duration wait = last_reopening_ + options_.limits.reopen_interval - Monotonic();
  std::unique_lock lock(mutex_);
  work_.wait_for(lock, absl::ToChronoMilliseconds(std::max(wait, absl::ZeroDuration())),
                 [&] { return stopping_; });
  return !stopping_;
}

}  // namespace regulars
