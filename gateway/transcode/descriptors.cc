#include "gateway/transcode/descriptors.h"

#include <google/protobuf/descriptor.pb.h>

#include <limits>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"

namespace regulars::gateway {
namespace {

class FirstError : public google::protobuf::DescriptorPool::ErrorCollector {
 public:
  void AddError(const std::string& filename, const std::string& element_name,
                const google::protobuf::Message*, ErrorLocation,
                const std::string& message) override {
    if (text.empty()) text = absl::StrCat(filename, ", ", element_name, ": ", message);
  }

  std::string text;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Descriptors>> Descriptors::Parse(absl::string_view descriptor_set) {
  google::protobuf::FileDescriptorSet set;
  const bool fits = descriptor_set.size() <= std::numeric_limits<int>::max();
  if (!fits ||
      !set.ParseFromArray(descriptor_set.data(), static_cast<int>(descriptor_set.size()))) {
    return InvalidArgument("BAD_DESCRIPTOR_SET", "this is no FileDescriptorSet");
  }
  auto descriptors = std::unique_ptr<Descriptors>(new Descriptors);
  for (const google::protobuf::FileDescriptorProto& file : set.file()) {
    FirstError error;
    const auto* built = descriptors->pool_.BuildFileCollectingErrors(file, &error);
    if (built == nullptr) {
      return InvalidArgument("BAD_DESCRIPTOR_SET", absl::StrCat("descriptor set: ", error.text));
    }
    descriptors->files_.push_back(built);
  }
  return descriptors;
}

}  // namespace regulars::gateway
