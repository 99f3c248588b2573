#include "gateway/transcode/json_reader.h"

#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "chassis/testing/status_matchers.h"
#include "gateway/testing/conformance_schema.h"

namespace regulars::gateway {
namespace {

namespace v1 = ::regulars::conformance::v1;
using ::regulars::testing::HasReason;

template <typename T>
absl::StatusOr<T> Read(absl::string_view json, const FieldPath& path = {}) {
  std::string wire;
  absl::Status status = ReadJsonMessage(ConformanceSchema(), TypeOf<T>(), json, path, &wire);
  if (!status.ok()) return status;
  T message;
  EXPECT_TRUE(message.ParseFromString(wire)) << json;
  return message;
}

struct GoodRow {
  const char* json;
  const char* text;  // In protobuf's text format.
};

template <typename T>
void ExpectReads(const std::vector<GoodRow>& rows) {
  for (const GoodRow& row : rows) {
    SCOPED_TRACE(row.json);
    ASSERT_OK_AND_ASSIGN(const T got, Read<T>(row.json));
    T expected;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(row.text, &expected));
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(got, expected))
        << got.DebugString();
  }
}

TEST(JsonReader, Scalars) {
  ExpectReads<v1::Scalars>({
      {"{}", ""},
      {R"({"int32Value": -2147483648})", "int32_value: -2147483648"},
      {R"({"int32_value": "2147483647"})", "int32_value: 2147483647"},
      {R"({"int32Value": 1.5e1})", "int32_value: 15"},
      {R"({"int64Value": "-9223372036854775808"})", "int64_value: -9223372036854775808"},
      {R"({"int64Value": 9007199254740993})", "int64_value: 9007199254740993"},
      {R"({"uint64Value": 7222222222223e6})", "uint64_value: 7222222222223000000"},
      {R"({"uint32Value": 4294967295})", "uint32_value: 4294967295"},
      {R"({"uint64Value": "18446744073709551615"})", "uint64_value: 18446744073709551615"},
      {R"({"sint32Value": -5, "sint64Value": "-6"})", "sint32_value: -5 sint64_value: -6"},
      {R"({"fixed32Value": 5, "fixed64Value": 6})", "fixed32_value: 5 fixed64_value: 6"},
      {R"({"sfixed32Value": -5, "sfixed64Value": -6})", "sfixed32_value: -5 sfixed64_value: -6"},
      {R"({"doubleValue": 1.5, "floatValue": "-2.25"})", "double_value: 1.5 float_value: -2.25"},
      {R"({"doubleValue": "Infinity", "floatValue": "-Infinity"})",
       "double_value: inf float_value: -inf"},
      {R"({"boolValue": true})", "bool_value: true"},
      {R"({"stringValue": "a\u00e9\n\"\uD83D\uDE00"})",
       R"(string_value: "a\303\251\n\"\360\237\230\200")"},
      {R"({"bytesValue": "_-8="})", R"(bytes_value: "\377\357")"},
      {R"({"enumValue": "PAPERBACK"})", "enum_value: PAPERBACK"},
      {R"({"enumValue": 2})", "enum_value: PAPERBACK"},
      {R"({"enumValue": -1})", "enum_value: SCROLL"},
      {R"({"optionalInt32": 0, "optionalString": ""})", "optional_int32: 0 optional_string: \"\""},
      {R"({"optionalInt32": null})", ""},
      {R"({"@other": "x"})", "renamed: \"x\""},
      {R"({"renamed": "x"})", "renamed: \"x\""},
      {R"({"int32s": [], "strings": [], "unpacked": null})", ""},
      {R"({"int32s": [1, "2", 3.0], "unpacked": [4, 5], "strings": ["", "b"]})",
       "int32s: [1, 2, 3] unpacked: [4, 5] strings: [\"\", \"b\"]"},
      {R"({"enums": ["HARDCOVER", 0, 2], "bools": [true, false]})",
       "enums: [HARDCOVER, BINDING_UNSPECIFIED, PAPERBACK] bools: [true, false]"},
  });
}

TEST(JsonReader, UnknownEnumNumbersStay) {
  ASSERT_OK_AND_ASSIGN(const v1::Scalars got, Read<v1::Scalars>(R"({"enumValue": 77})"));
  EXPECT_EQ(got.enum_value(), 77);
}

TEST(JsonReader, NestedMapsAndOneofs) {
  ExpectReads<v1::Nest>({
      {R"({"child": {"child": {}, "label": "x"}})", "child { child {} label: 'x' }"},
      {R"({"children": [{}, {"label": "y"}]})", "children {} children { label: 'y' }"},
      {R"({"stringsByString": {"": "a", "k": ""}})",
       "strings_by_string { key: '' value: 'a' } strings_by_string { key: 'k' value: '' }"},
      {R"({"nestsByString": {"a": {"nestsByString": {"b": {}}}}})",
       "nests_by_string { key: 'a' value { nests_by_string { key: 'b' value {} } } }"},
      {R"({"int64sByInt32": {"-1": "5", "2": 6}})",
       "int64s_by_int32 { key: -1 value: 5 } int64s_by_int32 { key: 2 value: 6 }"},
      {R"({"enumsByBool": {"true": "SCROLL", "false": 1}})",
       "enums_by_bool { key: true value: SCROLL } enums_by_bool { key: false value: HARDCOVER }"},
      {R"({"choiceString": ""})", "choice_string: ''"},
      {R"({"choiceString": null, "choiceInt64": "7"})", "choice_int64: 7"},
      {R"({"choiceNull": null})", "choice_null: NULL_VALUE"},
      {R"({"choiceNest": {}})", "choice_nest {}"},
  });
}

TEST(JsonReader, TypesWithTheirOwnJson) {
  ExpectReads<v1::WellKnown>({
      {R"({"timestamp": "1970-01-01T00:00:01.5Z"})", "timestamp { seconds: 1 nanos: 500000000 }"},
      {R"({"timestamp": "1970-01-01T00:00:00Z"})", "timestamp {}"},
      {R"({"duration": "-1.5s"})", "duration { seconds: -1 nanos: -500000000 }"},
      {R"({"fieldMask": "a,bC.d"})", "field_mask { paths: ['a', 'b_c.d'] }"},
      {R"({"fieldMask": ""})", "field_mask {}"},
      {R"({"struct": {"a": [1, null, {"b": "x"}], "c": true}})",
       "struct { fields { key: 'a' value { list_value { values { number_value: 1 } values { "
       "null_value: NULL_VALUE } values { struct_value { fields { key: 'b' value { string_value: "
       "'x' } } } } } } } fields { key: 'c' value { bool_value: true } } }"},
      {R"({"value": null})", "value { null_value: NULL_VALUE }"},
      {R"({"value": 1e3, "values": [null, "s"]})",
       "value { number_value: 1000 } values { null_value: NULL_VALUE } values { string_value: 's' "
       "}"},
      {R"({"listValue": [[], {}]})",
       "list_value { values { list_value {} } values { struct_value {} } }"},
      {R"({"empty": {}, "nullValue": null})", "empty {}"},
      {R"({"boolWrapper": false, "int32Wrapper": 0, "stringWrapper": ""})",
       "bool_wrapper {} int32_wrapper {} string_wrapper {}"},
      {R"({"int64Wrapper": "5", "bytesWrapper": "/w==", "doubleWrapper": "Infinity"})",
       "int64_wrapper { value: 5 } bytes_wrapper { value: '\\377' } double_wrapper { value: inf }"},
      {R"({"uint32Wrapper": null})", ""},
      {R"({"any": {}})", "any {}"},
      {R"({"any": {"@type": "type.googleapis.com/regulars.conformance.v1.Email", "address": "a@b"}})",
       "any { [type.googleapis.com/regulars.conformance.v1.Email] { address: 'a@b' } }"},
      {R"({"any": {"address": "a@b", "@type": "x/regulars.conformance.v1.Email"}})",
       "any { type_url: 'x/regulars.conformance.v1.Email' value: '\\n\\003a@b' }"},
      {R"({"any": {"value": "3s", "@type": "type.googleapis.com/google.protobuf.Duration"}})",
       "any { [type.googleapis.com/google.protobuf.Duration] { seconds: 3 } }"},
      {R"({"anys": [{"@type": "a/google.protobuf.Any", "value": {}}, {"@type": "a/google.protobuf.Empty"}]})",
       "anys { type_url: 'a/google.protobuf.Any' } anys { type_url: 'a/google.protobuf.Empty' }"},
      {R"({"valuesByString": {"a": null}})",
       "values_by_string { key: 'a' value { null_value: 0 } }"},
  });
}

TEST(JsonReader, OneField) {
  const MessageType& type = TypeOf<v1::LabelsRequest>();
  const auto read = [&](absl::string_view field, absl::string_view json) -> std::string {
    const FieldPath path{.name = field};
    std::string wire;
    const absl::Status status =
        ReadJsonField(ConformanceSchema(), *type.FindField(field), json, path, &wire);
    if (!status.ok()) return std::string(status.message());
    v1::LabelsRequest message;
    EXPECT_TRUE(message.ParseFromString(wire));
    return message.ShortDebugString();
  };
  EXPECT_EQ(read("labels", R"({"a": "b"})"), "labels { key: \"a\" value: \"b\" }");
  EXPECT_EQ(read("emails", R"([{"address": "x"}, {}])"), "emails { address: \"x\" } emails { }");
  EXPECT_EQ(read("word", "\"w\""), "word: \"w\"");
  EXPECT_EQ(read("amount", "\"5\""), "amount: 5");
  EXPECT_EQ(read("word", "null"), "");
  EXPECT_EQ(read("emails", "{}"), "emails must be an array, not an object");
  EXPECT_EQ(read("word", "\"w\" 1"),
            "malformed JSON at line 1, column 5 (byte 4): expected the end of the text, found '1'");
}

// Whatever the reader takes, every parser of protobuf must take: the wire nests at most as deep as
// its limit, in each of the ways to nest.
TEST(JsonReader, NestsAsDeepAsProtobufReads) {
  const struct {
    const char* open;
    const char* close;
    const char* inner;
    int messages;  // Wire messages for each level.
  } rows[] = {
      {"{\"child\":", "}", "{}", 1},
      {"{\"nestsByString\":{\"\":", "}}", "{}", 2},
      {"{\"children\":[", "]}", "{}", 1},
  };
  for (const auto& row : rows) {
    int deepest = 0;
    for (int depth = 1; depth <= 100; ++depth) {
      std::string json;
      for (int i = 0; i < depth; ++i) json += row.open;
      json += row.inner;
      for (int i = 0; i < depth; ++i) json += row.close;
      const auto got = Read<v1::Nest>(json);  // Expects the wire to parse.
      if (got.ok()) deepest = depth;
    }
    // JSON nesting of 100 or wire nesting of 100, whichever comes first.
    const int braces = row.open[0] == '{' && row.close[1] == '\0' ? 1 : 2;
    EXPECT_EQ(deepest, std::min(99 / braces, 100 / row.messages)) << row.open;
  }
  for (const auto& [open, close] : {std::make_pair("[", "]"), std::make_pair("{\"a\":", "}")}) {
    bool refused = false;
    for (int depth = 1; depth <= 98; ++depth) {
      std::string json = "{\"value\":";
      for (int i = 0; i < depth; ++i) json += open;
      json += "1";
      for (int i = 0; i < depth; ++i) json += close;
      const auto got = Read<v1::WellKnown>(json + "}");
      refused |= !got.ok();
      if (!got.ok()) {
        EXPECT_THAT(got, HasReason("TOO_DEEP"));
      }
    }
    EXPECT_TRUE(refused);
  }
}

TEST(JsonReader, BoundsAnysInAnys) {
  std::string json = "{}";
  for (int i = 0; i < 20; ++i) {
    json = absl::StrCat("{\"value\":", json, ",\"@type\":\"a/google.protobuf.Any\"}");
  }
  EXPECT_THAT(Read<v1::WellKnown>(absl::StrCat("{\"any\":", json, "}")), HasReason("TOO_DEEP"));
}

TEST(JsonReader, LongContentsGetLongLengths) {
  for (const size_t size : {0, 127, 128, 16383, 16384, 3000000}) {
    const std::string text(size, 'x');
    ASSERT_OK_AND_ASSIGN(
        const v1::Nest got,
        Read<v1::Nest>(absl::StrCat("{\"child\":{\"child\":{\"label\":\"", text, "\"}}}")));
    EXPECT_EQ(got.child().child().label(), text);
  }
}

TEST(JsonReader, ManyKeysAndElementsStayLinear) {
  std::vector<std::string> entries;
  for (int i = 0; i < 100000; ++i) entries.push_back(absl::StrCat("\"k", i, "\":\"v\""));
  const std::string map = absl::StrCat("{\"stringsByString\":{", absl::StrJoin(entries, ","), "}}");
  ASSERT_OK_AND_ASSIGN(const v1::Nest got, Read<v1::Nest>(map));
  EXPECT_EQ(got.strings_by_string_size(), 100000);
  const std::string list = absl::StrCat(
      "{\"children\":[", absl::StrJoin(std::vector<std::string>(200000, "{}"), ","), "]}");
  ASSERT_OK_AND_ASSIGN(const v1::Nest many, Read<v1::Nest>(list));
  EXPECT_EQ(many.children_size(), 200000);
}

}  // namespace
}  // namespace regulars::gateway
