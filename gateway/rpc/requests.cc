#include "gateway/rpc/requests.h"

#include <google/protobuf/descriptor.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/text.h"

namespace regulars::gateway {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

absl::StatusOr<std::set<std::string>> PathsToChange(const google::protobuf::FieldMask& mask,
                                                    const Message& resource) {
  const google::protobuf::Descriptor& type = *resource.GetDescriptor();
  std::set<std::string> paths(mask.paths().begin(), mask.paths().end());
  if (paths.empty()) {
    std::vector<const FieldDescriptor*> set;
    resource.GetReflection()->ListFields(resource, &set);
    for (const FieldDescriptor* field : set) paths.insert(field->name());
    return paths;
  }
  if (paths == std::set<std::string>{"*"}) {
    paths.clear();
    for (int i = 0; i < type.field_count(); ++i) paths.insert(type.field(i)->name());
    return paths;
  }
  for (const std::string& path : paths) {
    if (type.FindFieldByName(path) == nullptr) {
      return FieldError("update_mask", "INVALID_UPDATE_MASK",
                        absl::StrCat("names '", EscapeForLog(path), "', which is no field"));
    }
  }
  return paths;
}

std::string Etag(int64_t version) { return absl::StrCat("\"", version, "\""); }

absl::Status CheckEtag(absl::string_view etag, int64_t version) {
  if (etag.empty() || etag == Etag(version)) return absl::OkStatus();
  return Aborted("ETAG_MISMATCH", "it has changed since it was read: read it again");
}

}  // namespace regulars::gateway
