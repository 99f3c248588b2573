// The compiled protos as data: a FileDescriptorSet with imports and comments, made into
// descriptors. Immutable after Parse(), safe from any thread; descriptors live as long as this.
//
//   ABSL_ASSIGN_OR_RETURN(const auto descriptors, Descriptors::Parse(bytes_of_regulars_protoset));
#ifndef GATEWAY_TRANSCODE_DESCRIPTORS_H_
#define GATEWAY_TRANSCODE_DESCRIPTORS_H_

#include <google/protobuf/descriptor.h>

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace regulars::gateway {

class Descriptors {
 public:
  // INVALID_ARGUMENT with protobuf's own words if the set is damaged or lacks an import.
  static absl::StatusOr<std::unique_ptr<Descriptors>> Parse(absl::string_view descriptor_set);

  const google::protobuf::DescriptorPool& pool() const { return pool_; }
  // In the order of the set: imports first.
  const std::vector<const google::protobuf::FileDescriptor*>& files() const { return files_; }

 private:
  Descriptors() = default;

  google::protobuf::DescriptorPool pool_;
  std::vector<const google::protobuf::FileDescriptor*> files_;
};

}  // namespace regulars::gateway

#endif  // GATEWAY_TRANSCODE_DESCRIPTORS_H_
