// Reading on in a customer file from any place that a cursor may hold.
#include "customer-svc/rpc/customer_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_dir.h"

namespace regulars::customer {
namespace {

// Each line as "number id text".
std::string Describe(const CustomerLine& line) {
  const auto& ids = line.row.customer.external_ids;
  return absl::StrCat(line.number, " ",
                      line.refusal  ? line.refusal->reason
                      : ids.empty() ? ""
                                    : ids[0].id,
                      " ", line.text);
}

// The store holds nobody.
absl::Status Nobody(absl::Span<const Customer>, std::vector<std::vector<int64_t>>&) {
  return absl::OkStatus();
}

class CustomerFileTest : public ::testing::Test {
 protected:
  CustomerFileTest() {
    std::string text = "external_id,given_name\r\n";
    for (int i = 0; i < 1000; ++i) {
      absl::StrAppend(&text, i, i % 7 == 0 ? ",\"Ann\nMarie\"\r\n" : ",Ann\n");
      if (i % 11 == 0) text += "\n\r\n";
      if (i % 13 == 0) text += "ragged\n";
    }
    std::ofstream(path_, std::ios::binary) << text;
  }

  std::unique_ptr<CustomerFile> Open() {
    absl::StatusOr<CustomerReading> reading =
        ReadCustomerOptions({.customer_system = "erp"}, {}, {});
    EXPECT_OK(reading);
    auto file = CustomerFile::Open(path_, folder_.path(), *std::move(reading));
    EXPECT_OK(file);
    EXPECT_THAT((*file)->LinkSome(Nobody, absl::InfiniteDuration()), testing::IsOkAndHolds(true));
    return *std::move(file);
  }

  testing::TempDir folder_;
  const std::string path_ = folder_.File("customers.csv");
};

TEST_F(CustomerFileTest, GoesOnFromEveryPlace) {
  std::vector<std::string> whole;
  std::vector<csv::Position> places;
  const auto file = Open();
  ASSERT_OK(file->Ready(std::nullopt));
  while (!file->lines().empty()) {
    EXPECT_LE(file->lines().size(), CustomerFile::kMaxLines);
    for (const CustomerLine& line : file->lines()) {
      whole.push_back(Describe(line));
      places.push_back(line.next);
    }
    ASSERT_OK(file->Ready(places.back()));
  }
  ASSERT_EQ(whole.size(), 1077u) << "1,000 customers, and 77 ragged lines";
  EXPECT_EQ(whole[0], "2 0 0,\"Ann\nMarie\"");
  EXPECT_EQ(whole[1], "6 RAGGED_LINE ragged") << "behind two empty lines";
  // As the one that goes on after a failed change, and as a new process.
  for (size_t i = 0; i < places.size(); i += 37) {
    const auto fresh = Open();
    ASSERT_OK(fresh->Ready(places[i]));
    ASSERT_OK(file->Ready(places[i]));
    for (size_t j = 0; j < fresh->lines().size(); ++j) {
      EXPECT_EQ(Describe(fresh->lines()[j]), whole[i + 1 + j]);
      EXPECT_EQ(Describe(file->lines()[j]), whole[i + 1 + j]);
    }
  }
}

TEST_F(CustomerFileTest, LinesStayUntilTheyAreBehind) {
  const auto file = Open();
  ASSERT_OK(file->Ready(std::nullopt));
  const csv::Position third = file->lines()[2].next;
  const std::string fourth = Describe(file->lines()[3]);
  ASSERT_OK(file->Ready(third));
  EXPECT_EQ(Describe(file->lines().front()), fourth);
  ASSERT_OK(file->Ready(third));
  EXPECT_EQ(Describe(file->lines().front()), fourth) << "as after a change that was rolled back";
}

TEST_F(CustomerFileTest, LinesOfOneCustomerComeTogether) {
  std::ofstream(path_, std::ios::binary) << "external_id,email,given_name\n"
                                            "1,a@example.com,Ann\n"
                                            "2,b@example.com,Bea\n"
                                            "3,,\"Cid\nThree\"\n"
                                            ",A@EXAMPLE.com,Anna\n"
                                            "4,c@example.com,Dan\n"
                                            "\n"
                                            "9,not an address,Eve\n"
                                            "9,not an address,Eve\n"
                                            "3,c@example.com,Cy\n";
  absl::StatusOr<CustomerReading> reading = ReadCustomerOptions({.customer_system = "erp"}, {}, {});
  ASSERT_OK(reading);
  ASSERT_OK_AND_ASSIGN(const auto file,
                       CustomerFile::Open(path_, folder_.path(), *std::move(reading)));
  ASSERT_THAT(file->LinkSome(Nobody, absl::InfiniteDuration()), testing::IsOkAndHolds(true));
  ASSERT_OK(file->Ready(std::nullopt));
  std::string alone;
  for (const CustomerLine& line : file->lines()) {
    if (!line.grouped) absl::StrAppend(&alone, line.number, " ");
  }
  EXPECT_EQ(alone, "3 9 10 ") << "lines that are refused anyway are linked by nothing";
  std::string together;
  while (true) {
    ASSERT_OK_AND_ASSIGN(const auto group, file->NextGroup());
    if (!group) break;
    for (size_t i = 0; i < group->rows.size(); ++i) {
      absl::StrAppend(&together, group->places[i].line_number, " ",
                      group->rows[i].customer.given_name, " ");
    }
    together += "| ";
  }
  EXPECT_EQ(together, "2 Ann 6 Anna | 4 Cid\nThree 7 Dan 11 Cy | ");
}

}  // namespace
}  // namespace regulars::customer
