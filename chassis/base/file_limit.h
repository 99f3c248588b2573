// How many files, connections among them, a process may have open.
#ifndef CHASSIS_BASE_FILE_LIMIT_H_
#define CHASSIS_BASE_FILE_LIMIT_H_

#include <cstddef>
#include <optional>

namespace regulars {

// As many as the system lets this process have; how many those are, where that is known.
std::optional<size_t> RaiseFileLimit();

}  // namespace regulars

#endif  // CHASSIS_BASE_FILE_LIMIT_H_
