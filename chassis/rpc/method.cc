#include "chassis/rpc/method.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/check.h"
#include "regulars/type/v1/annotations.pb.h"

namespace regulars::rpc {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string StringField(const Message& message, const std::string& name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr || field->is_repeated() ||
      field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) {
    return "";
  }
  return message.GetReflection()->GetString(message, field);
}

// The scope that the method declares. Google's own service for operations cannot declare one.
std::string ScopeOf(const google::protobuf::MethodDescriptor& method) {
  if (method.service()->full_name() == "google.longrunning.Operations") {
    const bool writes = method.name() == "CancelOperation" || method.name() == "DeleteOperation";
    return writes ? "self.write" : "self.read";
  }
  return method.options().GetExtension(type::v1::scope);
}

}  // namespace

std::string Method::RequestId(const Message& request) const {
  return StringField(request, "request_id");
}

bool Method::ValidateOnly(const Message& message) const {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName("validate_only");
  return field != nullptr && field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL &&
         message.GetReflection()->GetBool(message, field);
}

std::string Method::Resource(const Message& request_message,
                             const Message& response_message) const {
  std::string name = StringField(response_message, "name");
  if (name.empty()) name = StringField(request_message, "name");
  if (name.empty()) name = StringField(request_message, "parent");
  return name;
}

Method DescribeMethod(const google::protobuf::ServiceDescriptor& service, absl::string_view name,
                      absl::string_view service_name, Metrics& metrics) {
  const auto* descriptor = service.FindMethodByName(std::string(name));
  if (descriptor == nullptr) {
    std::fprintf(stderr, "%s has no method %s\n", service.full_name().c_str(),
                 std::string(name).c_str());
  }
  CHECK(descriptor != nullptr);
  Method method;
  method.path = absl::StrCat("/", service.full_name(), "/", descriptor->name());
  method.full_name = descriptor->full_name();
  method.scope = ScopeOf(*descriptor);
  // Access is declared in the proto, method by method; nothing is open by omission.
  CHECK(!method.scope.empty());
  if (absl::StartsWith(method.scope, "self.")) {
    method.scope = absl::StrCat(service_name, method.scope.substr(4));
  }
  method.request = descriptor->input_type();
  method.response = descriptor->output_type();
  method.client_streaming = descriptor->client_streaming();
  method.server_streaming = descriptor->server_streaming();
  method.metrics = &metrics.ForCalls(method.full_name);
  return method;
}

}  // namespace regulars::rpc
