// Random files in which customers stand again and again, under one identifier or another, with
// lines that are refused among them. The reference applies each line as a call of its own, all of
// them over and over until nothing changes: the slow way to a state that the file leaves as it is.
// Calls cannot take back a phone number that was read by a country that the customer has no longer:
// files with such lines have a test of their own.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "chassis/base/ids.h"
#include "customer-svc/domain/phone_number.h"
#include "customer-svc/testing/customer_import_fixture.h"

namespace regulars::customer {
namespace {

constexpr char kOptions[] = "customer_system: 'erp'";
constexpr char kHeader[] = "external_id,email,given_name,phone,country,tags,home_store,birthday\n";

struct Row {
  std::string id, email, given_name, phone, country, tag, home_store, birthday;

  std::string Line() const {
    return absl::StrJoin({id, email, given_name, phone, country, tag, home_store, birthday}, ",") +
           "\n";
  }
  // The same as a call has it.
  std::string Message() const {
    std::string text;
    const auto add = [&](const char* before, const std::string& value, const char* after) {
      if (!value.empty()) absl::StrAppend(&text, before, "\"", value, "\"", after);
    };
    add("external_ids { system: 'erp' id: ", id, "} ");
    add("emails { address: ", email, "} ");
    add("given_name: ", given_name, " ");
    add("phones { number: ", phone, "} ");
    add("country: ", country, " ");
    add("tags: ", tag, " ");
    add("home_store: ", home_store, " ");
    add("birthday: ", birthday, " ");
    return text;
  }
};

class Shop : public ImportCustomersTest {
 public:
  void TestBody() override {}

  // Lines that were never taken, by number in the file.
  std::set<int64_t> ApplySlowly(const std::vector<Row>& rows, const std::string& token) {
    std::set<int64_t> refused;
    for (size_t i = 0; i < rows.size(); ++i) refused.insert(static_cast<int64_t>(i) + 2);
    std::string before;
    for (int pass = 0; pass < 30 && before != State(); ++pass) {
      before = State();
      for (size_t i = 0; i < rows.size(); ++i) {
        if (Upsert(rows[i].Message(), {}, token).ok()) refused.erase(static_cast<int64_t>(i) + 2);
      }
    }
    return refused;
  }

  v1::Import Take(const std::vector<Row>& rows, const std::string& token, bool dry_run = false) {
    std::string file = kHeader;
    for (const Row& row : rows) file += row.Line();
    return Import(file, kOptions, dry_run, token);
  }

  // Everybody, without what the service has made up.
  std::string State() {
    v1::ListCustomersRequest request;
    request.set_page_size(1000);
    const auto reply = server_.Call(&Customers::ListCustomers, request);
    EXPECT_OK(reply);
    std::vector<std::string> all;
    for (v1::Customer customer : reply->customers()) {
      customer.clear_name();
      customer.clear_etag();
      customer.clear_create_time();
      customer.clear_update_time();
      all.push_back(customer.DebugString());
    }
    std::sort(all.begin(), all.end());
    return absl::StrJoin(all, "\n");
  }

  std::set<int64_t> RefusedLines(const v1::Import& import) {
    std::set<int64_t> lines;
    for (const std::string& refusal : Refusals(import)) lines.insert(std::stoll(refusal));
    return lines;
  }

  // The customer whom a line that was taken speaks of.
  v1::Customer Find(const Row& row) {
    if (!row.id.empty()) return Erp(row.id);
    v1::LookupCustomerRequest request;
    request.mutable_identifier()->set_email(row.email);
    const auto found = server_.Call(&Customers::LookupCustomer, request);
    EXPECT_OK(found) << row.email;
    return found.value_or(v1::Customer());
  }

  int64_t events() { return position(); }
  void Make(const std::string& text) { ASSERT_OK(Upsert(text)); }
};

template <size_t N>
std::string OneOf(Mixer& mixer, const char* const (&choices)[N]) {
  return choices[mixer.Next() % N];
}

// Without `moving_numbers` no line's phone number depends on its customer's country.
std::vector<Row> RandomRows(Mixer& mixer, bool with_stores, bool moving_numbers) {
  const uint64_t people = 3 + mixer.Next() % 40;
  const auto number = [&] { return std::to_string(mixer.Next() % people); };
  std::vector<Row> rows(10 + mixer.Next() % 60);
  for (Row& row : rows) {
    if (mixer.Next() % 4 != 0) row.id = number();
    // Rarely another's: more would link everybody.
    if (mixer.Next() % 2 == 0) {
      const bool others = row.id.empty() || mixer.Next() % 8 == 0;
      row.email = absl::StrCat(mixer.Next() % 2 == 0 ? "C" : "c", others ? number() : row.id,
                               "@example.com");
    }
    row.given_name = OneOf(mixer, {"", "Ann", "Bea", "Cid", "Dan"});
    row.phone = OneOf(mixer, {"", "", "+44 20 7946 0123", "030 1234567", "01 5123456"});
    row.country = OneOf(mixer, {"", "", "", "DE", "AT", "GB"});
    if (!moving_numbers && row.country.empty() && row.phone.substr(0, 1) == "0") row.phone.clear();
    row.tag = OneOf(mixer, {"", "", "a", "b", "c", "d"});
    if (with_stores) row.home_store = OneOf(mixer, {"", "", "south", "south", "north"});
    row.birthday = OneOf(mixer, {"", "", "", "1990-01-02", "2001-11-30", "2999-01-01"});
    if (mixer.Next() % 5 == 0) row = rows[mixer.Next() % rows.size()];
  }
  return rows;
}

void CheckReport(const v1::ImportReport& report, const std::vector<Row>& rows) {
  EXPECT_EQ(report.lines_read(), static_cast<int64_t>(rows.size()));
  EXPECT_EQ(report.lines_read(),
            report.lines_stored() + report.lines_unchanged() + report.lines_refused());
}

void CheckNothingChanges(Shop& shop, const std::vector<Row>& rows, const std::string& token) {
  const int64_t events = shop.events();
  const std::string state = shop.State();
  const v1::Import again = shop.Take(rows, token);
  CheckReport(again.report(), rows);
  EXPECT_EQ(again.report().lines_stored(), 0) << again.DebugString();
  EXPECT_EQ(again.report().customers_created() + again.report().customers_updated(), 0);
  EXPECT_EQ(shop.events(), events);
  EXPECT_EQ(shop.State(), state);
}

class ImportCustomersPropertyTest : public ::testing::TestWithParam<int> {};

TEST_P(ImportCustomersPropertyTest, OnceTwiceAndInHalves) {
  Mixer mixer(static_cast<uint64_t>(GetParam()));
  const bool with_stores = GetParam() % 2 == 1;
  const std::string token = with_stores ? CustomerServer::Of("south") : CustomerServer::kAdmin;
  const std::vector<Row> rows = RandomRows(mixer, with_stores, /*moving_numbers=*/false);
  Shop reference;
  Shop shop;
  Shop halves;
  for (int i = 0; i < 5; ++i) {
    // Who is known by two identifiers may stand on one line by each.
    const std::string known = absl::StrCat(
        "external_ids { system: 'erp' id: '", i, "' } emails { address: 'c", i + 1,
        "@example.com' } home_store: '", i % 2 == 0 ? "south" : "north", "' country: 'GB'");
    for (Shop* each : {&reference, &shop, &halves}) each->Make(known);
  }
  const std::set<int64_t> refused = reference.ApplySlowly(rows, token);

  const int64_t before = shop.events();
  const v1::Import dry = shop.Take(rows, token, /*dry_run=*/true);
  EXPECT_EQ(shop.events(), before);
  const v1::Import first = shop.Take(rows, token);
  EXPECT_EQ(dry.report().DebugString(), first.report().DebugString());
  CheckReport(first.report(), rows);
  EXPECT_EQ(shop.State(), reference.State());
  EXPECT_EQ(shop.RefusedLines(first), refused);
  const int64_t changes = first.report().customers_created() + first.report().customers_updated();
  EXPECT_EQ(shop.events() - before, changes + (changes > 0 ? 1 : 0))
      << "each customer changes once, and the import's end is told";
  for (int again = 0; again < 2; ++again) CheckNothingChanges(shop, rows, token);

  const auto middle = rows.begin() + static_cast<int64_t>(rows.size() / 2);
  halves.Take({rows.begin(), middle}, token);
  halves.Take({middle, rows.end()}, token);
  if (refused.empty()) {
    EXPECT_EQ(halves.State(), reference.State());
  }
  halves.Take(rows, token);
  CheckNothingChanges(halves, rows, token);
}

// Each customer has the numbers that the lines taken for it say, read by the lines' own countries
// or that which the customer has in the end, and no other.
void CheckNumbers(Shop& shop, const std::vector<Row>& rows, const std::set<int64_t>& refused) {
  std::map<std::string, std::set<std::string>> expected;
  std::map<std::string, std::set<std::string>> found;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (refused.contains(static_cast<int64_t>(i) + 2)) continue;
    const v1::Customer customer = shop.Find(rows[i]);
    for (const v1::Phone& phone : customer.phones()) found[customer.name()].insert(phone.number());
    if (rows[i].phone.empty()) continue;
    const auto number =
        ReadPhone(rows[i].phone, rows[i].country.empty() ? customer.country() : rows[i].country);
    ASSERT_OK(number) << rows[i].Line();
    expected[customer.name()].insert(*number);
  }
  EXPECT_EQ(found, expected);
}

TEST_P(ImportCustomersPropertyTest, NumbersMoveWithTheCountry) {
  Mixer mixer(static_cast<uint64_t>(GetParam()) + 1000);
  const std::vector<Row> rows = RandomRows(mixer, /*with_stores=*/false, /*moving_numbers=*/true);
  const std::string token = CustomerServer::kAdmin;
  Shop shop;
  for (int i = 0; i < 5; ++i) {
    shop.Make(absl::StrCat("external_ids { system: 'erp' id: '", i, "' } emails { address: 'c",
                           i + 1, "@example.com' }", i % 2 == 0 ? " country: 'GB'" : ""));
  }
  const v1::Import dry = shop.Take(rows, token, /*dry_run=*/true);
  const v1::Import first = shop.Take(rows, token);
  EXPECT_EQ(dry.report().DebugString(), first.report().DebugString());
  CheckReport(first.report(), rows);
  const std::set<int64_t> refused = shop.RefusedLines(first);
  EXPECT_EQ(shop.RefusedLines(dry), refused);
  CheckNumbers(shop, rows, refused);
  for (int again = 0; again < 2; ++again) CheckNothingChanges(shop, rows, token);
  EXPECT_EQ(shop.RefusedLines(shop.Take(rows, token)), refused);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ImportCustomersPropertyTest, ::testing::Range(1, 25));

}  // namespace
}  // namespace regulars::customer
