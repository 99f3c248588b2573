#include "chassis/rpc/upload.h"

#include <utility>

#include "chassis/base/check.h"
#include "google/api/httpbody.pb.h"

namespace regulars::rpc {

std::string ExchangeFileBytes(Message& message, std::string instead) {
  const google::protobuf::Descriptor* descriptor = message.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const google::protobuf::FieldDescriptor* field = descriptor->field(i);
    if (field->message_type() != google::api::HttpBody::descriptor()) continue;
    auto& body = static_cast<google::api::HttpBody&>(
        *message.GetReflection()->MutableMessage(&message, field));
    return std::exchange(*body.mutable_data(), std::move(instead));
  }
  // The method was registered as an upload, and its request has no HttpBody.
  CHECK(false);
  return "";
}

}  // namespace regulars::rpc
