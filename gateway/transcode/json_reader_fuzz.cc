// The first byte chooses a message, the rest is JSON. What the reader takes is strict JSON, parses
// as the message, comes back the same through the writer, and, for messages without special types,
// is what protobuf's own reader makes of it.
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>

#include <memory>
#include <string>

#include "absl/strings/ascii.h"
#include "chassis/base/check.h"
#include "gateway/json/strict.h"
#include "gateway/testing/conformance_schema.h"
#include "gateway/transcode/json_reader.h"
#include "gateway/transcode/json_writer.h"

namespace regulars::gateway {

namespace {

namespace v1 = ::regulars::conformance::v1;
using ::google::protobuf::Message;

bool AreSame(const Message& a, const Message& b) {
  google::protobuf::util::DefaultFieldComparator comparator;
  comparator.set_treat_nan_as_equal(true);
  google::protobuf::util::MessageDifferencer differencer;
  differencer.set_field_comparator(&comparator);
  return differencer.Compare(a, b);
}

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

// Whether there may be a number with a fraction or an exponent. protobuf reads those for integers
// as doubles, which lose digits of long ones, and refuses some that stand in quotes.
bool MayHoldFractions(absl::string_view json) {
  for (size_t i = 1; i < json.size(); ++i) {
    const bool continues = json[i] == '.' || json[i] == 'e' || json[i] == 'E';
    if (continues && absl::ascii_isdigit(json[i - 1])) return true;
  }
  return false;
}

bool TheyReadTheSame(const std::string& json, const Message& expected) {
  const std::unique_ptr<Message> theirs(expected.New());
  return google::protobuf::util::JsonStringToMessage(json, theirs.get()).ok() &&
         AreSame(expected, *theirs);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view json(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Message& prototype = Prototype(data[0]);
  const MessageType& type = *ConformanceSchema().FindMessage(prototype.GetDescriptor());
  std::string wire;
  const absl::Status status = ReadJsonMessage(ConformanceSchema(), type, json, {}, &wire);
  if (!status.ok()) {
    CHECK(status.code() == absl::StatusCode::kInvalidArgument);
    return 0;
  }
  CHECK(json::CheckStrict(json).ok());
  const std::unique_ptr<Message> message(prototype.New());
  CHECK(message->ParseFromString(wire));
  std::string written;
  CHECK(WriteJsonMessage(ConformanceSchema(), type, wire, &written).ok());
  if (json::CheckStrict(written).ok()) {
    std::string wire_again;
    CHECK(ReadJsonMessage(ConformanceSchema(), type, written, {}, &wire_again).ok());
    const std::unique_ptr<Message> again(prototype.New());
    CHECK(again->ParseFromString(wire_again));
    CHECK(AreSame(*message, *again));
  }
  if (data[0] % 4 < 2 && !TheyReadTheSame(std::string(json), *message)) {
    CHECK(MayHoldFractions(json));
    CHECK(TheyReadTheSame(written, *message));
  }
  return 0;
}

}  // namespace regulars::gateway
