// How a task's row keeps an error: a google.rpc.Status on the wire, so that an operation can send
// it as it is. The function bodies see protobuf; those who call them need not.
#ifndef CHASSIS_TASKS_TASK_ERROR_H_
#define CHASSIS_TASKS_TASK_ERROR_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace regulars::tasks {

// Empty for OK.
std::string EncodeError(const absl::Status& error);
absl::Status DecodeError(absl::string_view bytes);

}  // namespace regulars::tasks

#endif  // CHASSIS_TASKS_TASK_ERROR_H_
