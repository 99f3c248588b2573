#include "customer-svc/store/erasure_list.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "chassis/base/durable.h"
#include "chassis/base/errors.h"
#include "chassis/base/ids.h"

namespace regulars::customer {
namespace {

absl::Status Unwritable(absl::string_view path) {
  return Unavailable("ERASURE_LIST_UNWRITABLE",
                     absl::StrCat("cannot write '", path, "': ", std::strerror(errno)),
                     absl::Seconds(1));
}

absl::Status Unreadable(absl::string_view path) {
  return Unavailable("ERASURE_LIST_UNREADABLE",
                     absl::StrCat("cannot read the list of erasures '", path, "'"),
                     absl::Seconds(1));
}

// Closes a descriptor when it goes.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  const int fd_;
};

bool WriteAll(int fd, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

bool ErasureList::Exists() const {
  std::error_code error;
  return std::filesystem::exists(path_, error) || error;
}

absl::StatusOr<std::vector<ListedErasure>> ErasureList::Read() const {
  std::vector<ListedErasure> listed;
  if (!Exists()) return listed;
  std::ifstream file(path_);
  if (!file) return Unreadable(path_);
  std::set<std::string> seen;
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words.size() != 2 || !IsId(words[0]) || !IsId(words[1])) continue;
    if (seen.insert(line).second) listed.push_back({words[0], words[1]});
  }
  if (file.bad()) return Unreadable(path_);
  return listed;
}

absl::Status ErasureList::Append(const std::vector<ListedErasure>& erasures) const {
  const Descriptor file(open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  if (file.get() < 0) return Unwritable(path_);
  // Begins with an end of line: a crash may have left half of one.
  std::string text = "\n";
  for (const ListedErasure& erasure : erasures) {
    absl::StrAppend(&text, erasure.id, " ", erasure.customer, "\n");
  }
  if (!WriteAll(file.get(), text) || fsync(file.get()) != 0) return Unwritable(path_);
  // A new file is there for good once its folder is on disk.
  return SyncFolder(std::filesystem::path(path_).parent_path());
}

}  // namespace regulars::customer
