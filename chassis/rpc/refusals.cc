#include "chassis/rpc/refusals.h"

#include <iterator>
#include <utility>

#include "chassis/storage/audit.h"

namespace regulars::rpc {

Refusals::Key Refusals::KeyOf(const Refusal& refusal) {
  return {refusal.origin.caller->principal, refusal.method, refusal.reason};
}

void Refusals::Add(Store& store, const Refusal& refusal) {
  std::optional<Kind> pushed_out;
  {
    const std::lock_guard lock(mutex_);
    Key key = KeyOf(refusal);
    if (const auto known = kind_of_.find(key); known != kind_of_.end()) {
      ++known->second->repeats;
      return;
    }
    if (kinds_.size() >= kMaxKinds) pushed_out = PopOldest();
    kinds_.push_back({refusal, store.clock().Now()});
    kind_of_.emplace(std::move(key), std::prev(kinds_.end()));
  }
  Record(store, refusal, 1);
  if (pushed_out) Record(store, pushed_out->refusal, pushed_out->repeats);
}

void Refusals::RecordDue(Store& store) {
  const absl::Time now = store.clock().Now();
  while (const std::optional<Kind> due = TakeDue(now)) {
    Record(store, due->refusal, due->repeats);
  }
}

void Refusals::RecordAll(Store& store) {
  const std::lock_guard lock(mutex_);
  while (!kinds_.empty()) {
    const Kind kind = PopOldest();
    Record(store, kind.refusal, kind.repeats);
  }
}

// The caller holds mutex_.
Refusals::Kind Refusals::PopOldest() {
  Kind oldest = std::move(kinds_.front());
  kinds_.pop_front();
  kind_of_.erase(KeyOf(oldest.refusal));
  return oldest;
}

// A kind with repeats that are due stays, at the end; one without is forgotten.
std::optional<Refusals::Kind> Refusals::TakeDue(absl::Time now) {
  const std::lock_guard lock(mutex_);
  // A clock that was put back makes nobody wait.
  const auto is_due = [&](const Kind& kind) {
    return absl::AbsDuration(now - kind.recorded) >= kPeriod;
  };
  while (!kinds_.empty() && is_due(kinds_.front())) {
    if (kinds_.front().repeats == 0) {
      PopOldest();
      continue;
    }
    kinds_.splice(kinds_.end(), kinds_, kinds_.begin());
    Kind due = kinds_.back();
    kinds_.back().recorded = now;
    kinds_.back().repeats = 0;
    return due;
  }
  return std::nullopt;
}

void Refusals::Record(Store& store, const Refusal& refusal, int64_t calls) {
  if (calls == 0) return;
  Change change;
  change.lane = Lane::kTasks;
  change.origin = refusal.origin;
  change.run = [method = refusal.method, reason = refusal.reason, calls](Transaction& tx) {
    return audit::Add(tx, {.method = method, .result = reason, .item_count = calls});
  };
  change.done = [unrecorded = unrecorded_, calls](const absl::Status& status, int64_t) {
    if (!status.ok()) *unrecorded += calls;
  };
  if (!store.writer().Submit(std::move(change)).ok()) *unrecorded_ += calls;
}

}  // namespace regulars::rpc
