// Early returns for absl::Status and absl::StatusOr, under the names that newer abseil gives them.
//
//   ABSL_RETURN_IF_ERROR(store.Remove(id));
//   ABSL_ASSIGN_OR_RETURN(const Row row, store.Load(id));
#ifndef CHASSIS_BASE_STATUS_MACROS_H_
#define CHASSIS_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define ABSL_RETURN_IF_ERROR(...)                                            \
  do {                                                                       \
    if (absl::Status status_ = (__VA_ARGS__); !status_.ok()) return status_; \
  } while (false)

#define ABSL_ASSIGN_OR_RETURN(target, ...) \
  REGULARS_ASSIGN_OR_RETURN_(REGULARS_CONCAT_(status_or_, __LINE__), target, __VA_ARGS__)
#define REGULARS_ASSIGN_OR_RETURN_(holder, target, ...) \
  auto holder = (__VA_ARGS__);                          \
  if (!holder.ok()) return std::move(holder).status();  \
  target = *std::move(holder)
#define REGULARS_CONCAT_(a, b) REGULARS_CONCAT_INNER_(a, b)
#define REGULARS_CONCAT_INNER_(a, b) a##b

#endif  // CHASSIS_BASE_STATUS_MACROS_H_
