#include "chassis/tasks/task_error.h"

#include "chassis/rpc/status_proto.h"

namespace regulars::tasks {

std::string EncodeError(const absl::Status& error) {
  return error.ok() ? "" : ToProto(error).SerializeAsString();
}

absl::Status DecodeError(absl::string_view bytes) {
  google::rpc::Status proto;
  proto.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  return FromProto(proto);
}

}  // namespace regulars::tasks
