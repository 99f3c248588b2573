#include "chassis/testing/fault_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <mutex>
#include <new>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chassis/base/check.h"
#include "chassis/base/ids.h"

namespace regulars::testing {
namespace {

constexpr size_t kSector = 512;
constexpr int kShmRegion = 32 * 1024;

// Bytes as a disk holds them: what is synced, what is written, and where the two may differ.
struct File {
  std::string synced;
  std::string latest;
  // How short the file has been made since it was synced, at its shortest.
  size_t cut_to = std::string::npos;
  bool name_synced = false;
  bool deleted = false;

  // Shared memory of the write-ahead log's index, and locks; both die with the power.
  std::vector<std::unique_ptr<char[]>> shm;
  int shm_locks[SQLITE_SHM_NLOCK] = {};  // -1: exclusive; n: shared by n.
  int shared = 0;
  void* reserved = nullptr;  // The handle that has it.
  void* exclusive = nullptr;

  void Sync() {
    synced = latest;
    cut_to = std::string::npos;
    name_synced = true;
  }
};

// What a power cut may leave of a file: sectors that were written are the old or the new ones. What
// was cut off is gone as a whole or there as a whole: that is one change of the file's size.
std::string Tear(const File& file, Mixer& mixer) {
  std::string old_state = file.synced;
  const bool cut = mixer.Next() % 2 == 0;
  if (cut && file.cut_to < old_state.size()) old_state.resize(file.cut_to);
  const std::string& new_state = file.latest;
  const bool grown = new_state.size() > old_state.size() && mixer.Next() % 2 == 0;
  std::string result(grown ? new_state.size() : old_state.size(), '\0');
  for (size_t at = 0; at < result.size(); at += kSector) {
    const bool is_new = at < new_state.size() && mixer.Next() % 2 == 0;
    const std::string& from = is_new ? new_state : old_state;
    for (size_t i = at; i < std::min(at + kSector, result.size()); ++i) {
      result[i] = i < from.size() ? from[i] : '\0';
    }
  }
  return result;
}

}  // namespace

struct FaultVfs::Disk {
  explicit Disk(uint64_t seed) : mixer(seed) {}

  std::string name;
  sqlite3_vfs vfs{};
  std::mutex mutex;
  // All below is guarded by mutex.
  Mixer mixer;
  std::map<std::string, std::shared_ptr<File>> files;
  int64_t writes = 0;
  int64_t stop_at = -1;
  bool stopped = false;
  bool full = false;
  int64_t refused = 0;
  int error_one_in = 0;
  int64_t errors = 0;

  // Every name made or deleted so far is so for good.
  void SyncFolder() {
    for (auto it = files.begin(); it != files.end();) {
      it->second->name_synced = true;
      it = it->second->deleted ? files.erase(it) : std::next(it);
    }
  }

  // Counts an operation that changes the disk; SQLITE_OK when it may go ahead.
  int Operation() {
    ++writes;
    if (stop_at >= 0 && writes >= stop_at) stopped = true;
    return stopped || Fails() ? SQLITE_IOERR_WRITE : SQLITE_OK;
  }

  // Whether the disk fails this time.
  bool Fails() {
    if (error_one_in == 0 || mixer.Next() % static_cast<uint64_t>(error_one_in) != 0) return false;
    ++errors;
    return true;
  }
};

namespace {

using Disk = FaultVfs::Disk;

// What SQLite holds as an open file.
struct Handle {
  sqlite3_file base;
  Disk* disk;
  std::shared_ptr<File> file;
  int lock;
  bool delete_on_close;
  std::string* path;
  // Bits of the shared-memory locks that this handle has.
  unsigned shm_shared;
  unsigned shm_exclusive;
};

Handle* From(sqlite3_file* file) { return reinterpret_cast<Handle*>(file); }

void ReleaseLock(Handle* handle, int level) {
  File& file = *handle->file;
  if (file.exclusive == handle && level < SQLITE_LOCK_EXCLUSIVE) file.exclusive = nullptr;
  if (file.reserved == handle && level < SQLITE_LOCK_RESERVED) file.reserved = nullptr;
  if (handle->lock >= SQLITE_LOCK_SHARED && level < SQLITE_LOCK_SHARED) --file.shared;
  handle->lock = level;
}

int Close(sqlite3_file* base) {
  Handle* handle = From(base);
  {
    std::lock_guard guard(handle->disk->mutex);
    ReleaseLock(handle, SQLITE_LOCK_NONE);
    if (handle->delete_on_close) handle->disk->files.erase(*handle->path);
  }
  delete handle->path;
  handle->file.~shared_ptr();
  return SQLITE_OK;
}

int Read(sqlite3_file* base, void* out, int amount, sqlite3_int64 offset) {
  Handle* handle = From(base);
  std::lock_guard guard(handle->disk->mutex);
  if (handle->disk->stopped || handle->disk->Fails()) return SQLITE_IOERR_READ;
  const std::string& data = handle->file->latest;
  const auto at = static_cast<size_t>(offset);
  const auto size = static_cast<size_t>(amount);
  const size_t got = at >= data.size() ? 0 : std::min(size, data.size() - at);
  std::memcpy(out, data.data() + std::min(at, data.size()), got);
  std::memset(static_cast<char*>(out) + got, 0, size - got);
  return got < size ? SQLITE_IOERR_SHORT_READ : SQLITE_OK;
}

int Write(sqlite3_file* base, const void* bytes, int amount, sqlite3_int64 offset) {
  Handle* handle = From(base);
  std::lock_guard guard(handle->disk->mutex);
  if (const int code = handle->disk->Operation(); code != SQLITE_OK) return code;
  std::string& data = handle->file->latest;
  const size_t end = static_cast<size_t>(offset) + static_cast<size_t>(amount);
  if (handle->disk->full && end > data.size()) {
    ++handle->disk->refused;
    return SQLITE_FULL;
  }
  if (data.size() < end) data.resize(end, '\0');
  std::memcpy(data.data() + offset, bytes, static_cast<size_t>(amount));
  return SQLITE_OK;
}

int Truncate(sqlite3_file* base, sqlite3_int64 size) {
  Handle* handle = From(base);
  std::lock_guard guard(handle->disk->mutex);
  if (const int code = handle->disk->Operation(); code != SQLITE_OK) return code;
  File& file = *handle->file;
  const auto length = static_cast<size_t>(size);
  if (length < file.latest.size()) file.cut_to = std::min(file.cut_to, length);
  file.latest.resize(length, '\0');
  return SQLITE_OK;
}

int Sync(sqlite3_file* base, int) {
  Handle* handle = From(base);
  std::lock_guard guard(handle->disk->mutex);
  if (const int code = handle->disk->Operation(); code != SQLITE_OK) return SQLITE_IOERR_FSYNC;
  // As SQLite's own file system does, the first sync of a new file syncs the folder too.
  if (!handle->file->name_synced) handle->disk->SyncFolder();
  handle->file->Sync();
  return SQLITE_OK;
}

int FileSize(sqlite3_file* base, sqlite3_int64* size) {
  Handle* handle = From(base);
  std::lock_guard guard(handle->disk->mutex);
  *size = static_cast<sqlite3_int64>(handle->file->latest.size());
  return SQLITE_OK;
}

int Lock(sqlite3_file* base, int level) {
  Handle* handle = From(base);
  std::lock_guard guard(handle->disk->mutex);
  File& file = *handle->file;
  if (handle->lock >= level) return SQLITE_OK;
  const bool others_reserved = file.reserved != nullptr && file.reserved != handle;
  const bool others_exclusive = file.exclusive != nullptr && file.exclusive != handle;
  if (level == SQLITE_LOCK_SHARED) {
    if (others_exclusive) return SQLITE_BUSY;
    ++file.shared;
  } else if (level == SQLITE_LOCK_RESERVED) {
    if (others_reserved) return SQLITE_BUSY;
    file.reserved = handle;
  } else {
    if (others_reserved || others_exclusive) return SQLITE_BUSY;
    file.exclusive = handle;
    if (file.shared > 1) return SQLITE_BUSY;
  }
  handle->lock = level;
  return SQLITE_OK;
}

int Unlock(sqlite3_file* base, int level) {
  Handle* handle = From(base);
  std::lock_guard guard(handle->disk->mutex);
  if (handle->lock > level) ReleaseLock(handle, level);
  return SQLITE_OK;
}

int CheckReservedLock(sqlite3_file* base, int* reserved) {
  Handle* handle = From(base);
  std::lock_guard guard(handle->disk->mutex);
  *reserved = handle->file->reserved != nullptr;
  return SQLITE_OK;
}

int FileControl(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int SectorSize(sqlite3_file*) { return kSector; }
int DeviceCharacteristics(sqlite3_file*) { return 0; }

int ShmMap(sqlite3_file* base, int region, int size, int extend, void volatile** out) {
  Handle* handle = From(base);
  std::lock_guard guard(handle->disk->mutex);
  CHECK(size == kShmRegion);  // SQLite's one size of region.
  auto& shm = handle->file->shm;
  while (extend != 0 && shm.size() <= static_cast<size_t>(region)) {
    shm.push_back(std::make_unique<char[]>(kShmRegion));
    std::memset(shm.back().get(), 0, kShmRegion);
  }
  *out =
      static_cast<size_t>(region) < shm.size() ? shm[static_cast<size_t>(region)].get() : nullptr;
  return SQLITE_OK;
}

int ShmLock(sqlite3_file* base, int offset, int n, int flags) {
  Handle* handle = From(base);
  std::lock_guard guard(handle->disk->mutex);
  int* locks = handle->file->shm_locks;
  const bool shared = (flags & SQLITE_SHM_SHARED) != 0;
  unsigned& mine = shared ? handle->shm_shared : handle->shm_exclusive;
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    for (int i = offset; i < offset + n; ++i) {
      if ((mine & (1U << i)) == 0) continue;
      locks[i] = shared ? locks[i] - 1 : 0;
      mine &= ~(1U << i);
    }
    return SQLITE_OK;
  }
  for (int i = offset; i < offset + n; ++i) {
    if ((mine & (1U << i)) != 0) continue;
    if (shared ? locks[i] < 0 : locks[i] != 0) return SQLITE_BUSY;
  }
  for (int i = offset; i < offset + n; ++i) {
    if ((mine & (1U << i)) != 0) continue;
    locks[i] = shared ? locks[i] + 1 : -1;
    mine |= 1U << i;
  }
  return SQLITE_OK;
}

// Taking a lock is a barrier, and one that ThreadSanitizer knows.
void ShmBarrier(sqlite3_file* base) { std::lock_guard guard(From(base)->disk->mutex); }

int ShmUnmap(sqlite3_file* base, int delete_it) {
  Handle* handle = From(base);
  std::lock_guard guard(handle->disk->mutex);
  for (int i = 0; i < SQLITE_SHM_NLOCK; ++i) {
    if ((handle->shm_shared & (1U << i)) != 0) --handle->file->shm_locks[i];
    if ((handle->shm_exclusive & (1U << i)) != 0) handle->file->shm_locks[i] = 0;
  }
  handle->shm_shared = handle->shm_exclusive = 0;
  if (delete_it != 0) handle->file->shm.clear();
  return SQLITE_OK;
}

constexpr sqlite3_io_methods kMethods = {
    .iVersion = 2,
    .xClose = Close,
    .xRead = Read,
    .xWrite = Write,
    .xTruncate = Truncate,
    .xSync = Sync,
    .xFileSize = FileSize,
    .xLock = Lock,
    .xUnlock = Unlock,
    .xCheckReservedLock = CheckReservedLock,
    .xFileControl = FileControl,
    .xSectorSize = SectorSize,
    .xDeviceCharacteristics = DeviceCharacteristics,
    .xShmMap = ShmMap,
    .xShmLock = ShmLock,
    .xShmBarrier = ShmBarrier,
    .xShmUnmap = ShmUnmap,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

Disk* Owner(sqlite3_vfs* vfs) { return static_cast<Disk*>(vfs->pAppData); }

int Open(sqlite3_vfs* vfs, const char* path, sqlite3_file* base, int flags, int* out_flags) {
  Disk* disk = Owner(vfs);
  std::lock_guard guard(disk->mutex);
  const std::string name = path == nullptr ? absl::StrCat("temp-", disk->mixer.Next()) : path;
  auto found = disk->files.find(name);
  if (found == disk->files.end() || found->second->deleted) {
    if ((flags & SQLITE_OPEN_CREATE) == 0 || disk->stopped) {
      base->pMethods = nullptr;
      return SQLITE_CANTOPEN;
    }
    auto made = std::make_shared<File>();
    // A deleted namesake whose deletion is not synced may come back after a crash.
    if (found != disk->files.end()) {
      made->synced = found->second->synced;
      made->name_synced = found->second->name_synced;
      made->cut_to = 0;
    }
    found = disk->files.insert_or_assign(name, std::move(made)).first;
  }
  Handle* handle = From(base);
  handle->disk = disk;
  new (&handle->file) std::shared_ptr<File>(found->second);
  handle->lock = SQLITE_LOCK_NONE;
  handle->delete_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
  handle->path = new std::string(name);
  handle->shm_shared = handle->shm_exclusive = 0;
  handle->base.pMethods = &kMethods;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int Delete(sqlite3_vfs* vfs, const char* path, int sync_folder) {
  Disk* disk = Owner(vfs);
  std::lock_guard guard(disk->mutex);
  const auto found = disk->files.find(path);
  if (found == disk->files.end() || found->second->deleted) return SQLITE_IOERR_DELETE_NOENT;
  if (const int code = disk->Operation(); code != SQLITE_OK) return SQLITE_IOERR_DELETE;
  found->second->deleted = true;
  if (!found->second->name_synced) disk->files.erase(found);
  if (sync_folder != 0) disk->SyncFolder();
  return SQLITE_OK;
}

int Access(sqlite3_vfs* vfs, const char* path, int, int* result) {
  Disk* disk = Owner(vfs);
  std::lock_guard guard(disk->mutex);
  const auto found = disk->files.find(path);
  *result = found != disk->files.end() && !found->second->deleted &&
            // An empty log counts as none, as in SQLite's own file systems.
            !found->second->latest.empty();
  return SQLITE_OK;
}

int FullPathname(sqlite3_vfs*, const char* path, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", path);
  return SQLITE_OK;
}

sqlite3_vfs* Real() { return sqlite3_vfs_find(nullptr); }
int Randomness(sqlite3_vfs*, int size, char* out) { return Real()->xRandomness(Real(), size, out); }
int Sleep(sqlite3_vfs*, int us) { return Real()->xSleep(Real(), us); }
int CurrentTime(sqlite3_vfs*, double* out) { return Real()->xCurrentTime(Real(), out); }
int GetLastError(sqlite3_vfs*, int, char*) { return 0; }

}  // namespace

FaultVfs::FaultVfs(uint64_t seed) : disk_(std::make_unique<Disk>(seed)) {
  static std::atomic<int> made{0};
  disk_->name = absl::StrCat("fault", ++made);
  disk_->vfs = {.iVersion = 1,
                .szOsFile = sizeof(Handle),
                .mxPathname = 1024,
                .zName = disk_->name.c_str(),
                .pAppData = disk_.get(),
                .xOpen = Open,
                .xDelete = Delete,
                .xAccess = Access,
                .xFullPathname = FullPathname,
                .xRandomness = Randomness,
                .xSleep = Sleep,
                .xCurrentTime = CurrentTime,
                .xGetLastError = GetLastError};
  CHECK(sqlite3_vfs_register(&disk_->vfs, 0) == SQLITE_OK);  // Registering only links a list.
}

FaultVfs::~FaultVfs() { sqlite3_vfs_unregister(&disk_->vfs); }

const std::string& FaultVfs::name() const { return disk_->name; }

void FaultVfs::StopAfter(int64_t writes) {
  std::lock_guard guard(disk_->mutex);
  disk_->stop_at = disk_->writes + writes;
}

bool FaultVfs::stopped() const {
  std::lock_guard guard(disk_->mutex);
  return disk_->stopped;
}

void FaultVfs::Crash() {
  std::lock_guard guard(disk_->mutex);
  for (auto it = disk_->files.begin(); it != disk_->files.end();) {
    File& file = *it->second;
    const bool name_lost = !file.name_synced && disk_->mixer.Next() % 2 == 0;
    const bool deletion_kept = file.deleted && disk_->mixer.Next() % 2 == 0;
    if (name_lost || deletion_kept) {
      it = disk_->files.erase(it);
      continue;
    }
    auto after = std::make_shared<File>();
    after->latest = file.deleted ? file.synced : Tear(file, disk_->mixer);
    after->Sync();
    it->second = std::move(after);
    ++it;
  }
  disk_->stopped = false;
  disk_->stop_at = -1;
}

void FaultVfs::SetFull(bool full) {
  std::lock_guard guard(disk_->mutex);
  disk_->full = full;
}

void FaultVfs::SetErrorRate(int one_in) {
  std::lock_guard guard(disk_->mutex);
  disk_->error_one_in = one_in;
}

int64_t FaultVfs::writes() const {
  std::lock_guard guard(disk_->mutex);
  return disk_->writes;
}

int64_t FaultVfs::refused() const {
  std::lock_guard guard(disk_->mutex);
  return disk_->refused;
}

int64_t FaultVfs::errors() const {
  std::lock_guard guard(disk_->mutex);
  return disk_->errors;
}

}  // namespace regulars::testing
