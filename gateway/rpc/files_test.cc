#include "gateway/rpc/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_dir.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::TempDir;

int ModeOf(const std::string& path) {
  struct stat info = {};
  return stat(path.c_str(), &info) == 0 ? static_cast<int>(info.st_mode & 0777) : -1;
}

TEST(FilesTest, ProtectsWhatIsThere) {
  const TempDir dir;
  const std::string store = dir.File("s.db");
  std::ofstream(store) << "x";
  std::ofstream(store + "-wal") << "x";
  chmod(store.c_str(), 0644);
  EXPECT_OK(ProtectStoreFiles(store));
  EXPECT_EQ(ModeOf(store), 0600);
  EXPECT_EQ(ModeOf(store + "-wal"), 0600);
}

}  // namespace
}  // namespace regulars::gateway
