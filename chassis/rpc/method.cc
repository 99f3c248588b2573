#include "chassis/rpc/method.h"

#include <google/protobuf/reflection.h>

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/check.h"
#include "chassis/rpc/declared_scope.h"
#include "regulars/type/v1/upsert.pb.h"

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

// The results of a batch's reply; none in others.
std::optional<google::protobuf::RepeatedFieldRef<type::v1::UpsertResult>> Results(
    const Message& response) {
  const FieldDescriptor* field = response.GetDescriptor()->FindFieldByName("results");
  if (field == nullptr || !field->is_repeated() ||
      field->message_type() != type::v1::UpsertResult::descriptor()) {
    return std::nullopt;
  }
  return response.GetReflection()->GetRepeatedFieldRef<type::v1::UpsertResult>(response, field);
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
  if (const auto results = Results(response_message); name.empty() && results) {
    for (const type::v1::UpsertResult& result : *results) {
      if (!result.name().empty()) return result.name().substr(0, result.name().rfind('/'));
    }
  }
  if (name.empty()) name = StringField(request_message, "customer");
  return name;
}

int64_t Method::ItemCount(const Message& response_message) const {
  const auto results = Results(response_message);
  return results ? results->size() : 1;
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
  method.scope = ScopeIn(service_name, *descriptor);
  // Access is declared in the proto, method by method; nothing is open by omission.
  CHECK(!method.scope.empty());
  method.request = descriptor->input_type();
  method.response = descriptor->output_type();
  method.client_streaming = descriptor->client_streaming();
  method.server_streaming = descriptor->server_streaming();
  method.metrics = &metrics.ForCalls(method.full_name);
  return method;
}

}  // namespace regulars::rpc
