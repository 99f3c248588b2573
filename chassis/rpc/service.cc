#include "chassis/rpc/service.h"

#include <algorithm>

#include "chassis/base/check.h"

namespace regulars::rpc {
namespace {

const google::protobuf::ServiceDescriptor& FindService(absl::string_view name) {
  const auto* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(std::string(name));
  CHECK(descriptor != nullptr);  // The name comes from generated code.
  return *descriptor;
}

}  // namespace

Service::Service(const Environment& environment, absl::string_view name)
    : environment_(environment), descriptor_(FindService(name)) {}

const Method& Service::Describe(absl::string_view name) {
  methods_.push_back(
      DescribeMethod(descriptor_, name, environment_.service, *environment_.metrics));
  return methods_.back();
}

void Service::CheckTypes(const Method& method, const google::protobuf::Descriptor* request,
                         const google::protobuf::Descriptor* response) {
  const bool fits = method.request == request && method.response == response;
  if (!fits) std::fprintf(stderr, "%s has other message types\n", method.full_name.c_str());
  CHECK(fits);
}

void Service::AddHandler(const Method& method, grpc::internal::RpcMethod::RpcType type,
                         grpc::internal::MethodHandler* handler) {
  using grpc::internal::RpcMethod;
  const bool client_streams =
      type == RpcMethod::CLIENT_STREAMING || type == RpcMethod::BIDI_STREAMING;
  const bool server_streams =
      type == RpcMethod::SERVER_STREAMING || type == RpcMethod::BIDI_STREAMING;
  // Registered in the way that the proto declares it.
  CHECK(method.client_streaming == client_streams && method.server_streaming == server_streams);
  // As generated code does it: the slot first, then its callback handler.
  AddMethod(new grpc::internal::RpcServiceMethod(method.path.c_str(), type, nullptr));
  MarkMethodCallback(static_cast<int>(methods_.size()) - 1, handler);
}

void Service::Finish() const {
  for (int i = 0; i < descriptor_.method_count(); ++i) {
    const std::string& name = descriptor_.method(i)->full_name();
    const bool there = std::any_of(methods_.begin(), methods_.end(),
                                   [&](const Method& m) { return m.full_name == name; });
    if (!there) std::fprintf(stderr, "%s has no function\n", name.c_str());
    CHECK(there);
  }
}

}  // namespace regulars::rpc
