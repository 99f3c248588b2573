// The first byte chooses a message, the rest is what a service might send as one. Whatever is
// written is JSON, and what protobuf reads from it and from the wire is the same.
#include <google/protobuf/util/message_differencer.h>

#include <memory>

#include "chassis/base/check.h"
#include "gateway/json/strict.h"
#include "gateway/testing/conformance_schema.h"
#include "gateway/transcode/json_reader.h"
#include "gateway/transcode/json_writer.h"

namespace regulars::gateway {

namespace {

namespace v1 = ::regulars::conformance::v1;
using ::google::protobuf::Message;

const Message& Prototype(uint8_t choice) {
  switch (choice % 4) {
    case 0:
      return v1::Scalars::default_instance();
    case 1:
      return v1::Nest::default_instance();
    case 2:
      return v1::Book::default_instance();
    default:
      return v1::WellKnown::default_instance();
  }
}

// Refused when read, but written if a service has it: NUL in text, and more than a hundred levels.
bool IsBeyondTheReader(const std::string& json) {
  if (json.find("\\u0000") != std::string::npos) return true;
  const absl::Status status = json::CheckStrict(json);
  return !status.ok() && status.message().find("nest") != absl::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view wire(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Message& prototype = Prototype(data[0]);
  const MessageType& type = *ConformanceSchema().FindMessage(prototype.GetDescriptor());
  std::string json;
  const absl::Status status = WriteJsonMessage(ConformanceSchema(), type, wire, &json);
  if (!status.ok()) {
    CHECK(status.code() == absl::StatusCode::kInternal);
    return 0;
  }
  if (IsBeyondTheReader(json)) return 0;
  CHECK(json::CheckStrict(json).ok());
  // Scalars, where no special type makes two wires one.
  const std::unique_ptr<Message> message(prototype.New());
  if (data[0] % 4 == 0 && message->ParseFromArray(data + 1, static_cast<int>(size - 1))) {
    std::string back;
    CHECK(ReadJsonMessage(ConformanceSchema(), type, json, {}, &back).ok());
    const std::unique_ptr<Message> again(prototype.New());
    CHECK(again->ParseFromString(back));
    google::protobuf::util::DefaultFieldComparator comparator;
    comparator.set_treat_nan_as_equal(true);
    google::protobuf::util::MessageDifferencer differencer;
    differencer.set_field_comparator(&comparator);
    message->DiscardUnknownFields();
    CHECK(differencer.Compare(*message, *again));
  }
  return 0;
}

}  // namespace regulars::gateway
