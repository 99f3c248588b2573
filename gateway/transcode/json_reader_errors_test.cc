// What the reader refuses, and what it says then.
#include "gateway/transcode/json_reader.h"

#include <gtest/gtest.h>

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

struct BadRow {
  const char* json;
  const char* reason;
  const char* message;  // For a field error it begins with the field.
};

template <typename T>
void ExpectRefuses(const std::vector<BadRow>& rows) {
  for (const BadRow& row : rows) {
    SCOPED_TRACE(row.json);
    const auto got = Read<T>(row.json);
    EXPECT_THAT(got, HasReason(row.reason));
    EXPECT_EQ(got.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(std::string(got.status().message()), row.message);
  }
}

TEST(JsonReaderErrors, NamesTheFieldAtFault) {
  ExpectRefuses<v1::Scalars>({
      {"[]", "WRONG_TYPE", "the body must be an object, not an array"},
      {"null", "WRONG_TYPE", "the body must be an object, not null"},
      {"3", "WRONG_TYPE", "the body must be an object, not a number"},
      {R"({"nope": 1})", "UNKNOWN_FIELD", "nope is not a field of regulars.conformance.v1.Scalars"},
      {R"({"Int32Value": 1})", "UNKNOWN_FIELD",
       "Int32Value is not a field of regulars.conformance.v1.Scalars"},
      {R"({"a\nb\"": 1})", "UNKNOWN_FIELD",
       "a\\nb\\\" is not a field of regulars.conformance.v1.Scalars"},
      {R"({"int32Value": 1, "int32Value": 1})", "DUPLICATE_FIELD", "int32_value is given twice"},
      {R"({"int32Value": 1, "int32_value": 1})", "DUPLICATE_FIELD", "int32_value is given twice"},
      {R"({"int32Value": 1, "\u0069nt32Value": 1})", "DUPLICATE_FIELD",
       "int32_value is given twice"},
      {R"({"int32Value": null, "int32Value": null})", "DUPLICATE_FIELD",
       "int32_value is given twice"},
      {R"({"int32Value": 2147483648})", "INVALID_VALUE",
       "int32_value must be an integer from -2147483648 to 2147483647"},
      {R"({"int32Value": 1.5})", "INVALID_VALUE",
       "int32_value must be an integer from -2147483648 to 2147483647"},
      {R"({"int32Value": "1 "})", "INVALID_VALUE",
       "int32_value must be an integer from -2147483648 to 2147483647"},
      {R"({"int32Value": true})", "WRONG_TYPE", "int32_value must be an integer, not true"},
      {R"({"int32Value": {}})", "WRONG_TYPE", "int32_value must be an integer, not an object"},
      {R"({"uint32Value": -1})", "INVALID_VALUE",
       "uint32_value must be an integer from 0 to 4294967295"},
      {R"({"uint64Value": 18446744073709551616})", "INVALID_VALUE",
       "uint64_value must be an integer from 0 to 18446744073709551615"},
      {R"({"doubleValue": 1e999})", "INVALID_VALUE",
       "double_value must be a number within range, or one of \"NaN\", \"Infinity\" and "
       "\"-Infinity\""},
      {R"({"floatValue": 1e39})", "INVALID_VALUE",
       "float_value must be a number within range, or one of \"NaN\", \"Infinity\" and "
       "\"-Infinity\""},
      {R"({"boolValue": "true"})", "WRONG_TYPE", "bool_value must be true or false, not a string"},
      {R"({"boolValue": 1})", "WRONG_TYPE", "bool_value must be true or false, not a number"},
      {R"({"stringValue": 1})", "WRONG_TYPE", "string_value must be a string, not a number"},
      {R"({"stringValue": ["a"]})", "WRONG_TYPE", "string_value must be a string, not an array"},
      {R"({"bytesValue": "a"})", "INVALID_VALUE", "bytes_value must be base64"},
      {R"({"enumValue": "paperback"})", "INVALID_VALUE",
       "enum_value must be one of SCROLL, BINDING_UNSPECIFIED, HARDCOVER, PAPERBACK"},
      {R"({"enumValue": 1.5})", "INVALID_VALUE",
       "enum_value must be one of SCROLL, BINDING_UNSPECIFIED, HARDCOVER, PAPERBACK"},
      {R"({"enumValue": null, "boolValue": []})", "WRONG_TYPE",
       "bool_value must be true or false, not an array"},
      {R"({"int32s": 1})", "WRONG_TYPE", "int32s must be an array, not a number"},
      {R"({"int32s": [1, null]})", "WRONG_TYPE", "int32s[1] must be an integer, not null"},
      {R"({"strings": ["a", "b", 3]})", "WRONG_TYPE", "strings[2] must be a string, not a number"},
      {R"({"stringValue": "a\u0000"})", "MALFORMED_JSON",
       "malformed JSON at line 1, column 19 (byte 18): the character NUL is not allowed"},
      {"{\"stringValue\": \"\xFF\"}", "MALFORMED_JSON",
       "malformed JSON at line 1, column 18 (byte 17): this is not UTF-8"},
      {"{\"int32Value\": 1} x", "MALFORMED_JSON",
       "malformed JSON at line 1, column 19 (byte 18): expected the end of the text, found 'x'"},
      {"{\"int32Value\": 01}", "MALFORMED_JSON",
       "malformed JSON at line 1, column 16 (byte 15): this is not a number"},
      {"{\"int32s\": [1,]}", "MALFORMED_JSON",
       "malformed JSON at line 1, column 15 (byte 14): expected a value, found ']'"},
      {"", "MALFORMED_JSON",
       "malformed JSON at line 1, column 1 (byte 0): expected a value, found the end of the text"},
  });
  ExpectRefuses<v1::Nest>({
      {R"({"child": []})", "WRONG_TYPE", "child must be an object, not an array"},
      {R"({"child": {"children": [{}, {"scalars": {"int32s": [1, "x"]}}]}})", "INVALID_VALUE",
       "child.children[1].scalars.int32s[1] must be an integer from -2147483648 to 2147483647"},
      {R"({"children": [null]})", "WRONG_TYPE", "children[0] must be an object, not null"},
      {R"({"stringsByString": []})", "WRONG_TYPE",
       "strings_by_string must be an object, not an array"},
      {R"({"stringsByString": {"a": 1}})", "WRONG_TYPE",
       "strings_by_string[\"a\"] must be a string, not a number"},
      {R"({"stringsByString": {"a": null}})", "WRONG_TYPE",
       "strings_by_string[\"a\"] must be a value, not null"},
      {R"({"nestsByString": {"k": {"label": 1}}})", "WRONG_TYPE",
       "nests_by_string[\"k\"].label must be a string, not a number"},
      {R"({"int64sByInt32": {"x": 1}})", "INVALID_VALUE",
       "int64s_by_int32[\"x\"] has a key that must be an integer from -2147483648 to 2147483647"},
      {R"({"enumsByBool": {"TRUE": 1}})", "INVALID_VALUE",
       "enums_by_bool[\"TRUE\"] has a key that must be true or false"},
      {R"({"stringsByString": {"a": "1", "\u0061": "2"}})", "DUPLICATE_KEY",
       "malformed JSON at line 1, column 32 (byte 31): the key \"a\" is given twice"},
      {R"({"int64sByInt32": {"1": 1, "1.0": 2}})", "DUPLICATE_KEY",
       "malformed JSON at line 1, column 28 (byte 27): the key \"1.0\" is given twice"},
      {R"({"choiceString": "a", "choiceInt64": 1})", "ONEOF_CONFLICT",
       "choice_int64 cannot be given together with another of 'choice'"},
      {R"({"choiceNull": null, "choiceInt64": 1})", "ONEOF_CONFLICT",
       "choice_int64 cannot be given together with another of 'choice'"},
      {R"({"choiceNull": 1.5})", "INVALID_VALUE", "choice_null must be one of NULL_VALUE"},
  });
  ExpectRefuses<v1::WellKnown>({
      {R"({"timestamp": 5})", "WRONG_TYPE", "timestamp must be a string, not a number"},
      {R"({"timestamp": "2024-02-30T00:00:00Z"})", "INVALID_VALUE",
       "timestamp must be a time such as \"2024-02-29T12:30:00Z\" in the years 0001 to 9999"},
      {R"({"timestamps": ["2024-02-28T00:00:00Z", "now"]})", "INVALID_VALUE",
       "timestamps[1] must be a time such as \"2024-02-29T12:30:00Z\" in the years 0001 to 9999"},
      {R"({"duration": "1h"})", "INVALID_VALUE",
       "duration must be a duration in seconds such as \"1.5s\", at most 315576000000s"},
      {R"({"fieldMask": "a,,b"})", "INVALID_VALUE",
       "field_mask must be names of fields, such as \"displayName,address.city\""},
      {R"({"fieldMask": ["a"]})", "WRONG_TYPE", "field_mask must be a string, not an array"},
      {R"({"struct": 1})", "WRONG_TYPE", "struct must be an object, not a number"},
      {R"({"struct": {"a": 1, "a": 2}})", "DUPLICATE_KEY",
       "malformed JSON at line 1, column 21 (byte 20): the key \"a\" is given twice"},
      {R"({"value": {"a": {"b": 1, "b": 2}}})", "DUPLICATE_KEY",
       "malformed JSON at line 1, column 26 (byte 25): the key \"b\" is given twice"},
      {R"({"value": [1e400]})", "INVALID_VALUE", "value holds a number that is out of range"},
      {R"({"listValue": {}})", "WRONG_TYPE", "list_value must be an array, not an object"},
      {R"({"empty": {"a": 1}})", "UNKNOWN_FIELD",
       "empty.a is not a field of google.protobuf.Empty"},
      {R"({"int64Wrapper": true})", "WRONG_TYPE", "int64_wrapper must be an integer, not true"},
      {R"({"int64Wrappers": [1, null]})", "WRONG_TYPE",
       "int64_wrappers[1] must be an integer, not null"},
      {R"({"any": {"a": 1}})", "INVALID_VALUE", "any needs \"@type\", the type of what it holds"},
      {R"({"any": {"@type": 1}})", "WRONG_TYPE", "any.@type must be a string, not a number"},
      {R"({"any": {"@type": ""}})", "INVALID_VALUE", "any.@type must not be empty"},
      {R"({"any": {"@type": "x/no.Such"}})", "INVALID_VALUE",
       "any.@type names no type that is known here"},
      {R"({"any": {"@type": "regulars.conformance.v1.Email"}})", "INVALID_VALUE",
       "any.@type names no type that is known here"},
      {R"({"any": {"@type": "x/regulars.conformance.v1.Email", "address": 1}})", "WRONG_TYPE",
       "any.address must be a string, not a number"},
      {R"({"any": {"@type": "x/google.protobuf.Duration", "value": "x"}})", "INVALID_VALUE",
       "any.value must be a duration in seconds such as \"1.5s\", at most 315576000000s"},
      {R"({"any": {"@type": "x/google.protobuf.Duration", "more": "x"}})", "UNKNOWN_FIELD",
       "any.more is given twice, or no field of google.protobuf.Duration"},
      {R"({"any": {"@type": "x/google.protobuf.Duration", "": "x"}})", "UNKNOWN_FIELD",
       "any has a field without a name"},
      {R"({"any": {"x": 1, "@type": "x/google.protobuf.Empty", "@type": "x"}})", "UNKNOWN_FIELD",
       "any.x is not a field of google.protobuf.Empty"},
      {R"({"any": {"@type": "x/y)", "MALFORMED_JSON",
       "malformed JSON at line 1, column 19 (byte 18): this string has no closing quote"},
      {R"({"any": {"x": [1, })", "MALFORMED_JSON",
       "malformed JSON at line 1, column 19 (byte 18): expected a value, found '}'"},
  });
}

TEST(JsonReaderErrors, ErrorsSayWhereTheMessageStands) {
  const FieldPath body{.name = "customer"};
  const absl::Status status = Read<v1::Author>(R"({"emails": [{"address": 5}]})", body).status();
  EXPECT_EQ(status.message(), "customer.emails[0].address must be a string, not a number");
  const ErrorDetails details = GetErrorDetails(status);
  ASSERT_EQ(details.violations.size(), 1u);
  EXPECT_EQ(details.violations[0].field, "customer.emails[0].address");
  EXPECT_EQ(details.violations[0].description, "must be a string, not a number");
}

// A path that ends in nothing would be the message's own: what is wrong is told of the message.
TEST(JsonReaderErrors, AFieldWithoutANameIsToldOfItsMessage) {
  const FieldPath body{.name = "customer"};
  const struct {
    const char* json;
    const char* field;
  } rows[] = {{R"({"": 1})", "customer"}, {R"({"emails": [{"": 1}]})", "customer.emails[0]"}};
  for (const auto& row : rows) {
    const ErrorDetails details = GetErrorDetails(Read<v1::Author>(row.json, body).status());
    EXPECT_EQ(details.reason, "UNKNOWN_FIELD") << row.json;
    ASSERT_EQ(details.violations.size(), 1u) << row.json;
    EXPECT_EQ(details.violations[0].field, row.field);
    EXPECT_EQ(details.violations[0].description, "has a field without a name");
  }
  EXPECT_EQ(Read<v1::Author>(R"({"": 1})").status().message(),
            "the body has a field without a name");
}

TEST(JsonReaderErrors, MalformedValuesNameTheirField) {
  const struct {
    const char* json;
    const char* field;
  } rows[] = {
      {"{\"emails\": [{\"address\": \"a\xFF\"}]}", "customer.emails[0].address"},
      {"{\"emails\": [{}, ]}", "customer.emails[1]"},
      {"{\"emails\": tru}", "customer.emails"},
  };
  const FieldPath body{.name = "customer"};
  for (const auto& row : rows) {
    const ErrorDetails details = GetErrorDetails(Read<v1::Author>(row.json, body).status());
    EXPECT_EQ(details.reason, "MALFORMED_JSON") << row.json;
    ASSERT_EQ(details.violations.size(), 1u) << row.json;
    EXPECT_EQ(details.violations[0].field, row.field);
  }
}

}  // namespace
}  // namespace regulars::gateway
