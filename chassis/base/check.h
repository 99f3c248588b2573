// CHECK ends the process when a programmer's belief turns out wrong. Write the invariant above it.
// Input, disk and network are never CHECKed: they get a Status.
#ifndef CHASSIS_BASE_CHECK_H_
#define CHASSIS_BASE_CHECK_H_

#include <cstdio>
#include <cstdlib>

#define CHECK(condition)                                                                 \
  do {                                                                                   \
    if (!(condition)) [[unlikely]] {                                                     \
      std::fprintf(stderr, "%s:%d: check failed: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                      \
    }                                                                                    \
  } while (false)

#endif  // CHASSIS_BASE_CHECK_H_
