// Imports of customer files over gRPC: what becomes of the lines, whatever they look like.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "chassis/base/errors.h"
#include "customer-svc/testing/customer_import_fixture.h"

namespace regulars::customer {
namespace {

using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::IsEmpty;
using testing::StatusIs;

constexpr char kErp[] = "customer_system: 'erp'";

TEST_F(ImportCustomersTest, MakesChangesAndLeavesAlone) {
  ASSERT_OK(Upsert("external_ids { system: 'erp' id: '1' } given_name: 'Anna' tags: 'old'"));
  ASSERT_OK(Upsert("external_ids { system: 'erp' id: '2' } given_name: 'Bea'"));
  const std::string file =
      "external_id,given_name,tags\n"
      "1,Ann,new|vip\n"
      "2,Bea,\n"
      "3,Cid,\n"
      "3,Cid,vip\n";
  const v1::Import import = Import(file, kErp);
  EXPECT_EQ(import.state(), v1::Import::STATE_DONE);
  EXPECT_EQ(import.kind(), v1::Import::KIND_CUSTOMERS);
  EXPECT_EQ(import.size_bytes(), static_cast<int64_t>(file.size()));
  EXPECT_EQ(import.report().DebugString(),
            Parse<v1::ImportReport>("lines_read: 4 lines_stored: 3 lines_unchanged: 1 "
                                    "customers_created: 1 customers_updated: 1")
                .DebugString());
  EXPECT_EQ(Erp("1").given_name(), "Ann");
  EXPECT_THAT(Erp("1").tags(), ElementsAre("old", "new", "vip"));
  EXPECT_THAT(Erp("3").tags(), ElementsAre("vip"));
}

TEST_F(ImportCustomersTest, TwiceChangesNothing) {
  Declare("shoe", "type: TYPE_INTEGER");
  std::string file = "external_id;email;phone;Street;Town;attributes.shoe;country\r\n";
  constexpr int kCustomers = 700;
  for (int i = 0; i < kCustomers; ++i) {
    absl::StrAppend(&file, i, ";c", i, "@example.com;020 7946 0", 100 + i % 900, ";\"Ring ", i,
                    "\nTop 7\";Wien;", 36 + i % 10, ";United Kingdom\r\n");
  }
  // The line end within the quotes may not stand in an address line.
  const std::string options = absl::StrCat(
      kErp, " columns: 'Town=address.locality' columns: 'Street=' csv { delimiter: ';' }");
  const v1::Import first = Import(file, options);
  EXPECT_EQ(first.report().lines_read(), kCustomers);
  EXPECT_EQ(first.report().customers_created(), kCustomers) << first.DebugString();
  EXPECT_EQ(server_.Count("customer"), kCustomers);
  EXPECT_EQ(Erp("17").attributes().at("shoe").integer_value(), 43);
  EXPECT_EQ(Erp("17").phones(0).number(), "+442079460117");
  const int64_t events = position();
  const v1::Import second = Import(file, options);
  EXPECT_EQ(second.report().lines_unchanged(), kCustomers) << second.DebugString();
  EXPECT_EQ(second.report().lines_stored(), 0);
  EXPECT_EQ(position(), events);
  EXPECT_EQ(server_.server().spool().used_bytes(), 0) << "files are gone when imports end";
}

TEST_F(ImportCustomersTest, ACustomerOnSeveralLinesChangesOnce) {
  ASSERT_OK(Upsert("external_ids { system: 'erp' id: '7' } emails { address: 'g@example.com' }"));
  const int64_t before = position();
  const std::string file =
      "external_id,email,given_name,tags,birthday\n"
      "1,a@example.com,A,x,\n"
      "2,b@example.com,Bea,,\n"
      "1,a@example.com,B,y,\n"
      "1,,C,,2099-01-01\n"              // 5
      ",A@Example.com,,z,1990-02-03\n"  // The same by another identifier.
      "7,,Gus,,\n"
      ",g@example.com,Gustav,,\n";  // Only the store knows that this is 7.
  const v1::Import first = Import(file, kErp);
  EXPECT_EQ(first.report().DebugString(),
            Parse<v1::ImportReport>("lines_read: 7 lines_stored: 6 lines_refused: 1 refused { "
                                    "reason: 'INVALID_BIRTHDAY' count: 1 } customers_created: 2 "
                                    "customers_updated: 1")
                .DebugString());
  EXPECT_THAT(Refusals(first), ElementsAre("5 INVALID_BIRTHDAY birthday: 1,,C,,2099-01-01"));
  EXPECT_EQ(position(), before + 4) << "one event a customer, and the end";
  EXPECT_EQ(Erp("1").given_name(), "B");
  EXPECT_EQ(Erp("1").birthday(), "1990-02-03");
  EXPECT_THAT(Erp("1").tags(), ElementsAre("x", "y", "z"));
  EXPECT_EQ(Erp("7").given_name(), "Gustav");
  const std::string etag = Erp("1").etag();
  for (int again = 0; again < 2; ++again) {
    const v1::Import next = Import(file, kErp);
    EXPECT_EQ(next.report().lines_unchanged(), 6) << next.report().DebugString();
    EXPECT_EQ(next.report().customers_updated() + next.report().customers_created(), 0);
    EXPECT_EQ(position(), before + 4);
    EXPECT_EQ(Erp("1").etag(), etag);
  }
}

struct PhoneCase {
  const char* what;
  // "#" stands for the customer's id.
  const char* lines;
  std::vector<std::string> phones;
  std::vector<std::string> refused;
};

// By the numbering plans: 030 901820 is a number in DE and IT, not in GB; 020 7946 0000 one in GB
// and IT, not in DE.
const PhoneCase kPhones[] = {
    {"the country comes later", "#,,030 901820\n#,IT,\n", {"+39030901820"}, {}},
    {"the country came before", "#,IT,\n#,,030 901820\n", {"+39030901820"}, {}},
    {"the country changes", "#,DE,\n#,,030 901820\n#,IT,\n", {"+39030901820"}, {}},
    {"the company's", "#,,030 901820\n#,,\n", {"+4930901820"}, {}},
    {"a line has its own", "#,DE,030 901820\n#,IT,\n", {"+4930901820"}, {}},
    {"no number in the end",
     "#,,030 901820\n#,GB,\n",
     {},
     {"2 INVALID_PHONE phone: #,,030 901820"}},
    {"a number in the end", "#,,020 7946 0000\n#,GB,\n", {"+442079460000"}, {}},
    {"a number in the end, not in between",
     "#,DE,\n#,,020 7946 0000\n#,GB,\n",
     {"+442079460000"},
     {}},
};

TEST_F(ImportCustomersTest, NationalNumbersAreReadByTheCountryInTheEnd) {
  v1::UpdateCompanySettingsRequest settings;
  settings.mutable_company_settings()->set_name("companySettings");
  settings.mutable_company_settings()->set_country("DE");
  ASSERT_OK(server_.Call(&CustomerServer::Settings::UpdateCompanySettings, settings));
  for (const PhoneCase& test : kPhones) {
    SCOPED_TRACE(test.what);
    const std::string id = absl::StrCat("p", &test - kPhones);
    const auto named = [&](absl::string_view text) {
      return absl::StrReplaceAll(text, {{"#", id}});
    };
    const std::string file = absl::StrCat("external_id,country,phone\n", named(test.lines));
    std::vector<std::string> refused;
    for (const std::string& line : test.refused) refused.push_back(named(line));
    const v1::Import dry = Import(file, kErp, /*dry_run=*/true);
    EXPECT_EQ(Refusals(dry), refused);
    const v1::Import first = Import(file, kErp);
    EXPECT_EQ(first.report().DebugString(), dry.report().DebugString());
    const int64_t events = position();
    for (int again = 0; again < 2; ++again) {
      std::vector<std::string> phones;
      const v1::Customer customer = Erp(id);
      for (const v1::Phone& phone : customer.phones()) phones.push_back(phone.number());
      EXPECT_EQ(phones, test.phones);
      const v1::Import next = Import(file, kErp);
      EXPECT_EQ(Refusals(next), refused);
      EXPECT_EQ(next.report().lines_stored(), 0);
      EXPECT_EQ(position(), events);
    }
  }
}

TEST_F(ImportCustomersTest, AnAddressOfTooManyLinesLinksNobody) {
  std::string file = "external_id,email\n0,\n";
  for (int i = 1; i <= 10'001; ++i) absl::StrAppend(&file, i, ",nobody@example.com\n");
  absl::StrAppend(&file, "20000,ann@example.com\n20000,\n");
  const v1::Import import = Import(file, kErp);
  EXPECT_EQ(import.report().lines_read(), 10'004) << import.DebugString();
  EXPECT_EQ(import.report().lines_refused(), 10'001);
  EXPECT_EQ(import.report().refused(0).reason(), "TOO_MANY_LINKED_LINES");
  EXPECT_EQ(import.report().customers_created(), 2);
  EXPECT_EQ(Refusals(import)[0], "3 TOO_MANY_LINKED_LINES : 1,nobody@example.com");
  // Few lines, and many who are there already.
  std::string shared = "external_id,email\n";
  for (int i = 1; i <= 40; ++i) {
    ASSERT_OK(Upsert(absl::StrCat("external_ids { system: 'erp' id: 'old", i, "' }")));
    absl::StrAppend(&shared, "old", i, ",info@example.com\n");
  }
  const int64_t before = position();
  EXPECT_EQ(Import(shared, kErp).report().lines_refused(), 40);
  EXPECT_EQ(position(), before);
}

TEST_F(ImportCustomersTest, RefusesLineByLine) {
  ASSERT_OK(Upsert("external_ids { system: 'erp' id: '8' } emails { address: 'x@example.com' }"));
  ASSERT_OK(Upsert("external_ids { system: 'erp' id: '9' } emails { address: 'y@example.com' }"));
  const std::string file =
      "\xEF\xBB\xBFNr,Mail,Mobile,country,birthday,kind\n"
      "1,nobody,,,,\n"  // 2
      "2,,12,GB,,\n"    // 3
      "\n"
      "3,a@example.com\n"                  // 5
      "4,b@example.com,,Atlantis,,\n"      // 6
      ",,,,,\n"                            // 7
      "5,c\xFF@example.com,,,,\n"          // 8
      "6,\"d@example.com,,,2099-01-01,\n"  // 9: a quote that is never closed, up to the next
      "7,\"e@example.com,,,,\n";
  const v1::Import import =
      Import(file,
             "customer_system: 'erp' columns: 'Nr=external_id' columns: 'Mail=email' columns: "
             "'Mobile=phone' ");
  EXPECT_EQ(import.state(), v1::Import::STATE_DONE);
  const std::vector<std::string> refusals = Refusals(import);
  ASSERT_EQ(refusals.size(), 7u) << ::testing::PrintToString(refusals);
  EXPECT_EQ(refusals[0], "2 INVALID_EMAIL Mail: 1,nobody,,,,");
  EXPECT_EQ(refusals[1], "3 INVALID_PHONE Mobile: 2,,12,GB,,");
  EXPECT_EQ(refusals[2], "5 RAGGED_LINE : 3,a@example.com");
  EXPECT_EQ(refusals[3], "6 UNKNOWN_COUNTRY country: 4,b@example.com,,Atlantis,,");
  EXPECT_EQ(refusals[4], "7 IDENTIFIER_MISSING : ,,,,,");
  EXPECT_EQ(refusals[5], "8 INVALID_ENCODING Mail: 5,c\xEF\xBF\xBD@example.com,,,,");
  EXPECT_EQ(refusals[6].substr(0, 2), "9 ");
  EXPECT_EQ(import.report().lines_refused(), 7);
  EXPECT_EQ(import.report().lines_read(), 7);
  EXPECT_EQ(server_.Count("customer"), 2);
}

TEST_F(ImportCustomersTest, RefusesWhatOnlyTheStoreKnows) {
  ASSERT_OK(Upsert("external_ids { system: 'erp' id: '8' } emails { address: 'x@example.com' }"));
  ASSERT_OK(Upsert("external_ids { system: 'erp' id: '9' } emails { address: 'y@example.com' }"));
  const std::string file =
      "external_id,email,home_store,birthday\n"
      "8,y@example.com,,\n"
      "7,z@example.com,,2099-01-01\n"
      "6,,no such store!,\n"
      "5,ok@example.com,,\n";
  EXPECT_THAT(Refusals(Import(file, kErp)),
              ElementsAre("2 IDENTIFIERS_OF_SEVERAL_CUSTOMERS : 8,y@example.com,,",
                          "3 INVALID_BIRTHDAY birthday: 7,z@example.com,,2099-01-01",
                          "4 INVALID_HOME_STORE home_store: 6,,no such store!,"));
  EXPECT_EQ(server_.Count("customer"), 3);
}

TEST_F(ImportCustomersTest, ADryRunTellsAndStoresNothing) {
  ASSERT_OK(Upsert("external_ids { system: 'erp' id: '1' } given_name: 'Ann'"));
  const std::string file =
      "external_id,email,given_name\n"
      "1,,Ann\n"
      "1,,Anna\n"
      "2,b@example.com,Bea\n"
      "2,b@example.com,Bea\n"
      ",B@EXAMPLE.com,Beatrice\n"
      "3,,Cid\n"
      "4,nobody,Dan\n";
  const int64_t events = position();
  const int64_t rows = Rows();
  v1::Import import = Import(file, kErp, /*dry_run=*/true);
  EXPECT_EQ(position(), events);
  EXPECT_EQ(Rows(), rows);
  EXPECT_TRUE(import.dry_run());
  const std::string expected =
      Parse<v1::ImportReport>(
          "lines_read: 7 lines_stored: 4 lines_unchanged: 2 lines_refused: 1 "
          "refused { reason: 'INVALID_EMAIL' count: 1 } "
          "customers_created: 2 customers_updated: 1")
          .DebugString();
  EXPECT_EQ(import.report().DebugString(), expected);
  EXPECT_EQ(Import(file, kErp).report().DebugString(), expected) << "the real run says the same";
}

TEST_F(ImportCustomersTest, StoresLimitTheSender) {
  ASSERT_OK(Upsert("external_ids { system: 'erp' id: '1' } home_store: 'north'"));
  const std::string file =
      "external_id,home_store,given_name\n"
      "1,,Ann\n"
      "2,south,Bea\n"
      "3,,Cid\n"
      "4,north,Dan\n";
  const v1::Import import = Import(file, kErp, false, CustomerServer::Of("south"));
  const std::vector<std::string> refusals = Refusals(import);
  EXPECT_THAT(refusals, ElementsAre("2 STORE_NOT_ALLOWED : 1,,Ann", "4 STORE_NOT_ALLOWED : 3,,Cid",
                                    "5 STORE_NOT_ALLOWED home_store: 4,north,Dan"));
  EXPECT_EQ(server_.Count("customer"), 2);
}

TEST_F(ImportCustomersTest, FilesThatNobodyCouldRead) {
  struct Case {
    const char* what;
    std::string file;
    const char* options;
    const char* reason;
  };
  const Case cases[] = {
      {"nothing", "", kErp, "EMPTY_FILE"},
      {"nobody to be found", "given_name\nAnn\n", kErp, "MISSING_COLUMN"},
      {"a mapped column that is not there", "email\n", "columns: 'Mail=email'", "MISSING_COLUMN"},
      {"two columns of one name", "email,email\n", kErp, "DUPLICATE_COLUMN"},
      {"no text",
       std::string("\x7f"
                   "ELF\0\1\2,\xff\xfe\n",
                   11),
       kErp, "NOT_TEXT"},
      {"an unknown field", "email\n", "columns: 'email=mail'", "UNKNOWN_FIELD"},
      {"a column of no field", "email,emial\n", "", "UNKNOWN_COLUMN"},
      {"an undeclared attribute", "email,attributes.hat\n", "", "UNKNOWN_COLUMN"},
      {"an unknown charset", "email\n", "csv { charset: 'klingon' }", "UNKNOWN_CHARSET"},
      {"ids of no system", "external_id\n1\n", "", "INVALID_OPTIONS"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const auto refused = Send(c.file, c.options);
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(refused, HasReason(c.reason));
  }
  EXPECT_EQ(server_.Count("import"), 0);
  EXPECT_EQ(server_.server().spool().used_bytes(), 0);
}

TEST_F(ImportCustomersTest, SeveralTakeTurnsAndOneCanBeCancelled) {
  const auto make = [](const std::string& prefix) {
    std::string file = "external_id\n";
    for (int i = 0; i < 600; ++i) absl::StrAppend(&file, prefix, i, "\n");
    return file;
  };
  std::vector<std::string> operations;
  for (const char* prefix : {"a", "b", "c"}) {
    ASSERT_OK_AND_ASSIGN(const auto operation, Send(make(prefix), kErp));
    operations.push_back(operation.name());
  }
  google::longrunning::CancelOperationRequest cancel;
  cancel.set_name(operations[2]);
  ASSERT_OK(server_.Call(&Operations::CancelOperation, cancel));
  for (int i = 0; i < 2; ++i) {
    // Those who wait look again at a time of the clock.
    server_.server().clock().Advance(absl::Seconds(1));
    EXPECT_EQ(Await(operations[i]).report().lines_stored(), 600);
  }
  EXPECT_EQ(server_.server().spool().used_bytes(), 0);
  v1::ListImportsRequest list;
  ASSERT_OK_AND_ASSIGN(const auto imports, server_.Call(&Imports::ListImports, list));
  ASSERT_EQ(imports.imports_size(), 3);
  EXPECT_EQ(imports.imports(0).state(), v1::Import::STATE_CANCELLED);
  const v1::ImportReport& report = imports.imports(0).report();
  EXPECT_EQ(report.lines_left(), report.lines_read()) << "nothing was stored of it";
  EXPECT_EQ(imports.imports(2).state(), v1::Import::STATE_DONE);
}

TEST_F(ImportCustomersTest, CharsetsAndLineEnds) {
  const std::string utf16 = [] {
    std::string bytes = "\xFF\xFE";
    for (const char16_t c : std::u16string(u"external_id\tgiven_name\r1\tZoë\r2\tŁukasz\r")) {
      bytes.push_back(static_cast<char>(c & 0xff));
      bytes.push_back(static_cast<char>(c >> 8));
    }
    return bytes;
  }();
  EXPECT_EQ(Import(utf16, kErp).report().customers_created(), 2);
  EXPECT_EQ(Erp("1").given_name(), "Zoë");
  EXPECT_EQ(Erp("2").given_name(), "Łukasz");
  EXPECT_EQ(Import("external_id;given_name\n3;Zo\xEB\n",
                   absl::StrCat(kErp, " csv { charset: 'iso-8859-1' }"))
                .report()
                .customers_created(),
            1);
  EXPECT_EQ(Erp("3").given_name(), "Zoë");
}

}  // namespace
}  // namespace regulars::customer
