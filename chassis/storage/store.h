// One service's store: a database file that this process alone has open, its writer, its readers.
//
//   ABSL_ASSIGN_OR_RETURN(auto store, Store::Open({.path = "customer.db", .service = "customer",
//                                                  .migrations = CustomerMigrations()}));
//   store->writer().Submit(…); store->readers().Submit(…);
//
// Thread-safe once open.
#ifndef CHASSIS_STORAGE_STORE_H_
#define CHASSIS_STORAGE_STORE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "chassis/base/clock.h"
#include "chassis/storage/migrations.h"
#include "chassis/storage/reader_pool.h"
#include "chassis/storage/writer.h"

namespace regulars {

struct StoreOptions {
  // The database file. Beside it lie its log (-wal, -shm) and a lock (.lock).
  std::string path;
  // Whose schema `migrations` is: "customer".
  std::string service;
  absl::Span<const Migration> migrations;
  const Clock* clock = &SystemClock();
  Writer::Limits writer_limits = {};
  int readers = 2;
  size_t read_queue = 1024;
  int64_t writer_cache_kib = 32 * 1024;
  int64_t reader_cache_kib = 4 * 1024;
  // A virtual file system that tests have registered; empty for the machine's.
  std::string vfs;
};

class Store {
 public:
  // Takes the lock, brings the schema up to date and starts the threads. FAILED_PRECONDITION
  // STORE_HELD when another process has the store open, STORE_TOO_NEW when its schema is newer.
  static absl::StatusOr<std::unique_ptr<Store>> Open(const StoreOptions& options);
  ~Store();

  Writer& writer() { return *writer_; }
  ReaderPool& readers() { return *readers_; }
  const Clock& clock() const { return clock_; }
  const std::string& path() const { return path_; }

  // Copies the store to `path` (which must not exist) while it is in use, and waits for the end.
  // The copy is whole: it holds exactly the changes committed before some moment of the call.
  absl::Status Backup(const std::string& path);

  // Cuts the log off, so that what was deleted before the call is in none of the store's files any
  // more (its pages are overwritten where they are). Tries for half a second; false where readers
  // kept it all that time.
  bool EmptyLog();

  // Answers what is queued, copies the log back, gives up the lock.
  void Close();

 private:
  class Lock;
  friend absl::Status Restore(const std::string& backup, const std::string& path,
                              absl::string_view service);
  Store(std::unique_ptr<Lock> lock, const StoreOptions& options);

  const std::string path_;
  const Clock& clock_;
  std::unique_ptr<Lock> lock_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<ReaderPool> readers_;
};

// Makes a backup that Store::Backup wrote the store of `service` at `path`: it begins a new epoch,
// so that followers notice. The backup stays as it is. FAILED_PRECONDITION with STORE_HELD or
// STORE_EXISTS while there is a store at `path`, BACKUP_UNREADABLE, BACKUP_DAMAGED,
// BACKUP_OF_ANOTHER (service).
absl::Status Restore(const std::string& backup, const std::string& path, absl::string_view service);

}  // namespace regulars

#endif  // CHASSIS_STORAGE_STORE_H_
