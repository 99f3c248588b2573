// Threads that read a store, each with a connection of its own. Reads see the last committed state
// and never wait for the writer.
//
// Thread-safe.
#ifndef CHASSIS_STORAGE_READER_POOL_H_
#define CHASSIS_STORAGE_READER_POOL_H_

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "chassis/base/clock.h"
#include "chassis/observe/log_limit.h"
#include "chassis/storage/transaction.h"

namespace regulars {

class ReaderPool {
 public:
  struct Options {
    ConnectionOptions connection;
    const Clock* clock = nullptr;
    int threads = 2;
    size_t queue = 1024;
  };

  // One read on its way through the pool. `run` is called exactly once on a pool thread, with a
  // snapshot or with the reason why there is none; the snapshot ends when it returns.
  struct Read {
    Origin origin;
    absl::AnyInvocable<void(absl::StatusOr<Snapshot*>)> run;
  };

  static absl::StatusOr<std::unique_ptr<ReaderPool>> Start(Options options);
  ~ReaderPool();  // Stop().

  // RESOURCE_EXHAUSTED when the queue is full; `run` is then never called.
  absl::Status Submit(Read read);

  // Submits and waits. For tests, tasks and start-up; never on a gRPC thread.
  absl::Status Run(const Origin& origin, const std::function<absl::Status(Snapshot&)>& read);

  // Finishes what is queued and ends the threads.
  void Stop();

  size_t QueueLength() const;
  int64_t refused() const { return refused_; }

 private:
  explicit ReaderPool(Options options) : options_(std::move(options)) {}
  void Work(std::unique_ptr<Connection>& connection);
  // In place of a connection that cannot end its transaction: it would show an old state for ever.
  void Reopen(std::unique_ptr<Connection>& connection);

  const Options options_;
  std::vector<std::unique_ptr<Connection>> connections_;  // Each its thread's, once that runs.
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Read> queue_;  // Guarded by mutex_.
  bool stopping_ = false;   // Guarded by mutex_.
  std::atomic<int64_t> refused_{0};
  LogLimit reopenings_;
  std::vector<std::thread> threads_;
};

}  // namespace regulars

#endif  // CHASSIS_STORAGE_READER_POOL_H_
