// Uploaded files on their way to the task that reads them: a folder with a quota. A file gets its
// final name only when it is whole.
//
// Thread-safe; each Upload belongs to one thread at a time.
#ifndef CHASSIS_RPC_SPOOL_H_
#define CHASSIS_RPC_SPOOL_H_

#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace regulars::rpc {

// A whole uploaded file.
struct SpoolFile {
  // Its name within the spool.
  std::string name;
  int64_t size_bytes = 0;
  // SHA-256 in lower-case hexadecimal.
  std::string sha256;
};

class Spool {
 public:
  static constexpr int64_t kDefaultMaxFileBytes = int64_t{2} << 30;

  // Makes the folder if needed and removes what broken uploads left in it.
  static absl::StatusOr<std::unique_ptr<Spool>> Open(const std::string& folder, int64_t quota_bytes,
                                                     int64_t max_file_bytes = kDefaultMaxFileBytes);

  class Upload {
   public:
    ~Upload();  // Without Finish(), the file is removed.
    // INVALID_ARGUMENT FILE_TOO_LARGE; RESOURCE_EXHAUSTED SPOOL_FULL beyond the quota; UNAVAILABLE
    // when the disk fails.
    absl::Status Append(absl::string_view bytes);
    // Makes the file durable.
    absl::StatusOr<SpoolFile> Finish();

   private:
    friend class Spool;
    struct Impl;
    explicit Upload(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
  };

  absl::StatusOr<std::unique_ptr<Upload>> Begin();

  // Where files without a name may be made, on the disk that has room for uploads.
  const std::string& folder() const { return folder_; }
  std::string Path(const std::string& name) const;
  // Puts another file in a file's place: `write` appends all of it. The file of before stays where
  // it is when that fails.
  absl::StatusOr<SpoolFile> Rewrite(const std::string& name,
                                    const std::function<absl::Status(Upload&)>& write);
  // Removes a file; one that is gone already is no error.
  void Remove(const std::string& name);
  // Removes every whole file that is not in `names`: for start-up, with the names that tasks hold.
  void Keep(const std::set<std::string>& names);

  int64_t used_bytes() const { return used_bytes_; }

 private:
  Spool(std::string folder, int64_t quota_bytes, int64_t max_file_bytes)
      : folder_(std::move(folder)), quota_bytes_(quota_bytes), max_file_bytes_(max_file_bytes) {}

  const std::string folder_;
  const int64_t quota_bytes_;
  const int64_t max_file_bytes_;
  std::atomic<int64_t> used_bytes_{0};
};

}  // namespace regulars::rpc

#endif  // CHASSIS_RPC_SPOOL_H_
