// The one thread that changes a store: group commit with lanes.
//
// Changes wait in bounded queues, one per lane. The writer takes them in turn, runs each behind the
// first in a savepoint of its own, commits the group once with synchronous=FULL, and only then lets
// the answers go, errors too: an ALREADY_EXISTS may rest on a neighbour that is not committed yet.
// A change that fails rolls back alone. After a failed commit the writer refuses work until it has
// reopened the store and written to it, which it tries again and again.
//
// Thread-safe.
#ifndef CHASSIS_STORAGE_WRITER_H_
#define CHASSIS_STORAGE_WRITER_H_

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "chassis/base/clock.h"
#include "chassis/base/serial_executor.h"
#include "chassis/observe/log_limit.h"
#include "chassis/storage/position_signal.h"
#include "chassis/storage/transaction.h"

namespace regulars {

// Lanes share the writer's time by weight when all are busy; an idle lane's share goes to the rest.
enum class Lane { kInteractive, kFollowing, kTasks };
inline constexpr size_t kLanes = 3;

// One change on its way through the writer.
struct Change {
  Lane lane = Lane::kInteractive;
  Origin origin;
  // Runs the change and rolls it back, whatever it answers (validate_only).
  bool dry_run = false;
  // Whether the caller has gone; asked once, before the change begins. May be empty.
  absl::AnyInvocable<bool()> gone;
  // The change itself.
  absl::AnyInvocable<absl::Status(Transaction&)> run;
  // Called exactly once, after the commit, on the writer's reply thread. `position` is the feed's
  // head after the group: a read that waits for it sees this change.
  absl::AnyInvocable<void(const absl::Status& status, int64_t position)> done;
};

class Writer {
 public:
  struct Limits {
    size_t queue_per_lane = 4096;
    // A group that is smaller than what is under way lets the next be prepared meanwhile; and
    // databases that cache 64 subtransactions serve 60 savepoints well.
    size_t changes_per_group = 60;
    absl::Duration group_time = absl::Milliseconds(6);
    // How long one slice of a long change may take while interactive changes wait, and otherwise.
    absl::Duration slice_when_waited_for = absl::Milliseconds(3);
    absl::Duration slice = absl::Milliseconds(50);
    // The write-ahead log is copied back into the database when it has grown to this many pages.
    int checkpoint_pages = 4000;
    // From one reopening of the store, or attempt at it, to the next.
    absl::Duration reopen_interval = absl::Seconds(1);
    absl::Duration idle_before_truncate = absl::Seconds(1);
  };

  struct Options {
    ConnectionOptions connection;
    const Clock* clock = nullptr;
    Limits limits = {};
  };

  struct Counters {
    std::atomic<int64_t> commits{0};
    // In those commits; what was only tried (dry_run) is not counted.
    std::atomic<int64_t> changes{0};
    // Changes that were answered with an error, those whose caller had `gone` too.
    std::atomic<int64_t> failed{0};
    // Changes that were not even queued.
    std::atomic<int64_t> refused{0};
    std::atomic<int64_t> gone{0};
    std::atomic<int64_t> reopened{0};
    // The longest that an interactive change has waited for one slice of another lane to end, µs.
    std::atomic<int64_t> longest_wait_for_slice_us{0};
  };

  // Opens the writing connection and starts the threads. The schema must be there.
  static absl::StatusOr<std::unique_ptr<Writer>> Start(Options options);
  ~Writer();  // Stop().

  // Queues a change. RESOURCE_EXHAUSTED when its lane is full, UNAVAILABLE while the store is
  // closed to writes (RESOURCE_EXHAUSTED STORE_FULL where the disk is full); `done` is then never
  // called.
  absl::Status Submit(Change change);

  // Submits and waits for the commit. For tests, tasks and start-up; never on a gRPC thread.
  absl::Status Write(Lane lane, const Origin& origin,
                     const std::function<absl::Status(Transaction&)>& run);

  // Work on the writing connection between groups (backup, pruning of files): called again after
  // each group until it answers false. At most kMaxChores at once, those under way among them
  // (RESOURCE_EXHAUSTED). UNAVAILABLE while the store is closed to writes. A chore that is
  // destroyed before it answered false was dropped: the store closed, or had to be reopened.
  absl::Status AddChore(absl::AnyInvocable<bool(Connection&)> chore);

  // Tries once, between two groups, to copy the log back into the database and to cut it off, so
  // that what was deleted before the call is in no file any more; waits for that. False when a
  // reader needs the log, or it could not be tried: later.
  bool EmptyLog();

  // Has `ring` called, on the reply thread, after each commit of a change that rang this bell; it
  // must be quick. One for each bell. Empty: nobody is called any more once this returns.
  void OnRung(const std::string& bell, std::function<void()> ring);

  // Refuses new changes, finishes the queued ones, copies the log back and ends the threads.
  void Stop();

  // The feed position that is committed.
  PositionSignal& position() { return position_; }
  // Names this line of the store's history.
  std::string epoch() const;
  // Whether commits work.
  bool healthy() const { return healthy_; }
  // OK, or why they do not.
  absl::Status Trouble() const;
  // What tx.now() would be: the clock's time, or the latest that any change was given where the
  // clock was put back behind that.
  absl::Time Now() const;
  // How far the clock is behind the latest time that any change was given; zero when it is not.
  absl::Duration ClockBehind() const;
  const Counters& counters() const { return counters_; }
  size_t QueueLength(Lane lane) const;

 private:
  struct Finished {
    Change change;
    absl::Status status;
  };
  static constexpr size_t kMaxChores = 4;
  // Groups whose answers wait to go out; the writer waits with the next, and its queues fill up.
  static constexpr size_t kMaxReplies = 64;

  explicit Writer(Options options) : options_(std::move(options)) {}
  absl::Status OpenConnection();
  void Run();
  bool WaitForWork();
  void ExpireWaits();
  bool TakeNext(Change& change);
  void RunGroup();
  absl::Status RunOne(Change& change);
  absl::Status Apply(Change& change);
  absl::Status EndSavepoint(bool undo);
  absl::Status Restart();
  absl::Status LoseGroup(const absl::Status& why);
  absl::Status InsertEvents(const Transaction& tx);
  absl::Status Commit();
  absl::Status RecordTime();
  absl::Status ClosedToWrites() const;
  void MeasureWait(absl::Duration slice_start, absl::Duration slice_end);
  void FailGroup(std::vector<Finished>& group, const absl::Status& why);
  void Count(const std::vector<Finished>& group);
  void Reply(std::vector<Finished> group);
  void Ring(const std::set<std::string>& bells);
  void RefuseQueued();
  void Reopen();
  absl::Status TryToReopen();
  bool PauseBeforeReopening();
  void CloseToWrites(const absl::Status& why);
  void OpenToWrites();
  void RunChores();
  void DropChores();
  bool Checkpoint(bool truncate);
  bool MustYield() const;

  const Options options_;

  // Touched by the writer's thread alone, once it runs.
  std::unique_ptr<Connection> connection_;
  int64_t committed_position_ = 0;
  int64_t next_position_ = 1;
  Mixer seeds_{SecureRandomSeed()};
  absl::Duration slice_start_;  // These three by Monotonic().
  absl::Duration last_expiry_;
  absl::Duration last_reopening_ = -absl::InfiniteDuration();
  int wal_pages_ = 0;
  LogLimit copy_failures_;
  LogLimit closures_;
  bool closure_told_ = false;
  std::set<std::string> rung_;                 // By changes of the present group.
  bool is_first_ = false;                      // Nothing is in the present transaction yet.
  bool lost_ = false;                          // The present group, rolled back as a whole.
  std::array<absl::Duration, kLanes> used_{};  // Time taken, divided by the lane's weight.
  std::vector<absl::AnyInvocable<bool(Connection&)>> chores_;

  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::array<std::deque<Change>, kLanes> queues_;                  // Guarded by mutex_.
  std::vector<absl::AnyInvocable<bool(Connection&)>> new_chores_;  // Guarded by mutex_.
  absl::Duration interactive_since_;  // Guarded by mutex_. When one came to an empty queue.
  bool stopping_ = false;             // Guarded by mutex_.
  std::string epoch_;                 // Guarded by mutex_.
  absl::Status trouble_;              // Guarded by mutex_. OK while healthy_.

  std::mutex ring_mutex_;
  std::map<std::string, std::function<void()>> bells_;  // Guarded by ring_mutex_.

  std::atomic<size_t> chore_count_{0};  // Both new and under way.
  std::atomic<size_t> interactive_waiting_{0};
  std::atomic<bool> healthy_{true};
  // The latest that a change was given; set by the writer's thread alone.
  std::atomic<int64_t> last_time_us_{0};
  PositionSignal position_;
  Counters counters_;
  SerialExecutor replies_{kMaxReplies};
  std::thread thread_;
};

}  // namespace regulars

#endif  // CHASSIS_STORAGE_WRITER_H_
