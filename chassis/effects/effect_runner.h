// The threads of one kind of effect: some that perform, and one that claims and records.
#ifndef CHASSIS_EFFECTS_EFFECT_RUNNER_H_
#define CHASSIS_EFFECTS_EFFECT_RUNNER_H_

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "chassis/effects/effect_pool.h"

namespace regulars {

class EffectRunner {
 public:
  EffectRunner(Store& store, Metrics& metrics, int64_t holder, EffectPool::Kind kind);
  ~EffectRunner();  // Ends at once what has not been stopped.

  const std::string& name() const { return kind_.name; }
  bool started() const { return !threads_.empty(); }
  void Start();
  // There may be something to do.
  void Ring();
  // No more is begun. Stop() waits for what is under way, and at most `patience` for its record.
  void BeginToStop(absl::Duration patience);
  void Stop();

 private:
  // A claimed job, and until when it is this process's.
  struct Job {
    std::shared_ptr<void> data;
    absl::Time lease_until;
  };
  struct Counts {
    std::atomic<int64_t> performed{0};
    std::atomic<int64_t> recorded{0};
    std::atomic<int64_t> unrecorded{0};
    std::atomic<int64_t> lost{0};  // By an exception, or a lease that ended before its turn.
  };

  void Perform();
  bool PerformOne(const Job& job);
  void Keep();
  absl::Duration NextLook();
  bool MayClaim();
  void Look(bool rung);
  void Claim();
  void Record();
  absl::Status Write(const std::vector<Job>& jobs);
  void RecordOneByOne(std::vector<Job> jobs);
  void RecordStuck();
  void EndLease(const Job& job);
  size_t Held() const { return waiting_.size() + done_.size() + stuck_.size(); }
  static absl::Duration NextDelay(int& failures);
  void Note(const char* doing, const absl::Status& status, const int& failures);

  Store& store_;
  const int64_t holder_;
  const EffectPool::Kind kind_;
  const std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();

  std::mutex mutex_;
  std::condition_variable work_;    // For those who perform.
  std::condition_variable keeper_;  // For the one who claims and records.
  bool stopping_ = false;           // Guarded by mutex_, as all below.
  bool rung_ = true;                // At the start there may be work.
  std::deque<Job> waiting_;         // Claimed, not begun.
  int performing_ = 0;
  std::vector<Job> stuck_;  // Performed, and refused by `record` for a reason of its own.
  std::vector<Job> done_;   // Performed, not recorded.
  std::multiset<absl::Time> lease_ends_;  // Of those begun and not recorded.
  // As Monotonic(), as give_up_at_: nobody sleeps longer because the machine's clock was put back.
  absl::Duration look_at_ = -absl::InfiniteDuration();
  absl::Duration record_at_ = -absl::InfiniteDuration();
  absl::Duration stuck_at_ = -absl::InfiniteDuration();
  int claim_failures_ = 0;  // In a row, as the next two.
  int record_failures_ = 0;
  int stuck_failures_ = 0;
  absl::Duration give_up_at_ = absl::InfiniteDuration();  // While stopping.

  std::vector<std::thread> threads_;
};

}  // namespace regulars

#endif  // CHASSIS_EFFECTS_EFFECT_RUNNER_H_
