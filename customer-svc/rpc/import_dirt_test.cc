// The dirt that files of order lines hold: what each line becomes, and what its refusal says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "chassis/testing/status_matchers.h"
#include "customer-svc/testing/import_server.h"

namespace regulars::customer {
namespace {

using namespace std::string_literals;  // NOLINT: for files that hold NUL.

// Columns that need no mapping.
constexpr char kHead[] = "receipt_number,time,item,quantity,unit_price,customer,country\n";

struct FileCase {
  const char* name;
  std::string file;
  const char* options;
  const char* report;
  std::vector<std::string> refusals;
};

std::string Utf16(absl::string_view ascii, bool big) {
  std::string text = big ? "\xFE\xFF" : "\xFF\xFE";
  for (const char c : ascii) text += big ? std::string{'\0', c} : std::string{c, '\0'};
  return text;
}

constexpr char kGood[] = "1,2010-12-01,cup,1,2.50,7,GB\n";
constexpr char kShop[] = R"(
  return_receipt_prefix: "C" negative_quantity: NEGATIVE_QUANTITY_IGNORE ignored_items: "B" charge_items: "POST")";

// Each file has the good line beside what its name says.
const FileCase kDirt[] = {
    {"a plain file",
     absl::StrCat(kHead, kGood),
     "",
     "read 1 stored 1 unchanged 0 ignored 0 refused 0",
     {}},
    {"only a header", kHead, "", "read 0 stored 0 unchanged 0 ignored 0 refused 0", {}},
    {"no end of the last line",
     absl::StrCat(kHead, "1,2010-12-01,cup,1,2.50,7,GB"),
     "",
     "read 1 stored 1 unchanged 0 ignored 0 refused 0",
     {}},
    {"a byte order mark",
     absl::StrCat("\xEF\xBB\xBF", kHead, kGood),
     "",
     "read 1 stored 1 unchanged 0 ignored 0 refused 0",
     {}},
    {"UTF-16, little end first",
     Utf16(absl::StrCat(kHead, kGood, "2,x,cup,1,1,,\n"), false),
     "",
     "read 2 stored 1 unchanged 0 ignored 0 refused 1 INVALID_TIME=1",
     {"3 INVALID_TIME time: 2,x,cup,1,1,,"}},
    {"UTF-16, big end first",
     Utf16(absl::StrCat(kHead, kGood, "2,x,cup,1,1,,\n"), true),
     "",
     "read 2 stored 1 unchanged 0 ignored 0 refused 1 INVALID_TIME=1",
     {"3 INVALID_TIME time: 2,x,cup,1,1,,"}},
    {"line ends of all kinds",
     absl::StrCat("receipt_number,time,item,quantity,unit_price\r\n", "1,2010-12-01,a,1,1\r",
                  "2,2010-12-01,b,1,1\n", "\n", "3,x,c,1,1\r\n"),
     "",
     "read 3 stored 2 unchanged 0 ignored 0 refused 1 INVALID_TIME=1",
     {"5 INVALID_TIME time: 3,x,c,1,1"}},
    {"semicolons, told from the file",
     absl::StrReplaceAll(absl::StrCat(kHead, kGood), {{",", ";"}}),
     "",
     "read 1 stored 1 unchanged 0 ignored 0 refused 0",
     {}},
    {"commas in numbers",
     "receipt_number;time;item;quantity;unit_price\n1;2010-12-01;cup;1,5;2,50\n2;2010-12-01;cup;1;"
     "2.50\n",
     R"(csv { decimal_separator: "," })",
     "read 2 stored 1 unchanged 0 ignored 0 refused 1 INVALID_NUMBER=1",
     {"3 INVALID_NUMBER unit_price: 2;2010-12-01;cup;1;2.50"}},
    {"line ends and quotes within quotes",
     absl::StrCat("receipt_number,time,item,quantity,unit_price,description\n",
                  "1,2010-12-01,cup,1,2.50,\"a \"\"fine\"\"\ncup\"\n", "2,\"x\ny\",cup,1,2.50,\n",
                  "3,z,cup,1,2.50,\n"),
     "",
     "read 3 stored 1 unchanged 0 ignored 0 refused 2 INVALID_TIME=2",
     {"4 INVALID_TIME time: 2,\"x\ny\",cup,1,2.50,", "6 INVALID_TIME time: 3,z,cup,1,2.50,"}},
    {"ragged lines",
     absl::StrCat(kHead, "1,2010-12-01\n", kGood, "1,2010-12-01,cup,1,2.50,7,GB,x\n"),
     "",
     "read 3 stored 1 unchanged 0 ignored 0 refused 2 RAGGED_LINE=2",
     {"2 RAGGED_LINE : 1,2010-12-01", "4 RAGGED_LINE : 1,2010-12-01,cup,1,2.50,7,GB,x"}},
    {"text behind a quote",
     absl::StrCat(kHead, "1,2010-12-01,\"cup\"s,1,2.50,7,GB\n", kGood),
     "",
     "read 2 stored 1 unchanged 0 ignored 0 refused 1 TEXT_AFTER_QUOTE=1",
     {"2 TEXT_AFTER_QUOTE item: 1,2010-12-01,\"cup\"s,1,2.50,7,GB"}},
    {"a quote that is never closed",
     absl::StrCat(kHead, kGood, "2,2010-12-01,\"cup,1,2.50,7,GB\n"),
     "",
     "read 2 stored 1 unchanged 0 ignored 0 refused 1 UNTERMINATED_QUOTE=1",
     {"3 UNTERMINATED_QUOTE item: 2,2010-12-01,\"cup,1,2.50,7,GB"}},
    {"bytes that are no text",
     absl::StrCat(kHead, "1,2010-12-01,c\xFCp,1,2.50,7,GB\n", kGood),
     "",
     "read 2 stored 1 unchanged 0 ignored 0 refused 1 INVALID_ENCODING=1",
     {"2 INVALID_ENCODING item: 1,2010-12-01,c\uFFFDp,1,2.50,7,GB"}},
    {"the same in its charset",
     absl::StrCat(kHead, "1,2010-12-01,c\xFCp,1,2.50,7,GB\n"),
     R"(csv { charset: "ISO-8859-1" })",
     "read 1 stored 1 unchanged 0 ignored 0 refused 0",
     {}},
    {"a charset of the Far East",
     absl::StrCat(kHead, "1,2010-12-01,\x93\xFA\x96\x7B,1,2.50,7,GB\n",
                  "2,x,\x93\xFA\x96\x7B,1,1,,\n", "3,2010-12-01,a\x93,1,1,,\n"),
     R"(csv { charset: "Shift_JIS" })",
     "read 3 stored 1 unchanged 0 ignored 0 refused 2 INVALID_ENCODING=1 INVALID_TIME=1",
     {"3 INVALID_TIME time: 2,x,日本,1,1,,",
      "4 INVALID_ENCODING item: 3,2010-12-01,a\uFFFD,1,1,,"}},
    {"ASCII, and more than that",
     absl::StrCat(kHead, kGood, "2,2010-12-01,c\xC3\xBCp,1,2.50,7,GB\n"),
     R"(csv { charset: "US-ASCII" })",
     "read 2 stored 1 unchanged 0 ignored 0 refused 1 INVALID_ENCODING=1",
     {"3 INVALID_ENCODING item: 2,2010-12-01,c\uFFFD\uFFFDp,1,2.50,7,GB"}},
    {"a NUL",
     absl::StrCat(kHead, "1,2010-12-01,c\0p,1,2.50,7,GB\n"s, kGood),
     "",
     "read 2 stored 1 unchanged 0 ignored 0 refused 1 NUL_CHARACTER=1",
     {"2 NUL_CHARACTER item: 1,2010-12-01,c\uFFFDp,1,2.50,7,GB"}},
    {"lines that are equal",
     absl::StrCat(kHead, kGood, kGood, kGood),
     "",
     "read 3 stored 3 unchanged 0 ignored 0 refused 0",
     {}},
    {"receipts whose lines stand apart",
     absl::StrCat(kHead, kGood, "2,2010-12-01,cup,1,2.50,7,GB\n", "1,2010-12-01,jug,1,2.50,7,GB\n"),
     "",
     "read 3 stored 3 unchanged 0 ignored 0 refused 0",
     {}},
    {"a currency without a rate",
     "receipt_number,time,item,quantity,unit_price,currency\n1,2010-12-01,cup,1,2.50,USD\n"
     "2,2010-12-01,cup,1,2.50,EUR\n1,2010-12-01,jug,1,2.50,USD\n",
     "",
     "read 3 stored 1 unchanged 0 ignored 0 refused 2 RATE_NOT_FOUND=2",
     {"2 RATE_NOT_FOUND : 1,2010-12-01,cup,1,2.50,USD",
      "4 RATE_NOT_FOUND : 1,2010-12-01,jug,1,2.50,USD"}},
    {"negative quantities",
     absl::StrCat(kHead, kGood, "2,2010-12-01,cup,-1,2.50,7,GB\n"),
     "",
     "read 2 stored 1 unchanged 0 ignored 0 refused 1 NEGATIVE_QUANTITY=1",
     {"3 NEGATIVE_QUANTITY quantity: 2,2010-12-01,cup,-1,2.50,7,GB"}},
    {"what a shop's till writes",
     absl::StrCat(kHead, kGood, "2,2010-12-01,cup,-1,0,7,GB\n", "3,2010-12-01,b,1,-9,7,GB\n",
                  "4,2010-12-01,cup,0,1,7,GB\n", "C5,2010-12-02,cup,-1,2.50,7,GB\n",
                  "C5,2010-12-02,jug,1,2.50,7,GB\n", "6,2010-12-01,post,1,0,7,Narnia\n"),
     kShop,
     "read 7 stored 2 unchanged 0 ignored 3 refused 2 IGNORED_ITEM=1 STOCK_CORRECTION=1 "
     "ZERO_QUANTITY=1 POSITIVE_IN_RETURN=1 UNKNOWN_COUNTRY=1",
     {"7 POSITIVE_IN_RETURN quantity: C5,2010-12-02,jug,1,2.50,7,GB",
      "8 UNKNOWN_COUNTRY country: 6,2010-12-01,post,1,0,7,Narnia"}},
};

TEST_F(ImportServiceTest, ReadsWhatShopsSend) {
  for (const FileCase& test : kDirt) {
    // Receipts of another source are other receipts.
    const std::string options =
        absl::StrCat("source: 'case", &test - &kDirt[0], "' ", test.options);
    const int64_t orders = server_.Count("customer_order");
    const v1::Import rehearsal = Import(test.file, options, {.dry_run = true});
    EXPECT_EQ(Show(rehearsal.report()), test.report) << test.name;
    EXPECT_EQ(Refusals(rehearsal), test.refusals) << test.name;
    EXPECT_EQ(server_.Count("customer_order"), orders) << test.name;
    const v1::Import import = Import(test.file, options);
    EXPECT_EQ(import.report().SerializeAsString(), rehearsal.report().SerializeAsString())
        << test.name;
    EXPECT_EQ(Refusals(import), test.refusals) << test.name;
    EXPECT_EQ(server_.Count("customer_order"), orders + import.report().orders_created())
        << test.name;
  }
}

TEST_F(ImportServiceTest, RefusedReceiptsNameTheColumn) {
  const std::string head = "receipt_number,time,item,quantity,unit_price,line_id,Who,Mail,Shop\n";
  const auto send = [&](const std::string& lines) {
    return Import(absl::StrCat(head, lines),
                  "columns: 'Who=customer' columns: 'Mail=customer_email' columns: 'Shop=store'");
  };
  EXPECT_EQ(send("1,2010-12-01,cup,1,1,a,7,,leeds\n").report().lines_stored(), 1);
  const std::pair<std::string, std::vector<std::string>> cases[] = {
      {"1,2010-12-01,cup,1,1,a,8,,leeds\n",
       {"2 RECEIPT_DIFFERS Who: 1,2010-12-01,cup,1,1,a,8,,leeds"}},
      {"1,2010-12-01,cup,1,1,a,,bob@x.de,\n",
       {"2 RECEIPT_DIFFERS Mail: 1,2010-12-01,cup,1,1,a,,bob@x.de,"}},
      {"1,2010-12-01,cup,1,1,a,7,,york\n",
       {"2 RECEIPT_DIFFERS Shop: 1,2010-12-01,cup,1,1,a,7,,york"}},
      {"1,2010-12-01,can,1,1,b,,,\n1,2010-12-01,jug,1,1,a,,,\n",
       {"2 DUPLICATE_LINE_ID : 1,2010-12-01,can,1,1,b,,,",
        "3 DUPLICATE_LINE_ID line_id: 1,2010-12-01,jug,1,1,a,,,"}},
      {"2,2010-12-01,cup,1,9000000000000,a,,,\n2,2010-12-01,cup,1,9000000000000,b,,,\n",
       {"2 AMOUNT_OVERFLOW unit_price: 2,2010-12-01,cup,1,9000000000000,a,,,",
        "3 AMOUNT_OVERFLOW unit_price: 2,2010-12-01,cup,1,9000000000000,b,,,"}},
  };
  for (const auto& [lines, refusals] : cases) {
    const v1::Import import = send(lines);
    EXPECT_EQ(Refusals(import), refusals);
    const auto listed = ListRefusals(import.name());
    ASSERT_OK(listed);
    for (const v1::ImportRefusal& refusal : listed->refusals()) {
      EXPECT_EQ(refusal.message().find("lines["), std::string::npos) << refusal.message();
    }
  }
}

}  // namespace
}  // namespace regulars::customer
