// Refused calls on their way to the audit. The first of a kind (the same caller, method and reason)
// is recorded at once; those that follow are counted and recorded in one row a minute, so that
// whoever repeats a refused call without end fills neither the audit nor the writer's queues. The
// rows' item_counts add up to the calls.
//
//   environment.refusals->Add(store, {.origin = …, .method = …, .reason = "SCOPE_MISSING"});
//
// Rows wait in the lane of the tasks, never before a caller's write. What that lane does not take,
// or a failed commit loses, is only counted: unrecorded().
//
// Thread-safe; nothing here waits.
#ifndef CHASSIS_RPC_REFUSALS_H_
#define CHASSIS_RPC_REFUSALS_H_

#include <atomic>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>

#include "absl/time/time.h"
#include "chassis/storage/store.h"
#include "chassis/storage/transaction.h"

namespace regulars::rpc {

struct Refusal {
  // Of the first call of its kind.
  Origin origin;
  // Full name, as in the audit.
  std::string method;
  std::string reason;
};

class Refusals {
 public:
  // So long the repeats of a kind are counted before they are recorded.
  static constexpr absl::Duration kPeriod = absl::Minutes(1);
  // Kinds that are remembered. One more pushes out the one that was recorded longest ago, whose
  // repeats are then recorded early.
  static constexpr size_t kMaxKinds = 1024;

  // Records or counts one refused call.
  void Add(Store& store, const Refusal& refusal);
  // Records the repeats of each kind that was recorded a period ago, by the store's clock. For
  // every call to make: nothing else wakes up for it.
  void RecordDue(Store& store);
  // Records all repeats, when the process ends.
  void RecordAll(Store& store);

  // Refused calls that the audit lacks.
  int64_t unrecorded() const { return *unrecorded_; }

 private:
  struct Kind {
    Refusal refusal;
    absl::Time recorded;
    int64_t repeats = 0;  // Since then.
  };
  using Key = std::tuple<std::string, std::string, std::string>;  // Caller, method, reason.

  static Key KeyOf(const Refusal& refusal);
  Kind PopOldest();
  std::optional<Kind> TakeDue(absl::Time now);
  void Record(Store& store, const Refusal& refusal, int64_t calls);

  std::mutex mutex_;
  std::list<Kind> kinds_;  // Guarded by mutex_. The oldest `recorded` first.
  std::map<Key, std::list<Kind>::iterator> kind_of_;  // Guarded by mutex_.

  // Changes under way may outlive this object.
  const std::shared_ptr<std::atomic<int64_t>> unrecorded_ =
      std::make_shared<std::atomic<int64_t>>(0);
};

}  // namespace regulars::rpc

#endif  // CHASSIS_RPC_REFUSALS_H_
