#include "gateway/transcode/json_writer.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "chassis/testing/status_matchers.h"
#include "gateway/json/strict.h"
#include "gateway/testing/conformance_schema.h"

namespace regulars::gateway {
namespace {

namespace v1 = ::regulars::conformance::v1;
using ::regulars::testing::HasReason;
using ::testing::HasSubstr;

template <typename T>
absl::StatusOr<std::string> WriteWire(absl::string_view wire) {
  std::string json;
  absl::Status status = WriteJsonMessage(ConformanceSchema(), TypeOf<T>(), wire, &json);
  if (!status.ok()) return status;
  EXPECT_OK(json::CheckStrict(json)) << json;
  return json;
}

template <typename T>
std::string Write(const char* text) {
  T message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return WriteWire<T>(message.SerializeAsString()).value();
}

TEST(JsonWriter, FieldsWithoutPresenceAreAlwaysThere) {
  EXPECT_EQ(Write<v1::Book>(""),
            R"({"name":"","title":"","pageCount":0,"labels":{},"binding":"BINDING_UNSPECIFIED",)"
            R"("authors":[],"pin":"","copies":"0","oldTitle":""})");
  EXPECT_EQ(
      Write<v1::Book>("row: 0 create_time {}"),
      R"({"name":"","title":"","pageCount":0,"createTime":"1970-01-01T00:00:00Z","labels":{},)"
      R"("binding":"BINDING_UNSPECIFIED","authors":[],"pin":"","copies":"0","oldTitle":"","row":0})");
}

TEST(JsonWriter, Scalars) {
  const struct {
    const char* text;
    const char* json;
  } rows[] = {
      {"double_value: 0.1", "\"doubleValue\":0.1"},
      {"double_value: nan", "\"doubleValue\":\"NaN\""},
      {"float_value: -inf", "\"floatValue\":\"-Infinity\""},
      {"int32_value: -5", "\"int32Value\":-5"},
      {"int64_value: -9223372036854775808", "\"int64Value\":\"-9223372036854775808\""},
      {"uint32_value: 4294967295", "\"uint32Value\":4294967295"},
      {"uint64_value: 18446744073709551615", "\"uint64Value\":\"18446744073709551615\""},
      {"sint32_value: -7 sint64_value: -8", "\"sint32Value\":-7,\"sint64Value\":\"-8\""},
      {"sfixed32_value: -7 sfixed64_value: -8", "\"sfixed32Value\":-7,\"sfixed64Value\":\"-8\""},
      {"fixed32_value: 7 fixed64_value: 8", "\"fixed32Value\":7,\"fixed64Value\":\"8\""},
      {"bool_value: true", "\"boolValue\":true"},
      {"string_value: 'a\\n\"\\303\\251'", "\"stringValue\":\"a\\n\\\"\xC3\xA9\""},
      {"bytes_value: '\\377\\000'", "\"bytesValue\":\"/wA=\""},
      {"enum_value: SCROLL", "\"enumValue\":\"SCROLL\""},
      {"enum_value: 77", "\"enumValue\":77"},
      {"optional_int32: 0", "\"optionalInt32\":0"},
      {"optional_string: ''", "\"optionalString\":\"\""},
      {"int64s: [1, 2]", "\"int64s\":[\"1\",\"2\"]"},
      {"unpacked: [1, 2]", "\"unpacked\":[1,2]"},
      {"renamed: 'x'", "\"@other\":\"x\""},
  };
  for (const auto& row : rows) EXPECT_THAT(Write<v1::Scalars>(row.text), HasSubstr(row.json));
  EXPECT_THAT(Write<v1::Scalars>(""), ::testing::Not(HasSubstr("optional")));
}

TEST(JsonWriter, TypesWithTheirOwnJson) {
  const struct {
    const char* text;
    const char* json;
  } rows[] = {
      {"timestamp { seconds: 1 nanos: 500000000 }", "\"timestamp\":\"1970-01-01T00:00:01.500Z\""},
      {"duration { seconds: -1 }", "\"duration\":\"-1s\""},
      {"field_mask { paths: ['a', 'b_c.d'] }", "\"fieldMask\":\"a,bC.d\""},
      {"struct {}", "\"struct\":{}"},
      {"struct { fields { key: 'a' value { list_value { values { bool_value: true } } } } }",
       "\"struct\":{\"a\":[true]}"},
      {"struct { fields { key: 'a' value {} } }", "\"struct\":{\"a\":null}"},
      {"value { number_value: 3 }", "\"value\":3"},
      {"value { null_value: NULL_VALUE }", "\"value\":null"},
      {"value { string_value: '' }", "\"value\":\"\""},
      {"list_value {}", "\"listValue\":[]"},
      {"empty {}", "\"empty\":{}"},
      {"bool_wrapper {}", "\"boolWrapper\":false"},
      {"int64_wrapper { value: 5 }", "\"int64Wrapper\":\"5\""},
      {"string_wrapper { value: 'x' }", "\"stringWrapper\":\"x\""},
      {"any {}", "\"any\":{}"},
      {"any { type_url: 'x/regulars.conformance.v1.Email' value: '\\n\\001a' }",
       R"("any":{"@type":"x/regulars.conformance.v1.Email","address":"a"})"},
      {"any { type_url: 'x/google.protobuf.Duration' value: '\\010\\003' }",
       R"("any":{"@type":"x/google.protobuf.Duration","value":"3s"})"},
      {"any { type_url: 'x/unknown.Type' value: 'abc' }",
       R"("any":{"@type":"x/unknown.Type","value":"YWJj"})"},
      {"any { type_url: 'google.protobuf.Empty' }", R"("any":{"@type":"google.protobuf.Empty"})"},
  };
  for (const auto& row : rows) EXPECT_THAT(Write<v1::WellKnown>(row.text), HasSubstr(row.json));
}

TEST(JsonWriter, MapsAndOneofs) {
  EXPECT_THAT(Write<v1::Nest>("int64s_by_int32 { key: -1 value: 5 }"),
              HasSubstr("\"int64sByInt32\":{\"-1\":\"5\"}"));
  EXPECT_THAT(Write<v1::Nest>("bytes_by_uint64 { key: 5 value: 'a' }"),
              HasSubstr("\"bytesByUint64\":{\"5\":\"YQ==\"}"));
  EXPECT_THAT(Write<v1::Nest>("enums_by_bool { key: false value: BINDING_UNSPECIFIED }"),
              HasSubstr("\"enumsByBool\":{\"false\":\"BINDING_UNSPECIFIED\"}"));
  EXPECT_THAT(Write<v1::Nest>("choice_null: NULL_VALUE"), HasSubstr("\"choiceNull\":null"));
  EXPECT_THAT(Write<v1::Nest>("choice_string: ''"), HasSubstr("\"choiceString\":\"\""));
}

// Wires that no serializer of ours makes, but the format allows.
TEST(JsonWriter, OddWires) {
  // A map entry without key and value.
  EXPECT_THAT(WriteWire<v1::Nest>(absl::string_view("\x52\x00", 2)).value(),
              HasSubstr("\"stringsByString\":{\"\":\"\"}"));
  EXPECT_THAT(WriteWire<v1::Nest>(absl::string_view("\x5A\x00", 2)).value(),
              HasSubstr("\"nestsByString\":{\"\":{\"children\":[]"));
  // A key twice: the last one counts.
  EXPECT_THAT(WriteWire<v1::Nest>("\x52\x06\n\x01k\x12\x01"
                                  "a"
                                  "\x52\x06\n\x01k\x12\x01"
                                  "b")
                  .value(),
              HasSubstr("\"stringsByString\":{\"k\":\"b\"}"));
  // The same key in two ways: left out, and given as empty.
  EXPECT_THAT(WriteWire<v1::Nest>(absl::string_view("\x52\x02\n\x00\x52\x03\x12\x01x", 9)).value(),
              HasSubstr("\"stringsByString\":{\"\":\"x\"}"));
  // Two members of a oneof, out of order: the last one counts.
  EXPECT_THAT(WriteWire<v1::Nest>("\xA8\x01\x05\xA2\x01\x01x").value(),
              ::testing::AllOf(HasSubstr("\"choiceString\":\"x\""),
                               ::testing::Not(HasSubstr("choiceInt64"))));
  // A packed list in pieces, unpacked ones between, other fields between.
  EXPECT_THAT(
      WriteWire<v1::Scalars>("\x8A\x02\x02\x01\x02\x18\x07\x88\x02\x03\x8A\x02\x01\x04").value(),
      HasSubstr("\"int32s\":[1,2,3,4]"));
  // An unknown field, and a known one of another wire type.
  EXPECT_THAT(WriteWire<v1::Email>("\xF8\x7F\x05\x08\x07\n\x01x").value(), "{\"address\":\"x\"}");
  // Not UTF-8.
  EXPECT_EQ(WriteWire<v1::Email>("\n\x02"
                                 "a\xFF")
                .value(),
            "{\"address\":\"a\xEF\xBF\xBD\"}");
}

TEST(JsonWriter, RefusesWhatIsNoMessage) {
  const struct {
    const char* name;
    std::string wire;
  } rows[] = {
      {"half a tag", "\x80"},
      {"tag of field 0", std::string("\x00\x00", 2)},
      {"varint without end", "\x18\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"},
      {"string past the end", "\x72\x05xx"},
      {"fixed64 cut short",
       "\x09"
       "1234567"},
      {"fixed32 cut short",
       "\x15"
       "123"},
      {"group", "\x0B\x0C"},
      {"wire type 7", "\x0F"},
      {"packed varints cut short", "\x8A\x02\x01\x80"},
      {"packed doubles cut short",
       "\xFA\x01\x04"
       "1234"},
  };
  for (const auto& row : rows) {
    const auto got = WriteWire<v1::Scalars>(row.wire);
    EXPECT_THAT(got, HasReason("BAD_REPLY")) << row.name;
    EXPECT_EQ(got.status().code(), absl::StatusCode::kInternal) << row.name;
  }
  // A time out of range.
  v1::WellKnown late;
  late.mutable_timestamp()->set_seconds(253402300800);
  EXPECT_THAT(WriteWire<v1::WellKnown>(late.SerializeAsString()), HasReason("BAD_REPLY"));
  // Deeper than any parser goes.
  std::string deep;
  for (int i = 0; i < 200; ++i) {
    std::string outer;
    wire::AppendBytes(wire::Tag(1, wire::kLengthDelimited), deep, &outer);
    deep = outer;
  }
  EXPECT_THAT(WriteWire<v1::Nest>(deep), HasReason("BAD_REPLY"));
}

TEST(JsonWriter, OneField) {
  v1::LabelsRequest message;
  (*message.mutable_labels())["a"] = "b";
  message.add_emails()->set_address("x");
  const auto write = [&](absl::string_view field) {
    const MessageType& type = TypeOf<v1::LabelsRequest>();
    std::string json;
    EXPECT_OK(WriteJsonField(ConformanceSchema(), type, *type.FindField(field),
                             message.SerializeAsString(), &json));
    return json;
  };
  EXPECT_EQ(write("labels"), "{\"a\":\"b\"}");
  EXPECT_EQ(write("emails"), "[{\"address\":\"x\"}]");
  EXPECT_EQ(write("word"), "\"\"");
  EXPECT_EQ(write("amount"), "\"0\"");
  const MessageType& type = TypeOf<v1::UpdateBookRequest>();
  std::string json;
  EXPECT_OK(WriteJsonField(ConformanceSchema(), type, *type.FindField("book"), "", &json));
  EXPECT_EQ(json, "null");
}

}  // namespace
}  // namespace regulars::gateway
