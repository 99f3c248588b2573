// A folder that is removed, with all in it, at the end of its scope.
#ifndef CHASSIS_TESTING_TEMP_DIR_H_
#define CHASSIS_TESTING_TEMP_DIR_H_

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "chassis/base/check.h"

namespace regulars::testing {

class TempDir {
 public:
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "regulars-test-XXXXXX").string();
    CHECK(mkdtemp(name.data()) != nullptr);  // A test machine has a writable temporary folder.
    path_ = name;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string File(absl::string_view name) const { return absl::StrCat(path_, "/", name); }

 private:
  std::string path_;
};

}  // namespace regulars::testing

#endif  // CHASSIS_TESTING_TEMP_DIR_H_
