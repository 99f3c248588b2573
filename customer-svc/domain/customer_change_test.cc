#include "customer-svc/domain/customer_change.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "chassis/testing/status_matchers.h"
#include "customer-svc/domain/search_words.h"

namespace regulars::customer {
namespace {

using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::IsEmpty;

Email MakeEmail(const std::string& folded, bool primary = false, bool verified = false,
                const std::string& label = "") {
  return {folded, folded, label, primary, verified};
}

AttributeValue Integer(int64_t value) { return {AttributeType::kInteger, value, ""}; }

Customer Ann() {
  Customer ann;
  ann.key = 1;
  ann.given_name = "Ann";
  ann.family_name = "Smith";
  ann.country = "GB";
  ann.emails = {MakeEmail("a@x.example", true, true), MakeEmail("b@x.example")};
  ann.phones = {{"+442079460000", "home", true, false}};
  ann.external_ids = {{"erp", "1"}};
  ann.tags = {"vip", "blue"};
  ann.attributes = {{"size", Integer(38)}, {"age", Integer(40)}};
  ann.addresses = {{.lines = {"1 High St"}, .country = "GB", .primary = true}};
  return ann;
}

CustomerMask Mask(const std::vector<std::string>& paths) {
  const absl::StatusOr<CustomerMask> mask = CustomerMask::Parse(paths);
  EXPECT_OK(mask);
  return *mask;
}

// What a change of masked fields makes of Ann, as ChangedFields tells it.
std::vector<std::string> ReplaceIn(Customer& after, const std::vector<std::string>& paths,
                                   Customer input) {
  const CustomerMask mask = Mask(paths);
  Restrict(mask, false, input);
  after = Ann();
  Replace(input, mask, after);
  return ChangedFields(Ann(), after);
}

TEST(CustomerMask, KnowsTheFieldsThatCallersWrite) {
  EXPECT_EQ(Mask({"*"}).fields().count(), CustomerMask::kFields);
  EXPECT_EQ(Mask({"tags", "tags", "emails"}).fields().count(), 2u);
  EXPECT_THAT(Mask({"attributes.size", "attributes.a_1"}).attributes(), ElementsAre("size", "a_1"));
  const CustomerMask ignored =
      Mask({"name", "create_time", "update_time", "etag", "purchases.revenue", "rfm"});
  EXPECT_TRUE(ignored.fields().none());
  for (const char* path : {"", "tag", "emails.address", "emails[0]", "attributes.", "attributes.A",
                           "attributes.`a`", "attributes.a.b", "*.x", "tags,emails", "Tags"}) {
    EXPECT_THAT(CustomerMask::Parse({path}), HasReason("INVALID_UPDATE_MASK")) << path;
  }
}

TEST(CustomerMask, OfNamesWhatIsSet) {
  Customer input;
  input.kind = CustomerKind::kUnspecified;
  EXPECT_TRUE(CustomerMask::Of(input).fields().none());
  input.tags = {"x"};
  input.country = "GB";
  input.kind = CustomerKind::kPerson;
  EXPECT_EQ(CustomerMask::Of(input).fields().count(), 3u);
}

TEST(Replace, ReplacesListsWhole) {
  Customer after;
  EXPECT_THAT(ReplaceIn(after, {"tags", "emails"},
                        {.emails = {MakeEmail("c@x.example")}, .tags = {"new", "vip", "new"}}),
              ElementsAre("emails", "tags"));
  EXPECT_THAT(after.tags, ElementsAre("new", "vip"));
  EXPECT_THAT(after.emails, ElementsAre(MakeEmail("c@x.example", true)));
}

TEST(Replace, LeavesWhatTheMaskDoesNotName) {
  Customer after;
  EXPECT_THAT(ReplaceIn(after, {"language"}, {.given_name = "Bea", .language = "de"}),
              ElementsAre("language"));
  EXPECT_EQ(after.given_name, "Ann");
}

TEST(Replace, EmptyMaskedFieldsAreCleared) {
  Customer after;
  EXPECT_THAT(ReplaceIn(after, {"given_name", "phones", "attributes", "kind"},
                        {.kind = CustomerKind::kUnspecified}),
              ElementsAre("given_name", "phones", "attributes.age", "attributes.size"));
  EXPECT_EQ(after.kind, CustomerKind::kPerson);
  EXPECT_THAT(after.phones, IsEmpty());
}

TEST(Replace, ChangesAttributesOneByOne) {
  Customer after;
  EXPECT_THAT(ReplaceIn(after, {"attributes.size", "attributes.age", "attributes.new"},
                        {.attributes = {{"size", Integer(39)},
                                        {"age", AttributeValue()},
                                        {"other", Integer(1)}}}),
              ElementsAre("attributes.age", "attributes.size"));
  EXPECT_EQ(after.attributes.size(), 1u);
  EXPECT_EQ(after.attributes.at("size"), Integer(39));
}

TEST(Replace, SettingTheCountryPinsIt) {
  Customer after;
  EXPECT_THAT(ReplaceIn(after, {"country"}, {.country = "GB"}), ElementsAre("country"));
  EXPECT_TRUE(after.country_set);
  const Customer pinned = after;
  Replace({.country = "GB"}, Mask({"country"}), after);
  EXPECT_THAT(ChangedFields(pinned, after), IsEmpty());
  Replace({}, Mask({"country"}), after);
  EXPECT_FALSE(after.country_set);
}

TEST(Replace, ACountryThatIsSentBackIsNotSet) {
  for (const CustomerMask& mask : {CustomerMask::Of(Ann()), CustomerMask::All(), Mask({"*"})}) {
    Customer after = Ann();
    Customer input = Ann();
    input.family_name = "Jones";
    Replace(input, mask, after);
    EXPECT_THAT(ChangedFields(Ann(), after), ElementsAre("family_name"));
    EXPECT_FALSE(after.country_set);
    input.country = "FR";
    Replace(input, mask, after);
    EXPECT_TRUE(after.country_set) << "another one is meant";
  }
}

TEST(Replace, ACountryThatNobodySetIsNotTakenAway) {
  Customer after;
  EXPECT_THAT(ReplaceIn(after, {"country"}, {}), IsEmpty());
  EXPECT_EQ(after.country, "GB");
}

struct Naming {
  const char* name;
  const char* sent;
  const char* family_name;
  const char* stored;
  const char* shown;
};

// Ann Smith's display name was never set.
const Naming kNamings[] = {
    {"set", "The Boss", "Smith", "The Boss", "The Boss"},
    {"sent_back", "Ann Smith", "Smith", "", "Ann Smith"},
    {"sent_back_with_a_new_name", "Ann Smith", "Jones", "", "Ann Jones"},
    {"sent_with_its_new_default", "Ann Jones", "Jones", "", "Ann Jones"},
    {"cleared", "", "Smith", "", "Ann Smith"},
};

TEST(Replace, ADisplayNameThatIsSentBackIsNotSet) {
  for (const Naming& row : kNamings) {
    Customer after;
    ReplaceIn(after, {"display_name", "family_name"},
              {.display_name = row.sent, .family_name = row.family_name});
    EXPECT_EQ(after.display_name, row.stored) << row.name;
    EXPECT_EQ(DisplayName(after), row.shown) << row.name;
  }
}

struct Addition {
  const char* name;
  Customer input;
  std::vector<std::string> changed;
  std::function<bool(const Customer&)> holds;
};

TEST(Add, AddsToListsAndReplacesWhatIsSet) {
  const Addition rows[] = {
      {"nothing", {.kind = CustomerKind::kUnspecified}, {}, [](const Customer&) { return true; }},
      {"the_same", Ann(), {"country"}, [](const Customer& c) { return c.country_set; }},
      {"new_name",
       {.given_name = "Bea"},
       {"given_name"},
       [](const Customer& c) { return c.family_name == "Smith"; }},
      {"new_email",
       {.emails = {MakeEmail("c@x.example")}},
       {"emails"},
       [](const Customer& c) { return c.emails.size() == 3 && c.emails[0].primary; }},
      {"new_primary_email",
       {.emails = {MakeEmail("c@x.example", true)}},
       {"emails"},
       [](const Customer& c) { return !c.emails[0].primary && c.emails[2].primary; }},
      {"known_email_is_verified",
       {.emails = {MakeEmail("b@x.example", false, true)}},
       {"emails"},
       [](const Customer& c) { return c.emails.size() == 2 && c.emails[1].verified; }},
      {"known_email_in_other_case",
       {.emails = {{.address = "A@x.example", .folded = "a@x.example"}}},
       {},
       [](const Customer& c) { return c.emails[0].address == "a@x.example"; }},
      {"known_phone_gets_a_label",
       {.phones = {{"+442079460000", "work", false, false}}},
       {"phones"},
       [](const Customer& c) { return c.phones[0].label == "work"; }},
      {"known_phone_keeps_its_label",
       {.phones = {{"+442079460000", "", true, false}}},
       {},
       [](const Customer& c) { return c.phones[0].label == "home"; }},
      {"new_external_id",
       {.external_ids = {{"erp", "1"}, {"shop", "1"}}},
       {"external_ids"},
       [](const Customer& c) { return c.external_ids.size() == 2; }},
      {"tags",
       {.tags = {"blue", "new", "new"}},
       {"tags"},
       [](const Customer& c) {
         return c.tags == std::vector<std::string>{"vip", "blue", "new"};
       }},
      {"attributes",
       {.attributes = {{"size", Integer(38)}, {"new", Integer(1)}}},
       {"attributes.new"},
       [](const Customer& c) { return c.attributes.size() == 3; }},
      {"known_address",
       {.addresses = {{.lines = {"1 High St"}, .country = "GB"}}},
       {},
       [](const Customer& c) { return c.addresses.size() == 1; }},
      {"new_address",
       {.addresses = {{.lines = {"2 High St"}, .country = "GB", .primary = true}}},
       {"addresses"},
       [](const Customer& c) { return c.addresses[1].primary && !c.addresses[0].primary; }},
      {"company",
       {.company = "Acme", .kind = CustomerKind::kCompany},
       {"company", "kind"},
       [](const Customer& c) { return c.kind == CustomerKind::kCompany; }},
  };
  for (const Addition& row : rows) {
    Customer after = Ann();
    Add(row.input, after);
    EXPECT_EQ(ChangedFields(Ann(), after), row.changed) << row.name;
    EXPECT_TRUE(row.holds(after)) << row.name;
    const Customer once = after;
    Add(row.input, after);
    EXPECT_THAT(ChangedFields(once, after), IsEmpty()) << row.name << ": adding twice";
  }
}

TEST(Restrict, KeepsIdentifiersToFindByIfAsked) {
  Customer input = Ann();
  Restrict(Mask({"tags"}), /*keep_identifiers=*/true, input);
  EXPECT_EQ(input.emails.size(), 2u);
  EXPECT_EQ(input.external_ids.size(), 1u);
  EXPECT_EQ(input.tags.size(), 2u);
  EXPECT_THAT(input.given_name, IsEmpty());
  EXPECT_THAT(input.phones, IsEmpty());
  EXPECT_THAT(input.attributes, IsEmpty());
  Restrict(Mask({"tags"}), /*keep_identifiers=*/false, input);
  EXPECT_THAT(input.emails, IsEmpty());
}

TEST(GroupsOf, EveryChangeMovesTheProfile) {
  EXPECT_EQ(GroupsOf({}), FactGroups{0});
  EXPECT_EQ(GroupsOf({"language"}), kProfileFacts);
  EXPECT_EQ(GroupsOf({"tags"}), kProfileFacts | kTagFacts);
  EXPECT_EQ(GroupsOf({"emails", "attributes.size"}),
            kProfileFacts | kIdentifierFacts | kAttributeFacts);
}

}  // namespace
}  // namespace regulars::customer
