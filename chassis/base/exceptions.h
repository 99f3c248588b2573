// The one boundary at which exceptions become errors: around the functions that a service gives the
// chassis, wherever it calls one.
//
//   Complete(WithoutExceptions([&] { return read(db, request, response); }));
#ifndef CHASSIS_BASE_EXCEPTIONS_H_
#define CHASSIS_BASE_EXCEPTIONS_H_

#include <exception>
#include <new>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "chassis/base/errors.h"

namespace regulars {

inline constexpr absl::Duration kRetryAfterNoMemory = absl::Seconds(5);

// What `function` answers, a Status or a StatusOr. What it throws is RESOURCE_EXHAUSTED
// OUT_OF_MEMORY, or INTERNAL EXCEPTION.
template <typename F>
auto WithoutExceptions(F&& function) -> decltype(function()) {
  try {
    return function();
  } catch (const std::bad_alloc&) {
    // No fault of the function: it is worth repeating.
    return ResourceExhausted("OUT_OF_MEMORY", "out of memory", kRetryAfterNoMemory);
  } catch (const std::exception& error) {
    return Error(absl::StatusCode::kInternal, error.what(), {.reason = "EXCEPTION"});
  }
}

}  // namespace regulars

#endif  // CHASSIS_BASE_EXCEPTIONS_H_
