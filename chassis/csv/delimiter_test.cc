#include "chassis/csv/delimiter.h"

#include <gtest/gtest.h>

#include <string>

namespace regulars::csv {
namespace {

struct DelimiterCase {
  const char* name;
  std::string sample;
  char delimiter;
};

TEST(DetectDelimiter, FollowsTheRecordsAndNotOnlyTheHeader) {
  const DelimiterCase cases[] = {
      {"comma", "a,b\n1,2\n", ','},
      {"semicolon with decimal commas", "name;price\nTea;2,50\nMilk;1,10\n", ';'},
      {"tab", "a\tb\n1,5\t2,5\n", '\t'},
      {"pipe", "a|b|c\n1|2|3\n", '|'},
      {"comma in a semicolon header", "id;name, first;x\n1;a;b\n2;c;d\n", ';'},
      {"semicolons in a comma file's text", "id,note\n1,a;b;c\n2,d;e;f\n", ','},
      {"delimiters inside quotes", "\"a,b,c\";\"d,e\"\n\"1,2,3\";4\n", ';'},
      {"line ends inside quotes", "a|b\n\"x\n,,,\n\"|2\n", '|'},
      {"header alone", "a;b;c", ';'},
      {"one column", "name\nTea\n", ','},
      {"one column with commas below", "name\nTea, green\nTea, black\n", ','},
      {"nothing", "", ','},
      {"empty lines first", "\n\r\n\na;b\n1;2\n", ';'},
      {"CR alone ends lines", "a;b\r1;2\r", ';'},
  };
  for (const DelimiterCase& c : cases) {
    EXPECT_EQ(DetectDelimiter(c.sample, /*is_whole=*/true), c.delimiter) << c.name;
  }
  // The record that the sample cuts does not count.
  EXPECT_EQ(DetectDelimiter("a;b\n1;2\n3,4,5,", /*is_whole=*/false), ';');
}

TEST(DelimiterOfSepLine, TakesOnlyWhatSpreadsheetsWrite) {
  EXPECT_EQ(DelimiterOfSepLine("sep=;"), ';');
  EXPECT_EQ(DelimiterOfSepLine("SEP=\t"), '\t');
  for (const char* line : {"", "sep=", "sep=;;", "sep=x", "sep=\"", "separator", ";sep=;"}) {
    EXPECT_EQ(DelimiterOfSepLine(line), '\0') << line;
  }
}

}  // namespace
}  // namespace regulars::csv
