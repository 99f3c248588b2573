#include "chassis/rpc/declared_scope.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "regulars/type/v1/annotations.pb.h"

namespace regulars::rpc {

std::string DeclaredScope(const google::protobuf::MethodDescriptor& method) {
  // Google's own service for operations cannot declare one.
  if (method.service()->full_name() == "google.longrunning.Operations") {
    const bool writes = method.name() == "CancelOperation" || method.name() == "DeleteOperation";
    return writes ? "self.write" : "self.read";
  }
  return method.options().GetExtension(type::v1::scope);
}

std::string ScopeIn(absl::string_view service, const google::protobuf::MethodDescriptor& method) {
  const std::string declared = DeclaredScope(method);
  absl::string_view verb = declared;
  return absl::ConsumePrefix(&verb, "self.") ? absl::StrCat(service, ".", verb) : declared;
}

}  // namespace regulars::rpc
