#include "chassis/storage/room.h"

#include <sqlite3.h>

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"

namespace regulars {
namespace {

constexpr int kPieces = 16;
constexpr int kPieceBytes = 64 << 10;
constexpr absl::Duration kRetryAfter = absl::Seconds(5);

int WriteAndSync(sqlite3_file* file) {
  const std::vector<char> piece(kPieceBytes, 'x');
  for (int i = 0; i < kPieces; ++i) {
    const sqlite3_int64 offset = sqlite3_int64{i} * kPieceBytes;
    const int code = file->pMethods->xWrite(file, piece.data(), kPieceBytes, offset);
    if (code != SQLITE_OK) return code;
  }
  return file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
}

}  // namespace

absl::Status CheckRoom(const ConnectionOptions& store) {
  sqlite3_vfs* vfs = sqlite3_vfs_find(store.vfs.empty() ? nullptr : store.vfs.c_str());
  std::vector<std::max_align_t> memory(
      static_cast<size_t>(vfs->szOsFile) / sizeof(std::max_align_t) + 1);
  auto* file = reinterpret_cast<sqlite3_file*>(memory.data());
  const std::string path = absl::StrCat(store.path, ".room");
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_DELETEONCLOSE |
                         SQLITE_OPEN_TRANSIENT_DB;
  int code = vfs->xOpen(vfs, path.c_str(), file, kFlags, nullptr);
  if (code == SQLITE_OK) {
    code = WriteAndSync(file);
    file->pMethods->xClose(file);
  }
  if (code == SQLITE_OK) return absl::OkStatus();
  if ((code & 0xff) == SQLITE_FULL) {
    return ResourceExhausted("STORE_FULL", "there is no room for the store to grow", kRetryAfter);
  }
  return Unavailable("STORE_IO", "the store cannot be read or written", kRetryAfter);
}

}  // namespace regulars
