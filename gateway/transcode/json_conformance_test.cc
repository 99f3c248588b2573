// The codec against protobuf's own JSON, on random messages, in both directions.
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/field_comparator.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "chassis/testing/status_matchers.h"
#include "gateway/json/strict.h"
#include "gateway/testing/conformance_schema.h"
#include "gateway/testing/random_message.h"
#include "gateway/transcode/json_reader.h"
#include "gateway/transcode/json_writer.h"

namespace regulars::gateway {
namespace {

namespace v1 = ::regulars::conformance::v1;
using ::google::protobuf::Message;
using ::google::protobuf::util::MessageDifferencer;

constexpr int kMessages = 200;
constexpr int kDepth = 3;

// A JSON object as a value to compare. Protobuf's own reader of Struct turns large integers into
// strings, so ours does it.
google::protobuf::Struct AnyJson(const std::string& json) {
  std::string wire;
  EXPECT_OK(
      ReadJsonMessage(ConformanceSchema(), TypeOf<google::protobuf::Struct>(), json, {}, &wire));
  google::protobuf::Struct value;
  EXPECT_TRUE(value.ParseFromString(wire));
  return value;
}

template <typename T>
class JsonConformance : public ::testing::Test {
 protected:
  template <typename Check>
  void ForRandomMessages(Check check) {
    for (int seed = 1; seed <= kMessages && !::testing::Test::HasFailure(); ++seed) {
      SCOPED_TRACE(::testing::Message() << "seed " << seed);
      T message;
      RandomMessage(seed).Fill(&message, kDepth);
      check(message);
    }
  }
  std::string Write(const T& message) {
    std::string json;
    EXPECT_OK(
        WriteJsonMessage(ConformanceSchema(), TypeOf<T>(), message.SerializeAsString(), &json));
    return json;
  }
  T Read(const std::string& json) {
    std::string wire;
    EXPECT_OK(ReadJsonMessage(ConformanceSchema(), TypeOf<T>(), json, {}, &wire)) << json;
    T message;
    EXPECT_TRUE(message.ParseFromString(wire)) << json;
    return message;
  }
  void ExpectSame(const T& expected, const T& got, const std::string& json) {
    EXPECT_TRUE(MessageDifferencer::Equals(expected, got))
        << "expected " << expected.DebugString() << "got " << got.DebugString() << "json " << json;
  }
};

using Types = ::testing::Types<v1::Scalars, v1::Nest, v1::WellKnown, v1::Book>;
TYPED_TEST_SUITE(JsonConformance, Types);

TYPED_TEST(JsonConformance, ProtobufReadsWhatIsWritten) {
  this->ForRandomMessages([this](const TypeParam& message) {
    const std::string json = this->Write(message);
    EXPECT_OK(json::CheckStrict(json)) << json;
    TypeParam back;
    const auto status = google::protobuf::util::JsonStringToMessage(json, &back);
    EXPECT_TRUE(status.ok()) << status.ToString() << json;
    this->ExpectSame(message, back, json);
  });
}

TYPED_TEST(JsonConformance, WhatProtobufWritesIsRead) {
  this->ForRandomMessages([this](const TypeParam& message) {
    for (const bool original_names : {false, true}) {
      google::protobuf::util::JsonPrintOptions options;
      options.preserve_proto_field_names = original_names;
      options.always_print_enums_as_ints = original_names;
      options.add_whitespace = original_names;
      std::string json;
      ASSERT_TRUE(google::protobuf::util::MessageToJsonString(message, &json, options).ok());
      this->ExpectSame(message, this->Read(json), json);
    }
  });
}

TYPED_TEST(JsonConformance, WhatIsWrittenIsRead) {
  this->ForRandomMessages([this](const TypeParam& message) {
    const std::string json = this->Write(message);
    this->ExpectSame(message, this->Read(json), json);
  });
}

// The same JSON value as protobuf prints with all zeros, not only the same message.
TYPED_TEST(JsonConformance, TheSameValueAsProtobufPrints) {
  this->ForRandomMessages([this](const TypeParam& message) {
    google::protobuf::util::JsonPrintOptions options;
    options.always_print_primitive_fields = true;
    std::string theirs;
    ASSERT_TRUE(google::protobuf::util::MessageToJsonString(message, &theirs, options).ok());
    // A NullValue that is not set is printed by name there, as null here.
    absl::StrReplaceAll({{"\"NULL_VALUE\"", "null"}}, &theirs);
    const std::string ours = this->Write(message);
    // Inside an Any in an Any it forgets that zeros are to be printed.
    if (theirs.find("google.protobuf.Any\"") != std::string::npos) return;
    const google::protobuf::Struct a = AnyJson(theirs);
    const google::protobuf::Struct b = AnyJson(ours);
    // A float's shortest text differs: theirs keeps nine digits.
    google::protobuf::util::DefaultFieldComparator comparator;
    comparator.set_float_comparison(comparator.APPROXIMATE);
    comparator.SetDefaultFractionAndMargin(1e-7, 0);
    MessageDifferencer differencer;
    differencer.set_field_comparator(&comparator);
    std::string difference;
    differencer.ReportDifferencesToString(&difference);
    EXPECT_TRUE(differencer.Compare(a, b))
        << difference << "theirs " << theirs << "\nours " << ours;
  });
}

// Fields in any order, lists in pieces, messages in pieces and maps with a key twice: what the wire
// format allows, and a service in another language may send.
TYPED_TEST(JsonConformance, ReadsWiresInPieces) {
  for (int seed = 1; seed <= kMessages && !::testing::Test::HasFailure(); ++seed) {
    TypeParam first;
    TypeParam second;
    RandomMessage(seed).Fill(&first, kDepth);
    RandomMessage(seed + kMessages).Fill(&second, kDepth);
    const std::string wire = first.SerializeAsString() + second.SerializeAsString();
    TypeParam merged;
    ASSERT_TRUE(merged.ParseFromString(wire));
    std::string json;
    ASSERT_OK(WriteJsonMessage(ConformanceSchema(), TypeOf<TypeParam>(), wire, &json));
    EXPECT_OK(json::CheckStrict(json)) << json;
    this->ExpectSame(merged, this->Read(json), json);
  }
}

}  // namespace
}  // namespace regulars::gateway
