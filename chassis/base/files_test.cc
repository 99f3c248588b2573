#include "chassis/base/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_dir.h"

namespace regulars {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::TempDir;

std::string Read(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}
int ModeOf(const std::string& path) {
  struct stat info = {};
  return stat(path.c_str(), &info) == 0 ? static_cast<int>(info.st_mode & 0777) : -1;
}

TEST(FilesTest, WritesAndReplaces) {
  const TempDir dir;
  const std::string path = dir.File("x");
  const mode_t before = umask(0);
  EXPECT_OK(WriteFileAtomically(path, "first", 0600));
  umask(0077);
  EXPECT_EQ(ModeOf(path), 0600);
  EXPECT_OK(WriteFileAtomically(path, std::string(1 << 20, 'x'), 0644));
  umask(before);
  EXPECT_EQ(ModeOf(path), 0644);
  EXPECT_EQ(Read(path).size(), 1 << 20);
  EXPECT_OK(WriteFileAtomically(path, "", 0644));
  EXPECT_EQ(Read(path), "");
  EXPECT_FALSE(std::filesystem::exists(path + ".new"));
}

TEST(FilesTest, AFileLeftOverIsNoHindranceAndNoTrap) {
  const TempDir dir;
  const std::string path = dir.File("x");
  std::ofstream(dir.File("victim")) << "safe";
  std::filesystem::create_symlink(dir.File("victim"), path + ".new");
  EXPECT_OK(WriteFileAtomically(path, "secret", 0600));
  EXPECT_EQ(Read(dir.File("victim")), "safe");
  EXPECT_EQ(Read(path), "secret");
}

TEST(FilesTest, SaysWhatCannotBeWritten) {
  const TempDir dir;
  EXPECT_THAT(WriteFileAtomically(dir.File("none/x"), "x", 0600), HasReason("FILE_UNWRITABLE"));
  std::filesystem::create_directory(dir.File("d"));
  EXPECT_THAT(WriteFileAtomically(dir.File("d"), "x", 0600), HasReason("FILE_UNWRITABLE"));
  EXPECT_FALSE(std::filesystem::exists(dir.File("d.new")));
}

}  // namespace
}  // namespace regulars
