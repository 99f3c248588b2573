#include "chassis/effects/effect_runner.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/base/clock.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/transient.h"
#include "chassis/observe/log.h"

namespace regulars {
namespace {

// However far away the next due time is, the store's clock may be set.
constexpr absl::Duration kLongestSleep = absl::Seconds(1);
constexpr absl::Duration kFirstDelay = absl::Milliseconds(50);
constexpr absl::Duration kLongestDelay = absl::Seconds(30);

}  // namespace

EffectRunner::EffectRunner(Store& store, Metrics& metrics, int64_t holder, EffectPool::Kind kind)
    : store_(store), holder_(holder), kind_(std::move(kind)) {
  const auto gauge = [&](const char* name, const char* help, std::atomic<int64_t> Counts::*count) {
    metrics.AddGauge(name, help, {{"kind", kind_.name}},
                     [counts = counts_, count] { return (*counts.*count).load(); });
  };
  gauge("regulars_effects_performed", "Effects performed since the start", &Counts::performed);
  gauge("regulars_effects_recorded", "Effects whose outcome is in the store", &Counts::recorded);
  gauge("regulars_effects_unrecorded", "Effects performed whose outcome is not in the store yet",
        &Counts::unrecorded);
  gauge("regulars_effects_lost", "Claimed effects that came to nothing: their lease has to end",
        &Counts::lost);
}

EffectRunner::~EffectRunner() {
  BeginToStop(absl::ZeroDuration());
  Stop();
}

void EffectRunner::Start() {
  threads_.emplace_back([this] { Keep(); });
  for (int i = 0; i < kind_.threads; ++i) threads_.emplace_back([this] { Perform(); });
}

void EffectRunner::Ring() {
  {
    const std::lock_guard lock(mutex_);
    rung_ = true;
  }
  keeper_.notify_one();
}

void EffectRunner::BeginToStop(absl::Duration patience) {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    give_up_at_ = std::min(give_up_at_, Monotonic() + patience);
  }
  work_.notify_all();
  keeper_.notify_one();
}

void EffectRunner::Stop() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void EffectRunner::Perform() {
  std::unique_lock lock(mutex_);
  while (true) {
    work_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    Job job = std::move(waiting_.front());
    waiting_.pop_front();
    // One that waited too long may be claimed again by now.
    if (job.lease_until <= store_.writer().Now()) {
      ++counts_->lost;
      keeper_.notify_one();
      continue;
    }
    lease_ends_.insert(job.lease_until);
    ++performing_;
    lock.unlock();
    const bool performed = PerformOne(job);
    lock.lock();
    --performing_;
    if (performed) {
      ++counts_->performed;
      ++counts_->unrecorded;
      done_.push_back(std::move(job));
    } else {
      ++counts_->lost;
      EndLease(job);
    }
    keeper_.notify_one();
  }
}

// The one place where exceptions of what `perform` uses end.
bool EffectRunner::PerformOne(const Job& job) {
  try {
    kind_.perform(job.data.get());
    return true;
  } catch (const std::exception& error) {
    LogError("an effect threw", {{"kind", kind_.name}, {"why", error.what()}});
    return false;
  }
}

// Claims and records, until the end and until all that was performed is recorded.
void EffectRunner::Keep() {
  std::unique_lock lock(mutex_);
  while (true) {
    const absl::Duration now = Monotonic();
    if (!done_.empty() && record_at_ <= now) {
      lock.unlock();
      Record();
      lock.lock();
      continue;
    }
    if (!stuck_.empty() && stuck_at_ <= now) {
      lock.unlock();
      RecordStuck();
      lock.lock();
      continue;
    }
    if (stopping_) {
      if (performing_ == 0 && (done_.empty() || give_up_at_ <= now)) break;
    } else if ((rung_ || look_at_ <= now) && MayClaim()) {
      const bool rung = std::exchange(rung_, false);
      lock.unlock();
      Look(rung);
      lock.lock();
      continue;
    }
    absl::Duration until = now + kLongestSleep;
    if (!done_.empty()) until = std::min(until, record_at_);
    if (!stuck_.empty()) until = std::min(until, stuck_at_);
    if (!stopping_ && look_at_ > now) until = std::min(until, look_at_);
    if (stopping_ && give_up_at_ > now) until = std::min(until, give_up_at_);
    keeper_.wait_for(lock, absl::ToChronoMicroseconds(until - now));
  }
  if (const size_t left = done_.size() + stuck_.size(); left > 0) {
    LogError("effects were performed and could not be recorded",
             {{"kind", kind_.name}, {"count", absl::StrCat(left)}});
  }
}

// The caller holds mutex_.
bool EffectRunner::MayClaim() {
  const auto batch = static_cast<size_t>(kind_.batch);
  if (waiting_.size() > batch / 2 || Held() >= batch) return false;
  // A lease that has ended belongs to a job that is still ours: claiming could give it out again.
  return lease_ends_.empty() || *lease_ends_.begin() > store_.writer().Now();
}

// When to claim next, if nobody rings before.
absl::Duration EffectRunner::NextLook() {
  std::optional<absl::Time> due;
  const absl::Status read = store_.readers().Run({}, [&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(due, kind_.next_due(db));
    return absl::OkStatus();
  });
  const absl::Duration wait = read.ok() && due ? *due - store_.writer().Now() : kLongestSleep;
  return Monotonic() + std::clamp(wait, absl::ZeroDuration(), kLongestSleep);
}

// Nothing is written while nothing is due and nobody rang.
void EffectRunner::Look(bool rung) {
  const absl::Duration next = rung ? -absl::InfiniteDuration() : NextLook();
  if (next <= Monotonic()) return Claim();
  const std::lock_guard lock(mutex_);
  look_at_ = next;
}

void EffectRunner::Claim() {
  EffectClaim claim{.holder = holder_};
  {
    const std::lock_guard lock(mutex_);
    claim.limit = kind_.batch - static_cast<int64_t>(Held());
  }
  EffectPool::Kind::Jobs claimed;
  const absl::Status status =
      store_.writer().Write(kind_.lane, {}, [&](Transaction& tx) -> absl::Status {
        claim.lease_until = tx.now() + kind_.lease;
        ABSL_ASSIGN_OR_RETURN(claimed, kind_.claim(tx, claim));
        return absl::OkStatus();
      });
  if (!status.ok()) {
    Note("claim", status, claim_failures_);
    const std::lock_guard lock(mutex_);
    look_at_ = Monotonic() + NextDelay(claim_failures_);
    return;
  }
  const bool maybe_more = static_cast<int64_t>(claimed.size()) >= claim.limit;
  const absl::Duration next = maybe_more ? absl::InfiniteDuration() : NextLook();
  const std::lock_guard lock(mutex_);
  claim_failures_ = 0;
  rung_ = rung_ || maybe_more;
  look_at_ = next;
  for (auto& job : claimed) waiting_.push_back({std::move(job), claim.lease_until});
  work_.notify_all();
}

void EffectRunner::Record() {
  std::vector<Job> jobs;
  {
    const std::lock_guard lock(mutex_);
    const size_t count = std::min(done_.size(), static_cast<size_t>(kind_.batch));
    const auto end = done_.begin() + static_cast<std::ptrdiff_t>(count);
    std::move(done_.begin(), end, std::back_inserter(jobs));
    done_.erase(done_.begin(), end);
  }
  const absl::Status status = Write(jobs);
  if (!status.ok()) Note("record", status, record_failures_);
  if (status.ok() || !IsTransient(status)) {
    if (!status.ok()) RecordOneByOne(std::move(jobs));
    const std::lock_guard lock(mutex_);
    record_failures_ = 0;
    return;
  }
  const std::lock_guard lock(mutex_);
  done_.insert(done_.begin(), std::make_move_iterator(jobs.begin()),
               std::make_move_iterator(jobs.end()));
  record_at_ = Monotonic() + NextDelay(record_failures_);
}

// One of them is at fault, and the others need not wait for it.
void EffectRunner::RecordOneByOne(std::vector<Job> jobs) {
  for (Job& job : jobs) {
    const absl::Status status = Write({job});
    if (status.ok()) continue;
    Note("record", status, stuck_failures_);
    const std::lock_guard lock(mutex_);
    stuck_.push_back(std::move(job));
  }
  const std::lock_guard lock(mutex_);
  if (stuck_.empty()) {
    stuck_failures_ = 0;
  } else {
    stuck_at_ = Monotonic() + NextDelay(stuck_failures_);
  }
}

void EffectRunner::RecordStuck() {
  std::vector<Job> jobs;
  {
    const std::lock_guard lock(mutex_);
    jobs.swap(stuck_);
  }
  RecordOneByOne(std::move(jobs));
}

// By value: jobs of one claim have equal leases, and which of the equal entries is whose nobody
// knows. The caller holds mutex_.
void EffectRunner::EndLease(const Job& job) {
  lease_ends_.erase(lease_ends_.find(job.lease_until));
}

// In one change; forgets their leases when it succeeds.
absl::Status EffectRunner::Write(const std::vector<Job>& jobs) {
  EffectPool::Kind::Jobs data;
  for (const Job& job : jobs) data.push_back(job.data);
  ABSL_RETURN_IF_ERROR(store_.writer().Write(
      kind_.lane, {}, [&](Transaction& tx) { return kind_.record(tx, data); }));
  counts_->recorded += static_cast<int64_t>(jobs.size());
  counts_->unrecorded -= static_cast<int64_t>(jobs.size());
  const std::lock_guard lock(mutex_);
  for (const Job& job : jobs) EndLease(job);
  return absl::OkStatus();
}

// The caller holds mutex_.
absl::Duration EffectRunner::NextDelay(int& failures) {
  absl::Duration delay = kFirstDelay;
  for (int i = 0; i < failures && delay < kLongestDelay; ++i) delay *= 2;
  ++failures;
  return std::min(delay, kLongestDelay);
}

void EffectRunner::Note(const char* doing, const absl::Status& status, const int& failures) {
  const std::lock_guard lock(mutex_);
  // One line for a row of failures.
  if (failures > 0) return;
  LogWarning("effects are held up", {{"kind", kind_.name},
                                     {"doing", doing},
                                     {"reason", GetErrorDetails(status).reason},
                                     {"why", std::string(status.message())}});
}

}  // namespace regulars
