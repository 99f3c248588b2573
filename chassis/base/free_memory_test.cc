#include "chassis/base/free_memory.h"

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace regulars {
namespace {

// The sanitizers bring an allocator of their own, which counts nothing as free.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kOtherAllocator = true;
#else
constexpr bool kOtherAllocator = false;
#endif

// Bytes of this process that are in memory.
size_t Resident() {
  std::ifstream file("/proc/self/statm");
  size_t whole = 0;
  size_t resident = 0;
  file >> whole >> resident;
  return resident * 4096;
}

TEST(FreeMemory, GivesBackWhatAPeakTookOnce) {
  if (kOtherAllocator) GTEST_SKIP() << "needs the C library's allocator";
  FreeMemory memory;
  EXPECT_FALSE(memory.GiveBack()) << "there was no peak";
  std::vector<std::unique_ptr<std::string>> blocks;
  std::vector<std::unique_ptr<std::string>> between;
  for (int i = 0; i < 2000; ++i) {
    blocks.push_back(std::make_unique<std::string>(50'000, 'x'));
    between.push_back(std::make_unique<std::string>(100, 'y'));
  }
  blocks.clear();
  const size_t before = Resident();
  EXPECT_TRUE(memory.GiveBack());
  EXPECT_LT(Resident() + FreeMemory::kWorthwhileBytes, before);
  EXPECT_FALSE(memory.GiveBack()) << "nothing was used since";
}

}  // namespace
}  // namespace regulars
