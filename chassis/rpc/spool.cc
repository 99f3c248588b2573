#include "chassis/rpc/spool.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "chassis/base/check.h"
#include "chassis/base/durable.h"
#include "chassis/base/errors.h"
#include "chassis/base/ids.h"
#include "chassis/base/status_macros.h"

namespace regulars::rpc {
namespace {

namespace fs = std::filesystem;

constexpr char kPartial[] = ".part";
constexpr absl::Duration kRetryWhenFull = absl::Seconds(60);

absl::Status DiskError(absl::string_view doing) {
  const int error = errno;
  const std::string message = absl::StrCat("cannot ", doing, ": ", std::strerror(error));
  if (error == ENOSPC || error == EDQUOT) {
    return ResourceExhausted("SPOOL_FULL", message, kRetryWhenFull);
  }
  return Unavailable("SPOOL_IO", message, absl::Seconds(5));
}

// Whether a spool made a file of this name; others in the folder are not its to touch.
bool IsOurs(absl::string_view name) {
  absl::ConsumeSuffix(&name, kPartial);
  return IsId(name);
}

}  // namespace

struct Spool::Upload::Impl {
  Spool& spool;
  const std::string name;
  const std::string partial;
  int fd = -1;
  int64_t size = 0;
  bool whole = false;
  EVP_MD_CTX* hash = EVP_MD_CTX_new();
};

absl::StatusOr<std::unique_ptr<Spool>> Spool::Open(const std::string& folder, int64_t quota_bytes,
                                                   int64_t max_file_bytes) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    return FailedPrecondition(
        "SPOOL_UNUSABLE", absl::StrCat("cannot make the folder '", folder, "': ", error.message()));
  }
  fs::permissions(folder, fs::perms::owner_all, error);
  std::unique_ptr<Spool> spool(new Spool(folder, quota_bytes, max_file_bytes));
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (!IsOurs(entry.path().filename().string())) continue;
    if (absl::EndsWith(entry.path().string(), kPartial)) {
      fs::remove(entry.path(), error);
    } else {
      spool->used_bytes_ += static_cast<int64_t>(entry.file_size(error));
    }
  }
  return spool;
}

absl::StatusOr<std::unique_ptr<Spool::Upload>> Spool::Begin() {
  Mixer mixer(SecureRandomSeed());
  const uint64_t high = mixer.Next();
  const std::string name = MakeId(absl::Now(), high, mixer.Next());
  std::unique_ptr<Upload::Impl> impl(
      new Upload::Impl{*this, name, absl::StrCat(Path(name), kPartial)});
  impl->fd = open(impl->partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (impl->fd < 0) {
    EVP_MD_CTX_free(impl->hash);
    return DiskError("make a file in the spool");
  }
  EVP_DigestInit_ex(impl->hash, EVP_sha256(), nullptr);
  return std::unique_ptr<Upload>(new Upload(std::move(impl)));
}

std::string Spool::Path(const std::string& name) const { return absl::StrCat(folder_, "/", name); }

void Spool::Remove(const std::string& name) {
  std::error_code error;
  const auto size = fs::file_size(Path(name), error);
  if (!error && fs::remove(Path(name), error)) used_bytes_ -= static_cast<int64_t>(size);
}

absl::StatusOr<SpoolFile> Spool::Rewrite(const std::string& name,
                                         const std::function<absl::Status(Upload&)>& write) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<Upload> upload, Begin());
  ABSL_RETURN_IF_ERROR(write(*upload));
  ABSL_ASSIGN_OR_RETURN(SpoolFile file, upload->Finish());
  std::error_code error;
  const auto old_size = fs::file_size(Path(name), error);
  if (error || std::rename(Path(file.name).c_str(), Path(name).c_str()) != 0) {
    const absl::Status failed = DiskError("rename a file in the spool");
    Remove(file.name);
    return failed;
  }
  used_bytes_ -= static_cast<int64_t>(old_size);
  file.name = name;
  ABSL_RETURN_IF_ERROR(SyncFolder(folder_));
  return file;
}

void Spool::Keep(const std::set<std::string>& names) {
  std::error_code error;
  std::vector<std::string> extra;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_, error)) {
    const std::string name = entry.path().filename().string();
    const bool whole = IsOurs(name) && !absl::EndsWith(name, kPartial);
    if (whole && !names.contains(name)) extra.push_back(name);
  }
  for (const std::string& name : extra) Remove(name);
}

Spool::Upload::Upload(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Spool::Upload::~Upload() {
  if (impl_->fd >= 0) close(impl_->fd);
  EVP_MD_CTX_free(impl_->hash);
  if (impl_->whole) return;
  impl_->spool.used_bytes_ -= impl_->size;
  std::error_code ignored;
  fs::remove(impl_->partial, ignored);
}

absl::Status Spool::Upload::Append(absl::string_view bytes) {
  const auto size = static_cast<int64_t>(bytes.size());
  if (impl_->size + size > impl_->spool.max_file_bytes_) {
    return InvalidArgument("FILE_TOO_LARGE", absl::StrCat("the file has more than ",
                                                          impl_->spool.max_file_bytes_, " bytes"));
  }
  if (impl_->spool.used_bytes_ + size > impl_->spool.quota_bytes_) {
    return ResourceExhausted("SPOOL_FULL", "the spool has no room for this upload", kRetryWhenFull);
  }
  impl_->spool.used_bytes_ += size;
  impl_->size += size;
  EVP_DigestUpdate(impl_->hash, bytes.data(), bytes.size());
  while (!bytes.empty()) {
    const ssize_t written = write(impl_->fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return DiskError("write to the spool");
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::StatusOr<SpoolFile> Spool::Upload::Finish() {
  // The task that reads the file is committed after this: the file must not be lost before it.
  if (fsync(impl_->fd) != 0) return DiskError("sync the spool");
  if (std::rename(impl_->partial.c_str(), impl_->spool.Path(impl_->name).c_str()) != 0) {
    return DiskError("name a file in the spool");
  }
  impl_->whole = true;
  if (const absl::Status synced = SyncFolder(impl_->spool.folder_); !synced.ok()) {
    impl_->spool.Remove(impl_->name);
    return synced;
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_DigestFinal_ex(impl_->hash, digest, &length);
  return SpoolFile{
      impl_->name, impl_->size,
      absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), length))};
}

}  // namespace regulars::rpc
