// Import profiles: what each method does, and each error that its proto documents.
#include "customer-svc/rpc/import_profiles.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"
#include "customer-svc/rpc/attribute_service.h"
#include "customer-svc/store/attributes.h"
#include "customer-svc/store/schema.h"

namespace regulars::customer {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr char kLines[] = R"pb(
  display_name: "Till"
  order_lines {
    source: "till"
    columns: "InvoiceNo=receipt_number"
    csv { delimiter: ";" time_zone: "Europe/London" }
  }
)pb";
constexpr char kPeople[] = R"pb(
  customers { customer_system: "erp" columns: "Number=external_id" columns: "Shoe=attributes.shoe" }
)pb";

template <typename Message>
Message Parse(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

class ImportProfilesTest : public ::testing::Test {
 protected:
  ImportProfilesTest() {
    EXPECT_OK(store_.Write([](Transaction& tx) {
      AttributeDefinition shoe{.id = "shoe", .type = AttributeType::kInteger};
      return attributes::InsertDefinition(tx, shoe);
    }));
  }

  template <typename Reply, typename Request>
  absl::StatusOr<Reply> Write(absl::StatusOr<Reply> (*method)(Transaction&, const Request&),
                              const Request& request) {
    Reply reply;
    const absl::Status status = store_.Write([&](Transaction& tx) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(reply, method(tx, request));
      return absl::OkStatus();
    });
    return status.ok() ? absl::StatusOr<Reply>(reply) : absl::StatusOr<Reply>(status);
  }

  absl::StatusOr<v1::ImportProfile> Create(const std::string& id, const std::string& text) {
    v1::CreateImportProfileRequest request;
    request.set_import_profile_id(id);
    *request.mutable_import_profile() = Parse<v1::ImportProfile>(text);
    return Write(CreateImportProfile, request);
  }
  absl::StatusOr<v1::ImportProfile> Get(const std::string& id) {
    v1::GetImportProfileRequest request;
    request.set_name("importProfiles/" + id);
    absl::StatusOr<v1::ImportProfile> got;
    EXPECT_OK(store_.Read([&](Snapshot& db) {
      got = GetImportProfile(db, request);
      return absl::OkStatus();
    }));
    return got;
  }
  absl::StatusOr<v1::ImportProfile> Update(const std::string& id, const std::string& text,
                                           const std::vector<std::string>& paths = {},
                                           bool allow_missing = false) {
    v1::UpdateImportProfileRequest request;
    *request.mutable_import_profile() = Parse<v1::ImportProfile>(text);
    request.mutable_import_profile()->set_name("importProfiles/" + id);
    for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
    request.set_allow_missing(allow_missing);
    return Write(UpdateImportProfile, request);
  }
  absl::Status Delete(const std::string& text) {
    return Write(DeleteImportProfile, Parse<v1::DeleteImportProfileRequest>(text)).status();
  }

  testing::TempStore store_{CustomerMigrations()};
};

TEST_F(ImportProfilesTest, KeepsWhatItWasGiven) {
  ASSERT_OK_AND_ASSIGN(const v1::ImportProfile made, Create("till", kLines));
  EXPECT_EQ(made.name(), "importProfiles/till");
  EXPECT_EQ(made.display_name(), "Till");
  EXPECT_EQ(made.order_lines().source(), "till");
  EXPECT_THAT(made.order_lines().columns(), ElementsAre("InvoiceNo=receipt_number"));
  EXPECT_EQ(made.order_lines().csv().time_zone(), "Europe/London");
  EXPECT_EQ(made.create_time().seconds(), 1'700'000'000);
  EXPECT_FALSE(made.etag().empty());
  ASSERT_OK_AND_ASSIGN(const v1::ImportProfile got, Get("till"));
  EXPECT_EQ(got.DebugString(), made.DebugString());
}

TEST_F(ImportProfilesTest, RefusesWhatNoImportCouldUse) {
  struct Case {
    const char* what;
    const char* id;
    const char* profile;
    const char* reason;
    const char* field;
  };
  const Case kCases[] = {
      {"upper case", "Till", kLines, "INVALID_IMPORT_PROFILE_ID", "import_profile_id"},
      {"a hyphen at the end", "till-", kLines, "INVALID_IMPORT_PROFILE_ID", "import_profile_id"},
      {"no id", "", kLines, "INVALID_IMPORT_PROFILE_ID", "import_profile_id"},
      {"a name", "x", "name: 'importProfiles/x' customers {}", "NAME_NOT_ALLOWED",
       "import_profile.name"},
      {"no options", "x", "display_name: 'x'", "INVALID_OPTIONS", "import_profile.options"},
      {"no source", "x", "order_lines {}", "INVALID_OPTIONS", "import_profile.order_lines.source"},
      {"a delimiter of two", "x", "customers { csv { delimiter: ',;' } }", "INVALID_OPTIONS",
       "import_profile.customers.csv.delimiter"},
      {"an unknown field", "x", "customers { columns: 'a=mail' }", "UNKNOWN_FIELD",
       "import_profile.customers.columns[0]"},
      {"an undeclared attribute", "x", "customers { columns: 'a=attributes.hat' }", "UNKNOWN_FIELD",
       "import_profile.customers.columns[0]"},
      {"ids of no system", "x", "customers { columns: 'a=external_id' }", "INVALID_OPTIONS",
       "import_profile.customers.customer_system"},
      {"a wild enum", "x", "order_lines { source: 'a' negative_quantity: 7 }", "INVALID_OPTIONS",
       "import_profile.order_lines.negative_quantity"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.what);
    const auto refused = Create(c.id, c.profile);
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(refused, HasReason(c.reason));
    const std::vector<FieldViolation> violations = GetErrorDetails(refused.status()).violations;
    ASSERT_THAT(violations, SizeIs(1));
    EXPECT_EQ(violations[0].field, c.field);
  }
  EXPECT_OK(Create("till", kLines));
  EXPECT_THAT(Create("till", kPeople), HasReason("IMPORT_PROFILE_EXISTS"));
}

TEST_F(ImportProfilesTest, ListsById) {
  for (const char* id : {"b", "a", "c"}) ASSERT_OK(Create(id, kPeople));
  v1::ListImportProfilesRequest request;
  request.set_page_size(2);
  std::vector<std::string> names;
  int pages = 0;
  do {
    EXPECT_OK(store_.Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const auto reply, ListImportProfiles(db, request));
      for (const auto& profile : reply.import_profiles()) names.push_back(profile.name());
      request.set_page_token(reply.next_page_token());
      return absl::OkStatus();
    }));
    ++pages;
  } while (!request.page_token().empty() && pages < 5);
  EXPECT_EQ(pages, 2);
  EXPECT_THAT(names, ElementsAre("importProfiles/a", "importProfiles/b", "importProfiles/c"));
}

TEST_F(ImportProfilesTest, ChangesWhatTheMaskNames) {
  ASSERT_OK_AND_ASSIGN(const v1::ImportProfile made, Create("till", kLines));
  store_.clock().Advance(absl::Seconds(1));
  ASSERT_OK_AND_ASSIGN(v1::ImportProfile changed, Update("till", "display_name: 'Tills'"));
  EXPECT_EQ(changed.display_name(), "Tills");
  EXPECT_EQ(changed.order_lines().source(), "till");
  EXPECT_EQ(changed.update_time().seconds(), 1'700'000'001);
  EXPECT_NE(changed.etag(), made.etag());
  ASSERT_OK_AND_ASSIGN(changed, Update("till", "order_lines { source: 'web' }"));
  EXPECT_EQ(changed.display_name(), "Tills");
  EXPECT_EQ(changed.order_lines().source(), "web");
  EXPECT_THAT(changed.order_lines().columns(), SizeIs(0)) << "options change as a whole";
  ASSERT_OK_AND_ASSIGN(const auto same, Update("till", "display_name: 'Tills'"));
  EXPECT_EQ(same.etag(), changed.etag());
  ASSERT_OK_AND_ASSIGN(changed, Update("till", "order_lines { source: 'a' }", {"*"}));
  EXPECT_EQ(changed.display_name(), "");
  EXPECT_OK(Update("people", kPeople, {}, /*allow_missing=*/true));
  EXPECT_OK(Get("people"));
}

TEST_F(ImportProfilesTest, ChangeErrors) {
  ASSERT_OK_AND_ASSIGN(const v1::ImportProfile made, Create("till", kLines));
  EXPECT_THAT(Update("tills", "display_name: 'x'"), HasReason("IMPORT_PROFILE_NOT_FOUND"));
  EXPECT_THAT(Update("Tills", kLines, {}, true), HasReason("INVALID_IMPORT_PROFILE_ID"));
  EXPECT_THAT(Update("till", kPeople), HasReason("FIELD_IMMUTABLE"));
  EXPECT_THAT(Update("till", "", {"order_lines"}), HasReason("INVALID_OPTIONS"));
  EXPECT_THAT(Update("till", "", {"order_lines.source"}), HasReason("INVALID_UPDATE_MASK"));
  EXPECT_THAT(Update("till", "display_name: '" + std::string(201, 'x') + "'"),
              HasReason("FIELD_TOO_LONG"));
  EXPECT_THAT(Update("till", "display_name: 'x' etag: 'y'"), HasReason("ETAG_MISMATCH"));
  EXPECT_THAT(Update("till", "display_name: 'x' etag: 'y'"), StatusIs(absl::StatusCode::kAborted));
  ASSERT_OK_AND_ASSIGN(const auto got, Get("till"));
  EXPECT_EQ(got.etag(), made.etag());
}

TEST_F(ImportProfilesTest, Deletes) {
  ASSERT_OK_AND_ASSIGN(const v1::ImportProfile made, Create("till", kLines));
  EXPECT_THAT(Delete("name: 'importProfiles/x'"), HasReason("IMPORT_PROFILE_NOT_FOUND"));
  EXPECT_OK(Delete("name: 'importProfiles/x' allow_missing: true"));
  EXPECT_THAT(Delete("name: 'importProfiles/till' etag: 'x'"), HasReason("ETAG_MISMATCH"));
  EXPECT_THAT(Delete("name: 'till'"), HasReason("INVALID_NAME"));
  EXPECT_OK(Delete("name: 'importProfiles/till'"));
  EXPECT_THAT(Get("till"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(ImportProfilesTest, WhatAProfileNamesStays) {
  ASSERT_OK(Create("people", kPeople));
  v1::DeleteAttributeDefinitionRequest request;
  request.set_name("attributeDefinitions/shoe");
  request.set_force(true);
  const auto refused = Write(DeleteAttributeDefinition, request);
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(refused, HasReason("ATTRIBUTE_IN_USE"));
  EXPECT_THAT(GetErrorDetails(refused.status()).metadata,
              ElementsAre(std::pair("importProfile", "importProfiles/people")));
  ASSERT_OK(Update("people", "customers {}"));
  EXPECT_OK(Write(DeleteAttributeDefinition, request));
}

}  // namespace
}  // namespace regulars::customer
