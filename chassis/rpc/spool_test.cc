#include "chassis/rpc/spool.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_dir.h"

namespace regulars::rpc {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::TempDir;

TEST(Spool, KeepsAWholeFileWithItsHash) {
  TempDir dir;
  ASSERT_OK_AND_ASSIGN(auto spool, Spool::Open(dir.File("spool"), 1000));
  ASSERT_OK_AND_ASSIGN(auto upload, spool->Begin());
  ASSERT_OK(upload->Append("a"));
  ASSERT_OK(upload->Append("bc"));
  ASSERT_OK_AND_ASSIGN(const SpoolFile file, upload->Finish());
  EXPECT_EQ(file.size_bytes, 3);
  // FIPS 180-4, SHA-256 of "abc".
  EXPECT_EQ(file.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  std::ostringstream text;
  text << std::ifstream(spool->Path(file.name)).rdbuf();
  EXPECT_EQ(text.str(), "abc");
  EXPECT_EQ(spool->used_bytes(), 3);
  spool->Remove(file.name);
  EXPECT_EQ(spool->used_bytes(), 0);
  spool->Remove(file.name);
  EXPECT_EQ(spool->used_bytes(), 0);
}

TEST(Spool, TheQuotaHolds) {
  TempDir dir;
  ASSERT_OK_AND_ASSIGN(auto spool, Spool::Open(dir.path(), 10));
  ASSERT_OK_AND_ASSIGN(auto upload, spool->Begin());
  ASSERT_OK(upload->Append("12345678"));
  EXPECT_THAT(upload->Append("123"), HasReason("SPOOL_FULL"));
  upload.reset();
  EXPECT_EQ(spool->used_bytes(), 0);
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(Spool, NoFileIsLargerThanItMayBe) {
  TempDir dir;
  ASSERT_OK_AND_ASSIGN(auto spool, Spool::Open(dir.path(), 100, /*max_file_bytes=*/10));
  ASSERT_OK_AND_ASSIGN(auto upload, spool->Begin());
  ASSERT_OK(upload->Append("1234567890"));
  EXPECT_THAT(upload->Append("1"), HasReason("FILE_TOO_LARGE"));
}

TEST(Spool, AFileIsRewrittenInItsPlace) {
  TempDir dir;
  ASSERT_OK_AND_ASSIGN(auto spool, Spool::Open(dir.path(), 100));
  ASSERT_OK_AND_ASSIGN(auto upload, spool->Begin());
  ASSERT_OK(upload->Append("old"));
  ASSERT_OK_AND_ASSIGN(const SpoolFile old, upload->Finish());
  ASSERT_OK_AND_ASSIGN(const SpoolFile made, spool->Rewrite(old.name, [](Spool::Upload& to) {
    return to.Append("the new one");
  }));
  EXPECT_EQ(made.name, old.name);
  EXPECT_EQ(made.size_bytes, 11);
  EXPECT_EQ(spool->used_bytes(), 11);
  std::ostringstream text;
  text << std::ifstream(spool->Path(old.name)).rdbuf();
  EXPECT_EQ(text.str(), "the new one");
  EXPECT_FALSE(
      spool->Rewrite(old.name, [](Spool::Upload&) { return absl::AbortedError("no"); }).ok());
  EXPECT_EQ(spool->used_bytes(), 11);
}

TEST(Spool, OpeningCleansUpAndCounts) {
  TempDir dir;
  const std::string whole = "06g1x7k3vq8s5e0h4m2n9p1r3t";
  const std::string broken = "06g1x7k3vq8s5e0h4m2n9p1r3v.part";
  std::ofstream(dir.File(whole)) << "12345";
  std::ofstream(dir.File(broken)) << "12345";
  // A folder that others use too.
  const std::vector<std::string> others = {"customer.db", "notes.part", "keys.json"};
  for (const std::string& name : others) std::ofstream(dir.File(name)) << "12345";
  ASSERT_OK_AND_ASSIGN(auto spool, Spool::Open(dir.path(), 10));
  EXPECT_EQ(spool->used_bytes(), 5);
  EXPECT_FALSE(std::filesystem::exists(dir.File(broken)));
  spool->Keep({whole});
  EXPECT_EQ(spool->used_bytes(), 5);
  spool->Keep({});
  EXPECT_EQ(spool->used_bytes(), 0);
  EXPECT_FALSE(std::filesystem::exists(dir.File(whole)));
  for (const std::string& name : others) {
    EXPECT_TRUE(std::filesystem::exists(dir.File(name))) << name;
  }
}

}  // namespace
}  // namespace regulars::rpc
