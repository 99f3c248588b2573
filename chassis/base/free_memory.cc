#include "chassis/base/free_memory.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace regulars {
namespace {

// Bytes that are in memory for this process alone, and that nothing allocated holds.
size_t Unused() {
  std::ifstream file("/proc/self/statm");
  size_t whole = 0;
  size_t resident = 0;
  size_t shared = 0;
  file >> whole >> resident >> shared;
  const size_t own = (resident - shared) * static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const struct mallinfo2 info = mallinfo2();
  return own - std::min(own, info.uordblks + info.hblkhd);
}

}  // namespace

bool FreeMemory::GiveBack() {
  const size_t unused = Unused();
  // Stacks and the like are not the library's to give.
  kept_ = std::min(kept_, unused);
  if (unused < kept_ + kWorthwhileBytes) return false;
  malloc_trim(0);
  kept_ = Unused();
  return true;
}

}  // namespace regulars
