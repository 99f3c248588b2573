// google.protobuf.Timestamp ↔ absl::Time at microseconds.
#ifndef CHASSIS_RPC_TIMESTAMPS_H_
#define CHASSIS_RPC_TIMESTAMPS_H_

#include <google/protobuf/timestamp.pb.h>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace regulars::rpc {

google::protobuf::Timestamp ToTimestamp(absl::Time time);

// What is below a microsecond is cut off. INVALID_ARGUMENT with INVALID_TIME of `field` outside the
// years 1 to 9999 or with nanos outside a second.
absl::StatusOr<absl::Time> FromTimestamp(const google::protobuf::Timestamp& timestamp,
                                         absl::string_view field);

}  // namespace regulars::rpc

#endif  // CHASSIS_RPC_TIMESTAMPS_H_
