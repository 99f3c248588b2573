// Counts the steps that SQLite's virtual machine takes, over all connections: whoever only looks at
// a row takes some, too. It must be there before the store is opened:
//
//   class BoxTest : protected testing::VmSteps, public ::testing::Test { … TempStore store_; … };
#ifndef CHASSIS_TESTING_VM_STEPS_H_
#define CHASSIS_TESTING_VM_STEPS_H_

#include <sqlite3.h>

#include <atomic>
#include <cstdint>

namespace regulars::testing {

class VmSteps {
 public:
  VmSteps() { sqlite3_auto_extension(kWatch); }
  ~VmSteps() { sqlite3_cancel_auto_extension(kWatch); }
  VmSteps(const VmSteps&) = delete;
  VmSteps& operator=(const VmSteps&) = delete;

  // Since the first was made.
  static int64_t Steps() { return steps; }

 private:
  static int Add(void*) {
    ++steps;
    return 0;
  }
  static int Watch(sqlite3* connection, char**, const void*) {
    sqlite3_progress_handler(connection, 1, Add, nullptr);
    return SQLITE_OK;
  }
  // As sqlite3_auto_extension asks for it.
  static inline void (*const kWatch)() = reinterpret_cast<void (*)()>(Watch);

  static inline std::atomic<int64_t> steps = 0;
};

}  // namespace regulars::testing

#endif  // CHASSIS_TESTING_VM_STEPS_H_
