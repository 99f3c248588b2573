// Errors on the wire: absl::Status ↔ google.rpc.Status ↔ grpc::Status (AIP-193). Every error gets
// exactly one ErrorInfo with domain "regulars", and BadRequest and RetryInfo where there is
// something to say.
#ifndef CHASSIS_RPC_STATUS_PROTO_H_
#define CHASSIS_RPC_STATUS_PROTO_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "google/rpc/status.pb.h"

namespace regulars {

inline constexpr char kErrorDomain[] = "regulars";

google::rpc::Status ToProto(const absl::Status& status);
absl::Status FromProto(const google::rpc::Status& proto);

grpc::Status ToGrpc(const absl::Status& status);
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace regulars

#endif  // CHASSIS_RPC_STATUS_PROTO_H_
