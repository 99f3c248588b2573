// Lists, look-ups and searches of customers over gRPC.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "chassis/base/text.h"
#include "chassis/testing/status_matchers.h"
#include "customer-svc/testing/customer_server.h"
#include "google/protobuf/text_format.h"

namespace regulars::customer {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using testing::HasReason;
using ::testing::IsEmpty;
using testing::StatusIs;

using Customers = CustomerServer::Customers;

class CustomerFindTest : public ::testing::Test {
 protected:
  std::string Create(const std::string& text) {
    v1::CreateCustomerRequest request;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, request.mutable_customer()))
        << text;
    const auto made = server_.Call(&Customers::CreateCustomer, request);
    EXPECT_OK(made) << text;
    return made.ok() ? made->name() : "";
  }

  // All pages of a list, and how many there were.
  std::vector<std::string> ListAll(v1::ListCustomersRequest request, int* pages = nullptr) {
    std::vector<std::string> names;
    while (true) {
      const auto reply = server_.Call(&Customers::ListCustomers, request);
      EXPECT_OK(reply);
      if (!reply.ok()) return names;
      for (const v1::Customer& customer : reply->customers()) names.push_back(customer.name());
      if (pages != nullptr) ++*pages;
      if (reply->next_page_token().empty()) return names;
      request.set_page_token(reply->next_page_token());
    }
  }

  std::vector<std::string> SearchAll(const std::string& query, int32_t page_size = 0,
                                     const std::string& token = CustomerServer::kAdmin) {
    v1::SearchCustomersRequest request;
    request.set_query(query);
    request.set_page_size(page_size);
    std::vector<std::string> names;
    while (true) {
      const auto reply = server_.Call(&Customers::SearchCustomers, request, token);
      EXPECT_OK(reply);
      if (!reply.ok()) return names;
      for (const v1::Customer& customer : reply->customers()) names.push_back(customer.name());
      if (reply->next_page_token().empty()) return names;
      request.set_page_token(reply->next_page_token());
    }
  }

  CustomerServer server_;
};

TEST_F(CustomerFindTest, ListsEveryCustomerOnce) {
  std::vector<std::string> made;
  for (int i = 0; i < 25; ++i) {
    made.push_back(Create(""));
    server_.server().clock().Advance(absl::Milliseconds(1));
  }
  std::sort(made.begin(), made.end());
  v1::ListCustomersRequest request;
  EXPECT_THAT(ListAll(request), ElementsAreArray(made));
  for (const int32_t size : {1, 4, 5, 24, 25, 26, 1000}) {
    request.set_page_size(size);
    int pages = 0;
    EXPECT_THAT(ListAll(request, &pages), ElementsAreArray(made));
    EXPECT_EQ(pages, (25 + size - 1) / size) << size;
  }
  request.set_page_size(7);
  request.set_order_by("name  desc ");  // Blanks do not matter: AIP-132.
  std::reverse(made.begin(), made.end());
  EXPECT_THAT(ListAll(request), ElementsAreArray(made));
}

// Customers made meanwhile may or may not be listed; those who were there are, once.
TEST_F(CustomerFindTest, ListsAreCompleteWhileCustomersAreMade) {
  std::set<std::string> before;
  for (int i = 0; i < 30; ++i) {
    before.insert(Create(""));
    server_.server().clock().Advance(absl::Milliseconds(1));
  }
  for (const char* order : {"name", "name desc"}) {
    v1::ListCustomersRequest request;
    request.set_page_size(3);
    request.set_order_by(order);
    std::multiset<std::string> seen;
    while (true) {
      ASSERT_OK_AND_ASSIGN(const auto reply, server_.Call(&Customers::ListCustomers, request));
      for (const v1::Customer& customer : reply.customers()) seen.insert(customer.name());
      if (reply.next_page_token().empty()) break;
      request.set_page_token(reply.next_page_token());
      if (seen.size() < 40) Create("");
    }
    for (const std::string& name : before) EXPECT_EQ(seen.count(name), 1u) << order;
  }
}

TEST_F(CustomerFindTest, ListsByAFilter) {
  std::vector<std::string> british;
  for (int i = 0; i < 20; ++i) {
    const bool is_british = i % 3 == 0;
    const std::string name =
        Create(absl::StrCat("country: '", is_british ? "GB" : "FR", "' tags: 't", i % 2, "'"));
    if (is_british) british.push_back(name);
    server_.server().clock().Advance(absl::Milliseconds(1));
  }
  v1::ListCustomersRequest request;
  request.set_page_size(2);
  request.set_filter("country = \"GB\"");
  EXPECT_THAT(ListAll(request), ElementsAreArray(british));
  request.set_filter("country = \"GB\" AND tags:t0");
  EXPECT_EQ(ListAll(request).size(), 4u);
  request.set_filter("country = ");
  EXPECT_THAT(server_.Call(&Customers::ListCustomers, request), HasReason("INVALID_FILTER"));
}

// A filter that few customers meet is answered in pieces, and completely.
TEST_F(CustomerFindTest, AListLooksAtABoundedNumberOfCustomersAPage) {
  ASSERT_OK(server_.server().store().Write([](Transaction& tx) {
    for (int i = 0; i < 25'000; ++i) {
      const int64_t rare = i % 9'999 == 5 ? 1 : 0;
      ABSL_RETURN_IF_ERROR(
          tx.Sql("INSERT INTO customer (id, display_name, given_name, family_name, company, kind, "
                 "language, country, country_set, time_zone, home_store, birthday, parts, version, "
                 "create_time, update_time) VALUES (?, '', '', '', '', 1, '', ?, 1, '', ?, '', 0, "
                 "1, 0, 0)",
                 tx.NewId(), rare == 1 ? "IS" : "GB", rare == 1 ? "reykjavik" : "bath")
              .Run());
    }
    return absl::OkStatus();
  }));
  for (const char* order : {"name", "name desc"}) {
    v1::ListCustomersRequest request;
    request.set_filter("country = \"IS\"");
    request.set_order_by(order);
    int pages = 0;
    EXPECT_EQ(ListAll(request, &pages).size(), 3u);
    EXPECT_GE(pages, 3);
  }
  v1::ListCustomersRequest request;
  const std::string limited = CustomerServer::Of("reykjavik");
  size_t found = 0;
  do {
    ASSERT_OK_AND_ASSIGN(const auto reply,
                         server_.Call(&Customers::ListCustomers, request, limited));
    found += static_cast<size_t>(reply.customers_size());
    request.set_page_token(reply.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(found, 3u);
}

TEST_F(CustomerFindTest, ListErrors) {
  for (int i = 0; i < 3; ++i) Create("");
  v1::ListCustomersRequest request;
  request.set_page_size(-1);
  EXPECT_THAT(server_.Call(&Customers::ListCustomers, request), HasReason("INVALID_PAGE_SIZE"));
  request.set_page_size(1);
  request.set_order_by("country");
  EXPECT_THAT(server_.Call(&Customers::ListCustomers, request), HasReason("INVALID_ORDER_BY"));
  request.clear_order_by();
  ASSERT_OK_AND_ASSIGN(const auto first, server_.Call(&Customers::ListCustomers, request));
  request.set_page_token(first.next_page_token());
  request.set_page_size(2);
  EXPECT_OK(server_.Call(&Customers::ListCustomers, request)) << "the page size may change";
  request.set_filter("country = \"GB\"");
  EXPECT_THAT(server_.Call(&Customers::ListCustomers, request), HasReason("INVALID_PAGE_TOKEN"));
  request.clear_filter();
  request.set_order_by("name desc");
  EXPECT_THAT(server_.Call(&Customers::ListCustomers, request), HasReason("INVALID_PAGE_TOKEN"));
  request.clear_order_by();
  for (const std::string& token :
       {std::string("nonsense"), std::string("AAAA"), first.next_page_token() + "A",
        first.next_page_token() + "====", std::string(10'000, 'A')}) {
    request.set_page_token(token);
    EXPECT_THAT(server_.Call(&Customers::ListCustomers, request), HasReason("INVALID_PAGE_TOKEN"))
        << token.substr(0, 100);
  }
}

TEST_F(CustomerFindTest, LooksUpByEachIdentifier) {
  const std::string ann = Create(R"(emails { address: "Ann@Müller.example" }
                                    phones { number: "+442079460000" }
                                    external_ids { system: "erp" id: "7" })");
  const auto lookup = [&](const std::string& text) -> absl::StatusOr<std::string> {
    v1::LookupCustomerRequest request;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request)) << text;
    ABSL_ASSIGN_OR_RETURN(const v1::Customer found,
                          server_.Call(&Customers::LookupCustomer, request));
    return found.name();
  };
  EXPECT_THAT(lookup("identifier { email: 'ANN@xn--mller-kva.example' }"),
              testing::IsOkAndHolds(ann));
  EXPECT_THAT(lookup("identifier { phone: '+44 20 7946 0000' }"), testing::IsOkAndHolds(ann));
  EXPECT_THAT(lookup("identifier { external_id { system: 'erp' id: '7' } }"),
              testing::IsOkAndHolds(ann));
  for (const char* unknown :
       {"identifier { email: 'bea@example.com' }", "identifier { phone: '+442079460001' }",
        "identifier { external_id { system: 'shop' id: '7' } }",
        "identifier { external_id { system: 'erp' id: '07' } }"}) {
    EXPECT_THAT(lookup(unknown), StatusIs(absl::StatusCode::kNotFound)) << unknown;
    EXPECT_THAT(lookup(unknown), HasReason("CUSTOMER_NOT_FOUND")) << unknown;
  }
  EXPECT_THAT(lookup(""), HasReason("IDENTIFIER_MISSING"));
  EXPECT_THAT(lookup("identifier {}"), HasReason("IDENTIFIER_MISSING"));
  EXPECT_THAT(lookup("identifier { email: 'ann' }"), HasReason("INVALID_EMAIL"));
  EXPECT_THAT(lookup("identifier { phone: '020 7946 0000' }"), HasReason("INVALID_PHONE"));
  EXPECT_THAT(lookup("identifier { external_id { system: 'erp' } }"),
              HasReason("INVALID_EXTERNAL_ID"));
  Create("phones { number: '+442079460000' }");
  const auto ambiguous = lookup("identifier { phone: '+442079460000' }");
  EXPECT_THAT(ambiguous, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(ambiguous, HasReason("IDENTIFIER_AMBIGUOUS"));
}

TEST_F(CustomerFindTest, SearchesByWhatPeopleType) {
  const std::string johanna =
      Create(R"(given_name: "Johanna" family_name: "Müller" emails { address: "jm@example.com" })");
  const std::string john = Create(R"(given_name: "John" family_name: "Müllersson")");
  const std::string acme = Create(R"(company: "Acme Küchen" external_ids { system: "erp" id: "A-7" }
                                     phones { number: "+442079460000" })");
  const std::string yamada = Create(R"(family_name: "山田" given_name: "太郎")");
  struct Row {
    const char* query;
    std::vector<std::string> found;
  };
  const Row rows[] = {
      {"mul joh", {johanna, john}},
      {"JOHANNA", {johanna}},
      {"  johanna  m\xC3\xBCller ", {johanna}},
      {"mullers", {john}},
      {"kuchen", {acme}},
      {"jm@EXAMPLE.com", {johanna}},
      {"A-7", {acme}},
      {"+44 20 7946 0000", {acme}},
      {"\xE5\xB1\xB1\xE7\x94\xB0", {yamada}},
      {"anna", {}},
      {"joh kuchen", {}},
      {"jm@example", {}},
      {"%%", {}},
      {"--", {}},
  };
  for (const Row& row : rows) EXPECT_EQ(SearchAll(row.query), row.found) << row.query;
}

TEST_F(CustomerFindTest, SearchReadsNationalPhonesByTheCompanysCountry) {
  v1::UpdateCompanySettingsRequest settings;
  settings.mutable_company_settings()->set_name("companySettings");
  settings.mutable_company_settings()->set_country("GB");
  ASSERT_OK(server_.Call(&CustomerServer::Settings::UpdateCompanySettings, settings));
  const std::string ann = Create("phones { number: '020 7946 0000' }");
  EXPECT_THAT(SearchAll("(020) 7946-0000"), ElementsAre(ann));
}

TEST_F(CustomerFindTest, SearchFollowsChanges) {
  const std::string ann = Create("given_name: 'Ann' family_name: 'Smith'");
  v1::UpdateCustomerRequest update;
  update.mutable_customer()->set_name(ann);
  update.mutable_customer()->set_family_name("Jones");
  ASSERT_OK(server_.Call(&Customers::UpdateCustomer, update));
  EXPECT_THAT(SearchAll("smith"), IsEmpty());
  EXPECT_THAT(SearchAll("jones"), ElementsAre(ann));
  v1::DeleteCustomerRequest remove;
  remove.set_name(ann);
  ASSERT_OK(server_.Call(&Customers::DeleteCustomer, remove));
  EXPECT_THAT(SearchAll("jones"), IsEmpty());
}

TEST_F(CustomerFindTest, ThoseWithTheIdentifierComeFirstAndOnce) {
  const std::string by_name = Create("given_name: 'Alpha7'");
  const std::string by_both =
      Create("given_name: 'Alpha7' external_ids { system: 'b' id: 'alpha7' }");
  const std::string by_id = Create("given_name: 'Zoe' external_ids { system: 'a' id: 'alpha7' }");
  for (const int32_t size : {1, 2, 3, 20}) {
    EXPECT_THAT(SearchAll("alpha7", size), ElementsAre(by_both, by_id, by_name)) << size;
  }
}

// Against a slow reference: every customer each of whose typed words begins one of its names.
TEST_F(CustomerFindTest, SearchPagesFindExactlyTheRightOnes) {
  const std::vector<std::string> given = {"Ann", "Anna", "Johanna", "John", "\xC3\x85sa", "Bo"};
  const std::vector<std::string> family = {"Johnson", "M\xC3\xBCller", "Mulligan", "Anning",
                                           "Bo Jo"};
  std::vector<std::pair<std::string, std::string>> people;
  std::mt19937 random(7);
  for (int i = 0; i < 120; ++i) {
    const std::string name =
        absl::StrCat(given[random() % given.size()], " ", family[random() % family.size()]);
    const size_t space = name.find(' ');
    people.emplace_back(Create(absl::StrCat("given_name: '", name.substr(0, space),
                                            "' family_name: '", name.substr(space + 1), "'")),
                        Fold(name));
  }
  const auto expected = [&](const std::vector<std::string>& typed) {
    std::set<std::string> names;
    for (const auto& [name, folded] : people) {
      const bool all =
          std::all_of(typed.begin(), typed.end(), [&, &folded = folded](const std::string& word) {
            return absl::StartsWith(folded, word) || absl::StrContains(folded, " " + word);
          });
      if (all) names.insert(name);
    }
    return names;
  };
  const std::vector<std::vector<std::string>> queries = {
      {"a"}, {"an"}, {"jo"}, {"mul"}, {"jo", "an"}, {"ann", "mull"}, {"bo", "jo"}, {"asa"}, {"x1"}};
  for (const std::vector<std::string>& typed : queries) {
    const std::string query = absl::StrJoin(typed, " ");
    for (const int32_t size : {1, 7, 100}) {
      const std::vector<std::string> found = SearchAll(query, size);
      EXPECT_EQ(std::set<std::string>(found.begin(), found.end()), expected(typed)) << query;
      EXPECT_EQ(found.size(), expected(typed).size()) << query << " finds someone twice";
    }
  }
}

TEST_F(CustomerFindTest, SearchErrors) {
  v1::SearchCustomersRequest request;
  for (const std::string& query :
       {std::string(), std::string("  "), std::string(201, 'a'), std::string("ab\0", 3)}) {
    request.set_query(query);
    EXPECT_THAT(server_.Call(&Customers::SearchCustomers, request), HasReason("INVALID_QUERY"))
        << query;
  }
  request.set_query("ann");
  request.set_page_size(-5);
  EXPECT_THAT(server_.Call(&Customers::SearchCustomers, request), HasReason("INVALID_PAGE_SIZE"));
  request.set_page_size(1);
  for (int i = 0; i < 2; ++i) Create("given_name: 'Ann'");
  ASSERT_OK_AND_ASSIGN(const auto first, server_.Call(&Customers::SearchCustomers, request));
  request.set_page_token(first.next_page_token());
  request.set_query("bob");
  EXPECT_THAT(server_.Call(&Customers::SearchCustomers, request), HasReason("INVALID_PAGE_TOKEN"));
}

}  // namespace
}  // namespace regulars::customer
