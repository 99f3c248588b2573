// AttributeService over gRPC: what each method does, and each error that its proto documents.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "customer-svc/testing/customer_fixture.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::customer {
namespace {

using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::IsEmpty;
using testing::StatusIs;

class AttributeServiceTest : public CustomerServiceTest {
 protected:
  absl::StatusOr<v1::AttributeDefinition> Make(const std::string& id, const std::string& text) {
    v1::CreateAttributeDefinitionRequest request;
    request.set_attribute_definition_id(id);
    *request.mutable_attribute_definition() = Parse<v1::AttributeDefinition>(text);
    return server_.Call(&Attributes::CreateAttributeDefinition, request);
  }
  absl::StatusOr<v1::AttributeDefinition> Read(const std::string& id) {
    v1::GetAttributeDefinitionRequest request;
    request.set_name("attributeDefinitions/" + id);
    return server_.Call(&Attributes::GetAttributeDefinition, request);
  }
  absl::StatusOr<v1::AttributeDefinition> Change(const std::string& id, const std::string& text,
                                                 const std::vector<std::string>& paths = {},
                                                 bool allow_missing = false) {
    v1::UpdateAttributeDefinitionRequest request;
    *request.mutable_attribute_definition() = Parse<v1::AttributeDefinition>(text);
    request.mutable_attribute_definition()->set_name("attributeDefinitions/" + id);
    for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
    request.set_allow_missing(allow_missing);
    return server_.Call(&Attributes::UpdateAttributeDefinition, request);
  }
  absl::StatusOr<google::protobuf::Empty> Remove(const std::string& id,
                                                 const std::string& more = "") {
    return server_.Call(&Attributes::DeleteAttributeDefinition,
                        Parse<v1::DeleteAttributeDefinitionRequest>("name: 'attributeDefinitions/" +
                                                                    id + "' " + more));
  }
  v1::Customer CustomerWith(const std::string& value) {
    return MustCreate("attributes { key: 'color' value { enum_value: '" + value + "' } }");
  }
};

constexpr char kColor[] = R"(type: TYPE_ENUM enum_values: "red" enum_values: "blue")";

TEST_F(AttributeServiceTest, DeclaresAndReads) {
  ASSERT_OK_AND_ASSIGN(
      const auto made,
      Make("color", std::string(kColor) + R"(display_name: "Farbe" description: "Of the car")"));
  EXPECT_EQ(made.name(), "attributeDefinitions/color");
  EXPECT_EQ(made.display_name(), "Farbe");
  EXPECT_THAT(made.enum_values(), ElementsAre("red", "blue"));
  EXPECT_EQ(made.create_time().seconds(), 1'700'000'000);
  ASSERT_OK_AND_ASSIGN(const auto got, Read("color"));
  EXPECT_EQ(got.DebugString(), made.DebugString());
  EXPECT_THAT(Read("colour"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Read("colour"), HasReason("ATTRIBUTE_NOT_FOUND"));
}

TEST_F(AttributeServiceTest, RefusesWhatCannotBeDeclared) {
  for (const char* id : {"", "Color", "1st", "shoe-size", "a.b", "_a",
                         "gr\xC3\xB6\xC3\x9F"
                         "e"}) {
    EXPECT_THAT(Make(id, "type: TYPE_BOOL"), HasReason("INVALID_ATTRIBUTE_ID")) << id;
  }
  EXPECT_THAT(Make(std::string(64, 'a'), "type: TYPE_BOOL"), HasReason("INVALID_ATTRIBUTE_ID"));
  EXPECT_OK(Make(std::string(63, 'a'), "type: TYPE_BOOL"));
  EXPECT_THAT(Make("a", ""), HasReason("INVALID_TYPE"));
  EXPECT_THAT(Make("a", "type: TYPE_ENUM"), HasReason("INVALID_ENUM_VALUES"));
  EXPECT_THAT(Make("a", "type: TYPE_BOOL enum_values: 'x'"), HasReason("INVALID_ENUM_VALUES"));
  ASSERT_OK(Make("color", kColor));
  EXPECT_THAT(Make("color", kColor), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(Make("color", kColor), HasReason("ATTRIBUTE_EXISTS"));
}

TEST_F(AttributeServiceTest, TwoHundredAndPages) {
  for (int i = 0; i < 200; ++i) ASSERT_OK(Make(absl::StrCat("a", i), "type: TYPE_BOOL"));
  EXPECT_THAT(Make("b", "type: TYPE_BOOL"), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(Make("b", "type: TYPE_BOOL"), HasReason("TOO_MANY_ATTRIBUTES"));
  v1::ListAttributeDefinitionsRequest request;
  request.set_page_size(7);
  std::vector<std::string> names;
  do {
    ASSERT_OK_AND_ASSIGN(const auto page,
                         server_.Call(&Attributes::ListAttributeDefinitions, request));
    for (const auto& definition : page.attribute_definitions()) names.push_back(definition.name());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(names.size(), 200u);
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
}

TEST_F(AttributeServiceTest, ChangesTextsAndAddsValues) {
  ASSERT_OK_AND_ASSIGN(const auto made, Make("color", kColor));
  server_.server().clock().Advance(absl::Seconds(1));
  ASSERT_OK_AND_ASSIGN(auto changed, Change("color", "display_name: 'Colour'"));
  EXPECT_EQ(changed.display_name(), "Colour");
  EXPECT_NE(changed.etag(), made.etag());
  EXPECT_EQ(changed.update_time().seconds(), 1'700'000'001);
  ASSERT_OK_AND_ASSIGN(changed, Change("color", "enum_values: 'blue' enum_values: 'green'",
                                       {"enum_values", "description"}));
  EXPECT_THAT(changed.enum_values(), ElementsAre("blue", "green"));
  ASSERT_OK_AND_ASSIGN(const auto got, Read("color"));
  EXPECT_EQ(got.DebugString(), changed.DebugString());
  server_.server().clock().Advance(absl::Seconds(1));
  ASSERT_OK_AND_ASSIGN(const auto same, Change("color", "display_name: 'Colour'"));
  EXPECT_EQ(same.etag(), changed.etag());
}

TEST_F(AttributeServiceTest, ChangeErrors) {
  ASSERT_OK_AND_ASSIGN(const auto made, Make("color", kColor));
  EXPECT_THAT(Change("colour", "display_name: 'x'"), HasReason("ATTRIBUTE_NOT_FOUND"));
  EXPECT_THAT(Change("color", "type: TYPE_TEXT"), HasReason("FIELD_IMMUTABLE"));
  EXPECT_OK(Change("color", "type: TYPE_ENUM"));
  EXPECT_THAT(Change("color", "", {"size"}), HasReason("INVALID_UPDATE_MASK"));
  EXPECT_THAT(Change("color", "", {"enum_values"}), HasReason("INVALID_ENUM_VALUES"));
  EXPECT_THAT(Change("color", "display_name: 'x' etag: 'y'"), HasReason("ETAG_MISMATCH"));
  EXPECT_OK(Change("color", "display_name: 'x' etag: '" + made.etag() + "'"));
  EXPECT_OK(Change("age", "type: TYPE_INTEGER", {}, /*allow_missing=*/true));
  EXPECT_OK(Read("age"));
  EXPECT_THAT(Change("Age", "type: TYPE_INTEGER", {}, true), HasReason("INVALID_ATTRIBUTE_ID"));
}

TEST_F(AttributeServiceTest, ValuesThatCustomersHaveStay) {
  ASSERT_OK(Make("color", kColor));
  const v1::Customer ann = CustomerWith("red");
  const v1::Customer bea = CustomerWith("red");
  const auto refused = Change("color", "enum_values: 'blue'");
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(refused, HasReason("ATTRIBUTE_VALUE_IN_USE"));
  EXPECT_THAT(GetErrorDetails(refused.status()).metadata, ElementsAre(std::pair("value", "red")));
  // Counts move with every way in which a value goes.
  ASSERT_OK(Update(ann.name(), "attributes { key: 'color' value { enum_value: 'blue' } }",
                   {"attributes.color"}));
  EXPECT_THAT(Change("color", "enum_values: 'blue'"), HasReason("ATTRIBUTE_VALUE_IN_USE"));
  ASSERT_OK(Delete("name: '" + bea.name() + "'"));
  EXPECT_OK(Change("color", "enum_values: 'blue'"));
  EXPECT_THAT(Remove("color"), HasReason("ATTRIBUTE_IN_USE"));
  ASSERT_OK(Update(ann.name(), "", {"attributes.color"}));
  EXPECT_OK(Remove("color"));
}

TEST_F(AttributeServiceTest, DeletesByForceAndTellsOfEachCustomer) {
  ASSERT_OK(Make("color", kColor));
  ASSERT_OK(Make("age", "type: TYPE_INTEGER"));
  std::vector<std::string> expected;
  for (int i = 0; i < 5; ++i) {
    const v1::Customer made = CustomerWith("red");
    ASSERT_OK(Update(made.name(), "attributes { key: 'age' value { integer_value: 1 } }",
                     {"attributes.age"}));
    expected.push_back("customer_updated " + made.name());
  }
  const v1::Customer other = MustCreate("given_name: 'Ann'");
  EXPECT_THAT(Remove("color"), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(Remove("color"), HasReason("ATTRIBUTE_IN_USE"));
  const int64_t before = position();
  ASSERT_OK(Remove("color", "force: true"));
  const std::string first = expected[0].substr(std::string("customer_updated ").size());
  EXPECT_EQ(Get(first)->attributes().count("color"), 0u) << "hidden at once";
  // The same name may be declared anew, and has nothing of the old.
  ASSERT_OK(Make("color", "type: TYPE_TEXT"));
  EXPECT_EQ(Get(first)->attributes().count("color"), 0u);
  const absl::Time deadline = absl::Now() + absl::Seconds(20);
  while (server_.Count("customer_attribute") > 5 && absl::Now() < deadline) {
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_EQ(server_.Count("customer_attribute"), 5);
  EXPECT_EQ(server_.EventsAfter(before), expected);
  EXPECT_THAT(server_.NewestEvent<v1::CustomerUpdated>().changed_fields().paths(),
              ElementsAre("attributes.color"));
  EXPECT_EQ(Get(first)->attributes().at("age").integer_value(), 1);
  EXPECT_EQ(Get(other.name())->etag(), other.etag());
}

TEST_F(AttributeServiceTest, DeleteErrors) {
  ASSERT_OK_AND_ASSIGN(const auto made, Make("color", kColor));
  EXPECT_THAT(Remove("colour"), HasReason("ATTRIBUTE_NOT_FOUND"));
  EXPECT_OK(Remove("colour", "allow_missing: true"));
  EXPECT_THAT(Remove("color", "etag: 'x'"), HasReason("ETAG_MISMATCH"));
  EXPECT_OK(Remove("color", "etag: '" + made.etag() + "'"));
  EXPECT_THAT(Read("color"), HasReason("ATTRIBUTE_NOT_FOUND"));
}

TEST_F(AttributeServiceTest, WhatASegmentNamesStays) {
  ASSERT_OK(Make("color", kColor));
  v1::CreateSegmentRequest request;
  request.set_segment_id("reds");
  request.mutable_segment()->set_display_name("Reds");
  request.mutable_segment()->set_filter("attributes.color = \"red\"");
  ASSERT_OK(server_.Call(&CustomerServer::Segments::CreateSegment, request));
  EXPECT_THAT(Remove("color"), HasReason("ATTRIBUTE_IN_USE"));
  EXPECT_THAT(Remove("color", "force: true"), HasReason("ATTRIBUTE_IN_USE"));
  EXPECT_OK(Read("color"));
}

}  // namespace
}  // namespace regulars::customer
