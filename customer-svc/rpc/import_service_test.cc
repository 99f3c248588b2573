// Order files over gRPC: what they leave, reports, refused lines, and the methods around imports.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chassis/testing/status_matchers.h"
#include "customer-svc/testing/import_server.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::customer {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::string_literals;  // NOLINT: for files that hold NUL.

// Columns that need no mapping.
constexpr char kHead[] = "receipt_number,time,item,quantity,unit_price,customer,country\n";
constexpr char kGood[] = "1,2010-12-01,cup,1,2.50,7,GB\n";

TEST_F(ImportServiceTest, StoresOrdersLinesAndCustomers) {
  const v1::Import import = Import(
      "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
      "1,A,A cup,6,2010-12-01 09:00,2.55,17850.0,EIRE\n"
      "C2,A,A cup,-2,2010-12-02 09:00,2.55,17850.0,France\n"
      "1,POST,Postage,1,2010-12-01 08:00,18,17850.0,EIRE\n",
      R"(columns: "InvoiceNo=receipt_number" columns: "StockCode=item"
         columns: "Description=description" columns: "Quantity=quantity"
         columns: "InvoiceDate=time" columns: "UnitPrice=unit_price"
         columns: "CustomerID=customer" columns: "Country=country"
         source: "retail" customer_system: "retail" integer_customer_ids: true
         return_receipt_prefix: "C" charge_items: "post" country_names: "EIRE=IE")",
      {.file_name = "lines.csv"});
  EXPECT_EQ(import.state(), v1::Import::STATE_DONE);
  EXPECT_EQ(import.kind(), v1::Import::KIND_ORDER_LINES);
  EXPECT_EQ(import.file_name(), "lines.csv");
  EXPECT_EQ(import.report().orders_created(), 2);
  EXPECT_EQ(import.report().customers_created(), 1);
  EXPECT_EQ(import.size_bytes(), 230);
  EXPECT_EQ(import.sha256().size(), 64u);
  EXPECT_TRUE(import.has_finish_time());
  const auto event = server_.NewestEvent<v1::ImportFinished>();
  EXPECT_EQ(event.import_name(), import.name());
  EXPECT_EQ(event.kind(), v1::Import::KIND_ORDER_LINES);
  EXPECT_EQ(event.state(), v1::Import::STATE_DONE);
  EXPECT_EQ(event.report().DebugString(), import.report().DebugString());
  v1::LookupOrderRequest lookup;
  lookup.set_source("retail");
  lookup.set_receipt_number("1");
  ASSERT_OK_AND_ASSIGN(const v1::Order order, server_.Call(&Orders::LookupOrder, lookup));
  ASSERT_THAT(order.lines(), SizeIs(2));
  EXPECT_EQ(order.lines(0).description(), "A cup");
  EXPECT_EQ(order.lines(0).quantity_micros(), 6'000'000);
  EXPECT_EQ(order.lines(1).kind(), v1::OrderLine::KIND_CHARGE);
  // Of its earliest line: 2010-12-01T08:00Z.
  EXPECT_EQ(order.order_time().seconds(), 1291190400);
  EXPECT_EQ(order.country(), "IE");
  lookup.set_receipt_number("C2");
  ASSERT_OK_AND_ASSIGN(const v1::Order back, server_.Call(&Orders::LookupOrder, lookup));
  ASSERT_THAT(back.lines(0).return_links(), SizeIs(1));
  EXPECT_EQ(back.lines(0).return_links(0).order(), order.name());
  EXPECT_EQ(back.customer(), order.customer());
  EXPECT_EQ(GetCustomer(order.customer()).external_ids(0).id(), "17850");
  EXPECT_EQ(Spooled(), 0);
}

TEST_F(ImportServiceTest, TheSameFileAgainChangesNothing) {
  const std::string file =
      absl::StrCat(kHead, kGood, kGood, "2,2010-12-02,cup,1,2.50,8,GB\n", "3,2010-12-02,x,1,1,,\n");
  EXPECT_EQ(Show(Import(file).report()), "read 4 stored 4 unchanged 0 ignored 0 refused 0");
  const int64_t position = Position();
  const v1::Import again = Import(file);
  EXPECT_EQ(Show(again.report()), "read 4 stored 0 unchanged 4 ignored 0 refused 0");
  EXPECT_EQ(again.report().orders_created() + again.report().orders_updated() +
                again.report().customers_created(),
            0);
  EXPECT_EQ(Position(), position);
  // Another line of a receipt that is there is added, and nothing else.
  const v1::Import more = Import(absl::StrCat(file, "2,2010-12-02,jug,1,2.50,8,GB\n"));
  EXPECT_EQ(Show(more.report()), "read 5 stored 1 unchanged 4 ignored 0 refused 0");
  EXPECT_EQ(more.report().orders_updated(), 1);
}

TEST_F(ImportServiceTest, AReceiptsPartsSayTheSameOrAreRefused) {
  const std::string head = "receipt_number,time,item,quantity,unit_price,customer,store,currency\n";
  const auto send = [&](const std::string& lines, bool dry_run = false) {
    return Import(absl::StrCat(head, lines), "", {.dry_run = dry_run});
  };
  // Two currencies in one receipt are not added up.
  EXPECT_EQ(Show(send("1,2010-12-02,cup,1,1,,,EUR\n1,2010-12-02,jug,1,1000,,,JPY\n").report()),
            "read 2 stored 1 unchanged 0 ignored 0 refused 1 RECEIPT_DIFFERS=1");
  // A later file that names the customer of an anonymous receipt claims it, with store and all.
  const std::string named = "1,2010-12-02,cup,1,1,7,leeds,EUR\n";
  for (const bool dry_run : {true, false}) {
    const v1::Import claim = send(named, dry_run);
    EXPECT_EQ(Show(claim.report()), "read 1 stored 0 unchanged 1 ignored 0 refused 0");
    EXPECT_EQ(claim.report().orders_updated(), 1);
    EXPECT_EQ(claim.report().customers_created(), 1);
  }
  v1::LookupOrderRequest lookup;
  lookup.set_source("till");
  lookup.set_receipt_number("1");
  ASSERT_OK_AND_ASSIGN(const v1::Order order, server_.Call(&Orders::LookupOrder, lookup));
  EXPECT_EQ(order.lines_size(), 1);
  EXPECT_EQ(order.store(), "leeds");
  EXPECT_EQ(GetCustomer(order.customer()).external_ids(0).id(), "7");
  const int64_t position = Position();
  EXPECT_EQ(send(named).report().orders_updated(), 0);
  for (const char* other : {"8,leeds,EUR", "7,york,EUR"}) {
    EXPECT_EQ(Show(send(absl::StrCat("1,2010-12-02,jug,1,1,", other, "\n")).report()),
              "read 1 stored 0 unchanged 0 ignored 0 refused 1 RECEIPT_DIFFERS=1");
  }
  EXPECT_EQ(Position(), position);
}

TEST_F(ImportServiceTest, ADryRunCountsEachNewCustomerOnce) {
  ASSERT_OK(
      Create(MakeOrder("0", R"(customer_identifier { external_id { system: "card" id: "9" } })"),
             v1::UNKNOWN_CUSTOMER_CREATE));
  std::string file = "receipt_number,time,item,quantity,unit_price,customer,customer_email\n";
  constexpr const char* kWho[] = {"1,", "2,", "1,", "3,ann@example.com", ",Ann@Example.com",
                                  "9,", ",",  "2,", ",bob@example.com"};
  int receipt = 1;
  for (const char* who : kWho) {
    absl::StrAppend(&file, receipt, ",2010-12-0", receipt, ",cup,1,1,", who, "\n");
    ++receipt;
  }
  const int64_t position = Position();
  const v1::Import rehearsal = Import(file, "", {.dry_run = true});
  EXPECT_TRUE(rehearsal.dry_run());
  EXPECT_EQ(rehearsal.report().customers_created(), 4);
  EXPECT_EQ(rehearsal.report().orders_created(), 9);
  EXPECT_EQ(Position(), position);
  EXPECT_EQ(server_.Count("customer_order"), 1);
  EXPECT_EQ(server_.Count("import_new_customer"), 0);
  EXPECT_EQ(Import(file).report().SerializeAsString(), rehearsal.report().SerializeAsString());
}

struct UploadCase {
  const char* name;
  std::string file;
  const char* options;
  const char* reason;
  const char* field;
};

const UploadCase kBadUploads[] = {
    {"no bytes", "", "", "EMPTY_FILE", ""},
    {"only a mark", "\xEF\xBB\xBF", "", "EMPTY_FILE", ""},
    {"only line ends", "\n\r\n\n", "", "EMPTY_FILE", ""},
    {"a picture", "\x89PNG\r\n\x1A\n\0\0\0\rIHDR"s, "", "NOT_TEXT", ""},
    {"a packed file", "\x1F\x8B\x08\0\0\0"s, "", "NOT_TEXT", ""},
    {"no column that is needed", "item,quantity\n", "", "MISSING_COLUMN", "options.columns"},
    {"a mapped column that is not there", kHead, R"(columns: "Till=till")", "MISSING_COLUMN",
     "options.columns"},
    {"two columns of one name", "item,item,time\n", "", "DUPLICATE_COLUMN", ""},
    {"two columns for one field", kHead, R"(columns: "item=till" columns: "time=till")",
     "DUPLICATE_COLUMN", "options.columns"},
    {"a field that is none", kHead, R"(columns: "item=colour")", "UNKNOWN_FIELD",
     "options.columns[0]"},
    {"a charset that is none", kHead, R"(csv { charset: "klingon" })", "UNKNOWN_CHARSET",
     "options.csv.charset"},
    {"a delimiter that is none", kHead, R"(csv { delimiter: "x" })", "INVALID_OPTIONS",
     "options.csv.delimiter"},
    {"a source that is none", kHead, R"(source: "The Till")", "INVALID_OPTIONS", "options.source"},
    {"no system for customers", kHead, R"(customer_system: "")", "INVALID_OPTIONS",
     "options.customer_system"},
};

TEST_F(ImportServiceTest, WhatCannotBeReadIsRefusedAtOnce) {
  for (const UploadCase& test : kBadUploads) {
    const absl::Status refused = Send(test.file, test.options).status();
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument)) << test.name;
    EXPECT_THAT(refused, HasReason(test.reason)) << test.name;
    const auto violations = GetErrorDetails(refused).violations;
    EXPECT_EQ(violations.empty() ? "" : violations[0].field, test.field) << test.name;
  }
  EXPECT_THAT(Send(kHead, "", {.file_name = std::string(201, 'a')}), HasReason("FIELD_TOO_LONG"));
  EXPECT_THAT(Send(kHead, "", {.profile = "importProfiles/none"}),
              HasReason("IMPORT_PROFILE_NOT_FOUND"));
  EXPECT_THAT(Send(kHead, "source: 'a'", {.profile = "importProfiles/none"}),
              HasReason("INVALID_OPTIONS"));
  EXPECT_EQ(server_.Count("import"), 0);
  EXPECT_EQ(server_.Count("task WHERE kind = 'import_order_lines'"), 0);
  EXPECT_EQ(Spooled(), 0);
}

TEST_F(ImportServiceTest, ProfilesSayHowFilesAreRead) {
  v1::CreateImportProfileRequest request;
  request.set_import_profile_id("till");
  *request.mutable_import_profile()->mutable_order_lines() =
      Parse<v1::OrderLineImportOptions>(kTill);
  ASSERT_OK(server_.Call(&Imports::CreateImportProfile, request));
  const v1::Import import =
      Import(absl::StrCat(kHead, kGood), "", {.profile = "importProfiles/till"});
  EXPECT_EQ(import.profile(), "importProfiles/till");
  EXPECT_EQ(import.report().lines_stored(), 1);
}

TEST_F(ImportServiceTest, ARepeatGetsTheFirstAnswer) {
  const std::string file = absl::StrCat(kHead, kGood);
  ASSERT_OK_AND_ASSIGN(const Operation first, Send(file, "", {.request_id = "r1"}));
  Await(first.name());
  ASSERT_OK_AND_ASSIGN(const Operation second, Send(file, "", {.request_id = "r1"}));
  EXPECT_EQ(second.name(), first.name());
  EXPECT_THAT(Send(absl::StrCat(file, kGood), "", {.request_id = "r1"}),
              HasReason("REQUEST_ID_REUSED"));
  EXPECT_EQ(server_.Count("import"), 1);
  EXPECT_EQ(Spooled(), 0);
}

TEST_F(ImportServiceTest, LimitedSendersReachTheirStoresOnly) {
  const std::string leeds = CustomerServer::Of("leeds");
  ASSERT_OK(Create(MakeOrder("taken", R"(store: "york")")));
  const std::string file =
      "receipt_number,time,item,quantity,unit_price,store,customer\n"
      "1,2010-12-01,cup,1,1,leeds,5\n2,2010-12-01,cup,1,1,york,6\n3,2010-12-01,cup,1,1,,7\n"
      "taken,2010-12-01,jug,1,1,leeds,8\n";
  const v1::Import import = Import(file, "", {.token = leeds});
  EXPECT_EQ(Show(import.report()),
            "read 4 stored 1 unchanged 0 ignored 0 refused 3 STORE_NOT_ALLOWED=3");
  EXPECT_EQ(import.report().customers_created(), 1);
  // Those with other limits do not see it; those without any do.
  EXPECT_OK(GetImport(import.name(), leeds));
  EXPECT_OK(GetImport(import.name()));
  const std::string york = CustomerServer::Of("york");
  EXPECT_THAT(GetImport(import.name(), york), HasReason("IMPORT_NOT_FOUND"));
  EXPECT_THAT(ListRefusals(import.name(), york), HasReason("IMPORT_NOT_FOUND"));
  EXPECT_THAT(GetOperation(import.operation(), york), HasReason("OPERATION_NOT_FOUND"));
  const v1::Import all = Import(file);
  EXPECT_THAT(GetImport(all.name(), leeds), HasReason("IMPORT_NOT_FOUND"));
  ASSERT_OK_AND_ASSIGN(const auto listed, server_.Call(&Imports::ListImports, {}, leeds));
  ASSERT_THAT(listed.imports(), SizeIs(1));
  EXPECT_EQ(listed.imports(0).name(), import.name());
}

TEST_F(ImportServiceTest, ListsPageByPageAndByFilter) {
  std::vector<std::string> names;
  for (int i = 0; i < 5; ++i) {
    names.push_back(Import(absl::StrCat(kHead, kGood), "", {.dry_run = i % 2 == 0}).name());
  }
  v1::ListImportsRequest request;
  request.set_page_size(2);
  std::vector<std::string> listed;
  do {
    ASSERT_OK_AND_ASSIGN(const auto page, server_.Call(&Imports::ListImports, request));
    EXPECT_LE(page.imports_size(), 2);
    for (const v1::Import& import : page.imports()) listed.push_back(import.name());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(listed, std::vector<std::string>(names.rbegin(), names.rend()));
  constexpr std::pair<const char*, int> kFilters[] = {
      {"dry_run = true", 3},        {"state = DONE AND kind = ORDER_LINES", 5},
      {"state = RUNNING", 0},       {"state = STATE_DONE AND NOT dry_run = true", 2},
      {"kind = KIND_CUSTOMERS", 0}, {"create_time > \"2020-01-01\"", 5},
  };
  for (const auto& [filter, count] : kFilters) {
    v1::ListImportsRequest filtered;
    filtered.set_filter(filter);
    ASSERT_OK_AND_ASSIGN(const auto found, server_.Call(&Imports::ListImports, filtered));
    EXPECT_THAT(found.imports(), SizeIs(count)) << filter;
  }
  request.set_filter("colour = red");
  request.clear_page_token();
  EXPECT_THAT(server_.Call(&Imports::ListImports, request),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(ImportServiceTest, DeletingForgetsTheImport) {
  const v1::Import import = Import(absl::StrCat(kHead, "1,x,cup,1,1,,\n"));
  EXPECT_EQ(server_.Count("import_refusal"), 1);
  v1::DeleteImportRequest request;
  request.set_name(import.name());
  EXPECT_OK(server_.Call(&Imports::DeleteImport, request));
  EXPECT_THAT(GetImport(import.name()), HasReason("IMPORT_NOT_FOUND"));
  EXPECT_THAT(GetOperation(import.operation()), HasReason("OPERATION_NOT_FOUND"));
  EXPECT_THAT(server_.Call(&Imports::DeleteImport, request), HasReason("IMPORT_NOT_FOUND"));
  request.set_allow_missing(true);
  EXPECT_OK(server_.Call(&Imports::DeleteImport, request));
  for (int i = 0; i < 1000 && server_.Count("import") > 0; ++i) {
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_EQ(server_.Count("import"), 0);
  EXPECT_EQ(server_.Count("import_refusal"), 0);
}

TEST_F(ImportServiceTest, RefusedLinesAreKeptForThirtyDays) {
  const v1::Import import = Import(absl::StrCat(kHead, "1,x,cup,1,1,,\n"));
  server_.server().clock().Advance(absl::Hours(24 * 30) - absl::Seconds(1));
  EXPECT_THAT(Refusals(import), SizeIs(1));
  server_.server().clock().Advance(absl::Seconds(2));
  EXPECT_THAT(ListRefusals(import.name()), HasReason("REFUSALS_EXPIRED"));
  for (int i = 0; i < 1000 && server_.Count("import_refusal") > 0; ++i) {
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_EQ(server_.Count("import_refusal"), 0);
  EXPECT_THAT(ListRefusals(import.name()), HasReason("REFUSALS_EXPIRED"));
  EXPECT_OK(GetImport(import.name()));
}

TEST_F(ImportServiceTest, RefusedLinesComePageByPageAndAsAFile) {
  std::string file = kHead;
  for (int i = 0; i < 1200; ++i) absl::StrAppend(&file, "=", i, ",x,cup,1,1,,\n");
  const v1::Import import = Import(file);
  v1::ListImportRefusalsRequest request;
  request.set_parent(import.name());
  request.set_page_size(500);
  int64_t line = 1;
  do {
    ASSERT_OK_AND_ASSIGN(const auto page, server_.Call(&Imports::ListImportRefusals, request));
    for (const auto& refusal : page.refusals()) EXPECT_EQ(refusal.line_number(), ++line);
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(line, 1201);
  grpc::ClientContext context;
  testing::Authorize(context, CustomerServer::kAdmin);
  v1::DownloadImportRefusalsRequest download;
  download.set_parent(import.name());
  Imports stub(server_.server().channel());
  const auto reader = stub.DownloadImportRefusals(&context, download);
  std::string csv;
  google::api::HttpBody body;
  while (reader->Read(&body)) {
    EXPECT_EQ(body.content_type(), "text/csv; charset=utf-8");
    csv += body.data();
  }
  EXPECT_OK(FromGrpc(reader->Finish()));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1201);
  EXPECT_THAT(csv, ::testing::StartsWith("line_number,reason,column,message,text\r\n"
                                         "2,INVALID_TIME,time,"));
  // A spreadsheet must not run what somebody wrote into a file.
  EXPECT_THAT(csv, HasSubstr(",\"'=0,x,cup,1,1,,\"\r\n"));
}

TEST_F(ImportServiceTest, AReceiptMayHaveManyLinesButNotTooMany) {
  std::string file = "receipt_number,time,item,quantity,unit_price\n";
  for (int i = 0; i <= 2000; ++i) {
    absl::StrAppend(&file, "many,2010-12-01,", i, ",1,1\n");
    if (i < 2000) absl::StrAppend(&file, "most,2010-12-01,", i, ",1,1\n");
  }
  const v1::Import import = Import(file);
  EXPECT_EQ(Show(import.report()),
            "read 4001 stored 2000 unchanged 0 ignored 0 refused 2001 TOO_MANY_LINES=2001");
  EXPECT_EQ(server_.Count("import_refusal"), 2001);
}

TEST_F(ImportServiceTest, CancelledByItsOperationItStops) {
  // More than is recorded before the calls below have come.
  std::string file = "receipt_number,time,item,quantity,unit_price\n";
  for (int i = 0; i < 100'000; ++i) absl::StrAppend(&file, i, ",2010-12-01,cup,1,1\n");
  ASSERT_OK_AND_ASSIGN(const Operation operation, Send(file, ""));
  v1::ImportMetadata metadata;
  ASSERT_TRUE(operation.metadata().UnpackTo(&metadata));
  EXPECT_EQ(metadata.progress().total(), static_cast<int64_t>(file.size()));
  v1::DeleteImportRequest remove;
  remove.set_name(metadata.import_name());
  EXPECT_THAT(server_.Call(&Imports::DeleteImport, remove), HasReason("IMPORT_RUNNING"));
  google::longrunning::CancelOperationRequest cancel;
  cancel.set_name(operation.name());
  EXPECT_OK(server_.Call(&Operations::CancelOperation, cancel));
  EXPECT_EQ(Await(operation.name()).error().code(), static_cast<int>(grpc::CANCELLED));
  ASSERT_OK_AND_ASSIGN(const v1::Import import, GetImport(metadata.import_name()));
  EXPECT_EQ(import.state(), v1::Import::STATE_CANCELLED);
  EXPECT_TRUE(import.has_finish_time());
  EXPECT_EQ(Spooled(), 0);
  EXPECT_OK(server_.Call(&Imports::DeleteImport, remove));
}

TEST_F(ImportServiceTest, MethodsNeedAnImport) {
  for (const char* name : {"imports/none", "imports/"}) {
    EXPECT_FALSE(GetImport(name).ok());
    EXPECT_FALSE(ListRefusals(name).ok());
  }
  EXPECT_THAT(GetImport("imports/none"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(GetImport("orders/x"), HasReason("INVALID_NAME"));
  EXPECT_THAT(GetImport(""), HasReason("NAME_MISSING"));
}

}  // namespace
}  // namespace regulars::customer
