#include "chassis/admin/backup_job.h"

#include <openssl/evp.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"

namespace regulars {
namespace {

constexpr size_t kReadAtOnce = 1 << 20;
constexpr absl::Duration kRetryAfterStop = absl::Seconds(1);

absl::Status Failed(absl::string_view why) {
  return FailedPrecondition("BACKUP_FAILED", absl::StrCat("the backup failed: ", why));
}

absl::Status Stopped() {
  return Unavailable("STOPPING", "the service stopped before the backup was done", kRetryAfterStop);
}

// What earlier attempts left when the process died.
void RemoveHalves(const std::filesystem::path& folder) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".part") std::filesystem::remove(entry.path(), error);
  }
}

}  // namespace

BackupJob::BackupJob(Store& store, std::string path) : path_(std::move(path)) {
  result_ = std::async(std::launch::async, [this, copying = Begin(store)]() mutable {
              return Run(std::move(copying));
            }).share();
}

BackupJob::~BackupJob() {
  ending_ = true;
  result_.wait();
}

bool BackupJob::Wait(absl::Duration time) {
  return result_.wait_for(absl::ToChronoMilliseconds(time)) == std::future_status::ready;
}

void BackupJob::GiveUp() {
  std::lock_guard lock(mutex_);
  given_up_ = true;
  std::error_code ignored;
  if (ended_) std::filesystem::remove(path_, ignored);
}

BackupJob::Copying BackupJob::Begin(Store& store) {
  const std::filesystem::path folder = std::filesystem::path(path_).parent_path();
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return Failed(error.message());
  RemoveHalves(folder);
  std::filesystem::remove(path_, error);
  if (error) return Failed(error.message());
  return StartBackup(store.writer(), path_, &progress_);
}

absl::StatusOr<BackupFile> BackupJob::Run(Copying copying) {
  absl::StatusOr<BackupFile> file = Finish(std::move(copying));
  std::lock_guard lock(mutex_);
  ended_ = true;
  if (given_up_) file = Stopped();
  std::error_code ignored;
  if (!file.ok()) std::filesystem::remove(path_, ignored);
  return file;
}

absl::StatusOr<BackupFile> BackupJob::Finish(Copying copying) const {
  ABSL_RETURN_IF_ERROR(copying.status());
  if (const absl::Status copied = copying->get(); !copied.ok()) {
    return GetErrorDetails(copied).reason == "BACKUP_FAILED" ? Failed(copied.message()) : copied;
  }
  BackupFile file;
  ABSL_ASSIGN_OR_RETURN(file.position, ReadBackupPosition(path_));
  ABSL_ASSIGN_OR_RETURN(file.sha256, Hash());
  std::error_code error;
  file.size_bytes = static_cast<int64_t>(std::filesystem::file_size(path_, error));
  if (error) return Failed(error.message());
  return file;
}

absl::StatusOr<std::string> BackupJob::Hash() const {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hash(EVP_MD_CTX_new(),
                                                                     EVP_MD_CTX_free);
  std::ifstream file(path_, std::ios::binary);
  std::vector<char> piece(kReadAtOnce);
  bool good = EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr) == 1;
  while (good && file) {
    if (ending_ || given_up_) return Stopped();
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    good = EVP_DigestUpdate(hash.get(), piece.data(), static_cast<size_t>(file.gcount())) == 1;
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (!good || !file.eof() || EVP_DigestFinal_ex(hash.get(), digest, &length) != 1) {
    return Failed("its file cannot be read back");
  }
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), length));
}

}  // namespace regulars
