#include "chassis/storage/store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "chassis/base/check.h"
#include "chassis/base/durable.h"
#include "chassis/base/errors.h"
#include "chassis/storage/backup.h"

namespace regulars {
namespace {

// A new line of history: its first time is now, its epoch an id never used before.
absl::Status EnsureMeta(Connection& connection, absl::Time now) {
  Mixer mixer(SecureRandomSeed());
  const uint64_t high = mixer.Next();
  return connection
      .Sql("INSERT INTO store_meta (one, epoch, last_time) VALUES (1, ?, ?) ON CONFLICT DO NOTHING",
           MakeId(now, high, mixer.Next()), now)
      .Run();
}

absl::Status Prepare(const ConnectionOptions& options, const StoreOptions& store) {
  ABSL_ASSIGN_OR_RETURN(auto connection, Connection::Open(options));
  // A new store is not in WAL mode yet. EXTRA syncs the folder when that first change's journal is
  // removed: a journal that came back after a power cut would undo the store.
  ABSL_RETURN_IF_ERROR(connection->Script("PRAGMA synchronous=EXTRA; PRAGMA journal_mode=WAL"));
  const absl::Time now = store.clock->Now();
  ABSL_RETURN_IF_ERROR(Migrate(*connection, "chassis", ChassisMigrations(), now));
  ABSL_RETURN_IF_ERROR(Migrate(*connection, store.service, store.migrations, now));
  return EnsureMeta(*connection, now);
}

// SQLite's words tell neither which file nor what to do.
absl::Status InPlainWords(const absl::Status& prepared, const std::string& path) {
  if (GetErrorDetails(prepared).reason != "STORE_CORRUPT") return prepared;
  return Error(absl::StatusCode::kDataLoss,
               absl::StrCat("'", path,
                            "' is damaged or no store at all: name another file, or move this one "
                            "away and restore a backup"),
               {.reason = "STORE_CORRUPT"});
}

}  // namespace

// An exclusive lock on a file beside the store; the kernel frees it however the process ends.
class Store::Lock {
 public:
  static absl::StatusOr<std::unique_ptr<Lock>> Take(const std::string& store) {
    const std::string path = absl::StrCat(store, ".lock");
    const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
      return FailedPrecondition("STORE_UNUSABLE",
                                absl::StrCat("cannot open '", path, "': ", std::strerror(errno)));
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
      close(fd);
      return FailedPrecondition("STORE_HELD",
                                absl::StrCat("another process has the store '", store, "' open"));
    }
    return std::unique_ptr<Lock>(new Lock(fd));
  }
  ~Lock() { close(fd_); }

 private:
  explicit Lock(int fd) : fd_(fd) {}
  const int fd_;
};

Store::Store(std::unique_ptr<Lock> lock, const StoreOptions& options)
    : path_(options.path), clock_(*options.clock), lock_(std::move(lock)) {}

Store::~Store() { Close(); }

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const StoreOptions& options) {
  ABSL_ASSIGN_OR_RETURN(auto lock, Lock::Take(options.path));
  ConnectionOptions connection = {
      .path = options.path, .vfs = options.vfs, .cache_kib = options.writer_cache_kib};
  ABSL_RETURN_IF_ERROR(InPlainWords(Prepare(connection, options), options.path));
  std::unique_ptr<Store> store(new Store(std::move(lock), options));
  ABSL_ASSIGN_OR_RETURN(store->writer_, Writer::Start({.connection = connection,
                                                       .clock = options.clock,
                                                       .limits = options.writer_limits}));
  connection.cache_kib = options.reader_cache_kib;
  ABSL_ASSIGN_OR_RETURN(store->readers_, ReaderPool::Start({.connection = connection,
                                                            .clock = options.clock,
                                                            .threads = options.readers,
                                                            .queue = options.read_queue}));
  return store;
}

bool Store::EmptyLog() {
  constexpr int kAttempts = 25;
  constexpr absl::Duration kPause = absl::Milliseconds(20);
  for (int i = 0; i < kAttempts; ++i) {
    if (i > 0) absl::SleepFor(kPause);
    if (writer_->EmptyLog()) return true;
  }
  return false;
}

absl::Status Store::Backup(const std::string& path) { return RunBackup(*writer_, path); }

void Store::Close() {
  // Readers first: the last to close the log may remove it.
  if (readers_) readers_->Stop();
  readers_.reset();
  if (writer_) writer_->Stop();
  writer_.reset();
  lock_.reset();
}

namespace {

// Takes a copied backup for what it should be, and begins a new line of history in it.
absl::Status Adopt(const std::string& copy, absl::string_view service) {
  const absl::Status damaged =
      FailedPrecondition("BACKUP_DAMAGED", "the backup is damaged or no store at all");
  const auto connection = Connection::Open({.path = copy});
  if (!connection.ok()) return damaged;
  const auto verdict = (*connection)->Sql("PRAGMA integrity_check(1)").First<std::string>();
  if (!verdict.ok() || *verdict != "ok") return damaged;
  const auto changes =
      (*connection)
          ->Sql("SELECT COUNT(*) FROM schema_migration WHERE component = ?", service)
          .First<int64_t>();
  if (!changes.ok() || changes->value_or(0) == 0) {
    return FailedPrecondition(
        "BACKUP_OF_ANOTHER",
        absl::StrCat("this is no backup of ",
                     absl::StrContains("aeiou", service.substr(0, 1)) ? "an " : "a ", service,
                     " store"));
  }
  Mixer mixer(SecureRandomSeed());
  const absl::Time now = SystemClock().Now();
  const uint64_t high = mixer.Next();
  return (*connection)
      ->Sql("UPDATE store_meta SET epoch = ?", MakeId(now, high, mixer.Next()))
      .Run();
}

// What SQLite keeps beside a store's file.
constexpr const char* kBeside[] = {"-wal", "-shm", "-journal"};

absl::Status RemoveBeside(const std::string& store) {
  for (const char* suffix : kBeside) {
    std::error_code error;
    std::filesystem::remove(absl::StrCat(store, suffix), error);
    if (error) {
      return FailedPrecondition(
          "STORE_UNUSABLE", absl::StrCat("cannot remove '", store, suffix, "': ", error.message()));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Restore(const std::string& backup, const std::string& path,
                     absl::string_view service) {
  ABSL_ASSIGN_OR_RETURN(const auto lock, Store::Lock::Take(path));
  // An old log would be taken for that of the new store.
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    if (std::filesystem::exists(absl::StrCat(path, suffix))) {
      return FailedPrecondition("STORE_EXISTS",
                                absl::StrCat("'", path, suffix, "' exists: move it away first"));
    }
  }
  // Work on a copy under another name, so that a half-made store is never taken for a whole one.
  const std::string half = absl::StrCat(path, ".restoring");
  std::error_code error;
  std::filesystem::copy_file(backup, half, std::filesystem::copy_options::overwrite_existing,
                             error);
  if (error) {
    return FailedPrecondition("BACKUP_UNREADABLE",
                              absl::StrCat("cannot copy '", backup, "': ", error.message()));
  }
  // The log of an attempt that was killed would be taken for the copy's.
  absl::Status status = RemoveBeside(half);
  if (status.ok()) status = Adopt(half, service);
  if (status.ok()) std::filesystem::rename(half, path, error);
  if (error) status = FailedPrecondition("STORE_UNUSABLE", error.message());
  if (status.ok()) return SyncFolder(std::filesystem::absolute(path).parent_path());
  std::filesystem::remove(half, error);
  RemoveBeside(half).IgnoreError();
  return status;
}

}  // namespace regulars
