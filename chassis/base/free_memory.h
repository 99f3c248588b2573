// Gives memory that was used once and is free now back to the system: what a peak took (large
// uploads, many callers) would stay with the process for ever, since the C library keeps free
// blocks between used ones.
//
//   FreeMemory memory;
//   every few seconds: memory.GiveBack();
//
// Belongs to one thread.
#ifndef CHASSIS_BASE_FREE_MEMORY_H_
#define CHASSIS_BASE_FREE_MEMORY_H_

#include <cstddef>

namespace regulars {

class FreeMemory {
 public:
  // Less than this is kept for what comes next.
  static constexpr size_t kWorthwhileBytes = 32 << 20;

  // Gives it back if there is enough of it; whether it did.
  bool GiveBack();

 private:
  size_t kept_ = 0;  // What could not be given back the last time.
};

}  // namespace regulars

#endif  // CHASSIS_BASE_FREE_MEMORY_H_
