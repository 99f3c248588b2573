#include "chassis/csv/writer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "chassis/base/ids.h"
#include "chassis/csv/reader.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::csv {
namespace {

struct WriteCase {
  const char* name;
  std::vector<absl::string_view> fields;
  std::string line;
  WriterOptions options;
};

TEST(Writer, QuotesOnlyWhatNeedsIt) {
  const WriteCase cases[] = {
      {"plain", {"a", "b c", " d "}, "a,b c, d \r\n"},
      {"delimiter", {"a,b", "c;d"}, "\"a,b\",c;d\r\n"},
      {"other delimiter", {"a,b", "c;d"}, "a,b;\"c;d\"\r\n", {.delimiter = ';'}},
      {"quote", {"5\" pipe", "\""}, "\"5\"\" pipe\",\"\"\"\"\r\n"},
      {"line ends", {"a\nb", "a\rb"}, "\"a\nb\",\"a\rb\"\r\n"},
      {"empty fields", {"", ""}, ",\r\n"},
      {"one empty field is no empty line", {""}, "\"\"\r\n"},
      {"UTF-8", {"Zoë"}, "Zoë\r\n"},
      {"formulas pass unless guarded", {"=1+1"}, "=1+1\r\n"},
  };
  for (const WriteCase& c : cases) {
    std::string out;
    AppendRecord(c.fields, c.options, &out);
    EXPECT_EQ(out, c.line) << c.name;
  }
}

TEST(Writer, GuardsFormulasWhenAsked) {
  const WriteCase cases[] = {
      {"equals", {"=HYPERLINK(\"x\")"}, "\"'=HYPERLINK(\"\"x\"\")\"\r\n"},
      {"the rest", {"+1+1", "-1-1", "@SUM(A1)"}, "'+1+1,'-1-1,'@SUM(A1)\r\n"},
      {"tab and CR", {"\t=1", "\r=1"}, "'\t=1,\"'\r=1\"\r\n"},
      {"lone signs", {"=", "+", "-", "@"}, "'=,'+,'-,'@\r\n"},
      {"numbers are numbers", {"-12.50", "+49301234", "-3,5"}, "-12.50,+49301234,\"-3,5\"\r\n"},
      {"almost numbers", {"-1.2.3", "-.5", "-5.", "-1e5"}, "'-1.2.3,'-.5,'-5.,'-1e5\r\n"},
      {"inside is harmless", {"a=1", " =1", "'=1"}, "a=1, =1,'=1\r\n"},
  };
  for (const WriteCase& c : cases) {
    std::string out;
    AppendRecord(c.fields, {.guard_formulas = true}, &out);
    EXPECT_EQ(out, c.line) << c.name;
  }
}

TEST(Writer, WhatIsWrittenIsReadBack) {
  Mixer mixer(17);
  const std::string alphabet = "a,;\t|\"\r\n =-é";
  for (int round = 0; round < 2'000; ++round) {
    const char delimiter = ",;\t|"[round % 4];
    const size_t columns = 1 + mixer.Next() % 5;
    std::vector<std::vector<std::string>> rows(1 + mixer.Next() % 8);
    std::string out;
    AppendRecord(std::vector<absl::string_view>{"1", "2", "3", "4", "5"}, {.delimiter = delimiter},
                 &out);
    out.erase(2 * columns - 1, out.size() - 2 - (2 * columns - 1));
    for (std::vector<std::string>& row : rows) {
      for (size_t i = 0; i < columns; ++i) {
        std::string field;
        for (uint64_t length = mixer.Next() % 6; length > 0; --length) {
          // The alphabet's last letter has two bytes.
          const size_t at = mixer.Next() % (alphabet.size() - 1);
          field += alphabet.substr(at, at == alphabet.size() - 2 ? 2 : 1);
        }
        row.push_back(field);
      }
      const std::vector<absl::string_view> fields(row.begin(), row.end());
      AppendRecord(fields, {.delimiter = delimiter}, &out);
    }
    ASSERT_OK_AND_ASSIGN(const auto reader, Reader::Open(std::make_unique<BufferSource>(out),
                                                         {.delimiter = delimiter}));
    for (const std::vector<std::string>& row : rows) {
      ASSERT_OK_AND_ASSIGN(const Record* record, reader->Next());
      ASSERT_NE(record, nullptr) << out;
      ASSERT_FALSE(record->error.has_value()) << record->error->message << out;
      ASSERT_EQ(std::vector<std::string>(record->fields.begin(), record->fields.end()), row) << out;
    }
  }
}

}  // namespace
}  // namespace regulars::csv
