#include "chassis/storage/reader_pool.h"

#include <future>
#include <utility>

#include "chassis/base/errors.h"
#include "chassis/base/exceptions.h"
#include "chassis/observe/log.h"

namespace regulars {
namespace {

constexpr absl::Duration kRetryAfterFull = absl::Milliseconds(50);

}  // namespace

absl::StatusOr<std::unique_ptr<ReaderPool>> ReaderPool::Start(Options options) {
  options.connection.read_only = true;
  std::unique_ptr<ReaderPool> pool(new ReaderPool(std::move(options)));
  for (int i = 0; i < pool->options_.threads; ++i) {
    ABSL_ASSIGN_OR_RETURN(auto connection, Connection::Open(pool->options_.connection));
    pool->connections_.push_back(std::move(connection));
  }
  for (auto& connection : pool->connections_) {
    pool->threads_.emplace_back([p = pool.get(), &connection] { p->Work(connection); });
  }
  return pool;
}

ReaderPool::~ReaderPool() { Stop(); }

absl::Status ReaderPool::Submit(Read read) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return Unavailable("STOPPING", "the server is stopping", kRetryAfterFull);
    if (queue_.size() >= options_.queue) {
      ++refused_;
      return ResourceExhausted("QUEUE_FULL", "the read queue is full", kRetryAfterFull);
    }
    queue_.push_back(std::move(read));
  }
  ready_.notify_one();
  return absl::OkStatus();
}

absl::Status ReaderPool::Run(const Origin& origin,
                             const std::function<absl::Status(Snapshot&)>& read) {
  std::promise<absl::Status> promise;
  ABSL_RETURN_IF_ERROR(Submit({origin, [&](absl::StatusOr<Snapshot*> snapshot) {
                                 promise.set_value(WithoutExceptions([&] {
                                   return snapshot.ok() ? read(**snapshot) : snapshot.status();
                                 }));
                               }}));
  return promise.get_future().get();
}

void ReaderPool::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ready_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

size_t ReaderPool::QueueLength() const {
  std::lock_guard lock(mutex_);
  return queue_.size();
}

void ReaderPool::Work(std::unique_ptr<Connection>& connection) {
  std::unique_lock lock(mutex_);
  while (true) {
    ready_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    Read read = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    // Deferred: the snapshot is taken by the first statement.
    const absl::Status begun = connection->Sql("BEGIN").Run();
    if (begun.ok()) {
      Snapshot snapshot(*connection, read.origin, options_.clock->Now());
      read.run(&snapshot);
      // Whether it has ended is asked below.
      connection->Sql("ROLLBACK").Run().IgnoreError();
    } else {
      read.run(begun);
    }
    if (connection->InTransaction()) Reopen(connection);
    lock.lock();
  }
}

void ReaderPool::Reopen(std::unique_ptr<Connection>& connection) {
  absl::StatusOr<std::unique_ptr<Connection>> opened = Connection::Open(options_.connection);
  if (reopenings_.Passes()) {
    LogWarning("a read could not be ended",
               {{"reopened", opened.ok() ? "yes" : std::string(opened.status().message())}});
  }
  // The old one refuses the next read, after which this is tried again.
  if (opened.ok()) connection = *std::move(opened);
}

}  // namespace regulars
