// Whose the orders of a file are, by what its lines tell of the customer, and what the customers
// learn of it.
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

using ::testing::IsEmpty;
using ::testing::SizeIs;

class ImportBuyersTest : public ImportServiceTest {};

constexpr char kBuyerHead[] =
    "receipt_number,time,item,quantity,unit_price,customer,customer_email\n";

// One receipt a day, from each of `who`: "id,email".
std::string FileFrom(const std::vector<std::string>& who) {
  std::string file = kBuyerHead;
  for (size_t i = 1; i <= who.size(); ++i) {
    absl::StrAppend(&file, i, ",2010-12-0", i, ",cup,1,1,", who[i - 1], "\n");
  }
  return file;
}

TEST_F(ImportBuyersTest, AnIdAndAnEmailOnOneLineAreOnePerson) {
  struct Case {
    const char* name;
    // # stands for a number of the case's own.
    std::vector<std::string> who;
    int customers;
  };
  const Case cases[] = {
      {"the e-mail first", {",e#@x.de", "c#,e#@x.de", "c#,"}, 1},
      {"the id first", {"c#,", "c#,E#@X.de", ",e#@x.de"}, 1},
      {"both, then the e-mail", {"c#,e#@x.de", ",e#@x.de", "c#,"}, 1},
      {"both, then the id", {"c#,e#@x.de", "c#,", ",e#@x.de"}, 1},
      {"a second id", {"c#,e#@x.de", "d#,e#@x.de", "d#,", "c#,"}, 1},
      {"a second e-mail", {"c#,e#@x.de", "c#,f#@x.de", ",f#@x.de", ",e#@x.de"}, 1},
      // Each is somebody already: the id tells who is meant.
      {"told apart before", {",e#@x.de", "c#,", "c#,e#@x.de", ",e#@x.de"}, 2},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    const std::string number = absl::StrCat(&test - cases);
    std::vector<std::string> who;
    for (const std::string& one : test.who) {
      who.push_back(absl::StrReplaceAll(one, {{"#", number}}));
    }
    const std::string options = absl::StrCat("source: 'shop", number, "'");
    const int64_t customers = server_.Count("customer");
    const v1::Import rehearsal = Import(FileFrom(who), options, {.dry_run = true});
    EXPECT_EQ(rehearsal.report().customers_created(), test.customers);
    EXPECT_EQ(server_.Count("customer"), customers);
    const v1::Import first = Import(FileFrom(who), options);
    EXPECT_EQ(first.report().SerializeAsString(), rehearsal.report().SerializeAsString());
    EXPECT_EQ(server_.Count("customer"), customers + test.customers);
    const int64_t position = Position();
    const v1::Import again = Import(FileFrom(who), options);
    EXPECT_EQ(again.report().lines_unchanged(), static_cast<int64_t>(who.size()));
    EXPECT_EQ(again.report().orders_updated(), 0);
    EXPECT_EQ(Position(), position);
  }
}

TEST_F(ImportBuyersTest, AKnownCustomerGainsTheIdentifierOfItsOrders) {
  const v1::Customer ann = MakeCustomer("emails { address: 'ann@x.de' }");
  const std::string file = FileFrom({"77,ann@x.de", "77,"});
  Import(file, "", {.dry_run = true});
  EXPECT_THAT(GetCustomer(ann.name()).external_ids(), IsEmpty());
  const int64_t position = Position();
  EXPECT_EQ(Import(file).report().customers_created(), 0);
  EXPECT_EQ(Position(), position + 4) << "two orders, the customer, and the end";
  const v1::Customer told = GetCustomer(ann.name());
  ASSERT_THAT(told.external_ids(), SizeIs(1));
  EXPECT_EQ(told.external_ids(0).system(), "card");
  EXPECT_EQ(told.external_ids(0).id(), "77");
  EXPECT_NE(told.etag(), ann.etag());
  EXPECT_EQ(Show(Import(file).report()), "read 2 stored 0 unchanged 2 ignored 0 refused 0");
  EXPECT_EQ(Position(), position + 4);
  // A receipt that is there already, with an id that it did not say.
  EXPECT_EQ(Show(Import(FileFrom({"78,ann@x.de"})).report()),
            "read 1 stored 0 unchanged 1 ignored 0 refused 0");
  EXPECT_THAT(GetCustomer(ann.name()).external_ids(), SizeIs(2));
}

TEST_F(ImportBuyersTest, IdentifiersThatAreOthersStayTheirs) {
  const v1::Customer ann = MakeCustomer("external_ids { system: 'card' id: '1' }");
  const v1::Customer bob = MakeCustomer("emails { address: 'bob@x.de' } home_store: 'york'");
  EXPECT_EQ(Import(FileFrom({"1,bob@x.de"})).report().lines_stored(), 1);
  EXPECT_THAT(GetCustomer(ann.name()).emails(), IsEmpty());
  EXPECT_THAT(GetCustomer(bob.name()).external_ids(), IsEmpty());
  // Who may not see Bob adds nothing to him either.
  const v1::Import hidden = Import(FileFrom({"2,bob@x.de"}), "source: 'leeds' store: 'leeds'",
                                   {.token = CustomerServer::Of("leeds")});
  EXPECT_EQ(Show(hidden.report()),
            "read 1 stored 0 unchanged 0 ignored 0 refused 1 IDENTIFIER_TAKEN=1");
  EXPECT_THAT(GetCustomer(bob.name()).external_ids(), IsEmpty());
}

TEST_F(ImportBuyersTest, ACustomerWithAllIdsThatThereMayBeGetsNoMore) {
  std::string full = "emails { address: 'ann@x.de' }";
  for (int i = 0; i < 50; ++i) {
    absl::StrAppend(&full, " external_ids { system: 'card' id: 'a", i, "' }");
  }
  const v1::Customer ann = MakeCustomer(full);
  for (const bool dry_run : {true, false}) {
    const v1::Import import =
        Import(FileFrom({"b,ann@x.de", "a0,ann@x.de"}), "", {.dry_run = dry_run});
    EXPECT_EQ(Show(import.report()),
              "read 2 stored 1 unchanged 0 ignored 0 refused 1 TOO_MANY_EXTERNAL_IDS=1");
  }
  // Twenty addresses do not keep an order away whose id tells who is meant.
  std::string many = "external_ids { system: 'card' id: 'c' }";
  for (int i = 0; i < 20; ++i) absl::StrAppend(&many, " emails { address: 'c", i, "@x.de' }");
  const v1::Customer cid = MakeCustomer(many);
  EXPECT_EQ(Import(FileFrom({"c,more@x.de"}), "source: 'web'").report().lines_stored(), 1);
  EXPECT_THAT(GetCustomer(cid.name()).emails(), SizeIs(20));
}

}  // namespace
}  // namespace regulars::customer
