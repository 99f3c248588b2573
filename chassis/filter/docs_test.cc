// docs/reference/filters.md is held to its word: the fields of its first table become a schema,
// each of its filters must compile, and each of its wrong ones must get the error that it shows.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "chassis/filter/check.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::filter {
namespace {

using Row = std::vector<std::string>;

struct Page {
  // By the first cell of their heading, without the rule below it.
  std::map<std::string, std::vector<Row>> tables;
  std::vector<std::string> blocks;  // Fenced as ```filter.
};

Page ReadPage() {
  std::ifstream file(FILTER_DOCS);
  std::stringstream all;
  all << file.rdbuf();
  Page page;
  std::string table, block;
  bool in_block = false;
  for (const absl::string_view line : absl::StrSplit(all.str(), '\n')) {
    if (in_block || line == "```filter") {
      if (in_block && line == "```") page.blocks.push_back(std::exchange(block, ""));
      if (in_block && line != "```") absl::StrAppend(&block, line, "\n");
      in_block = line != "```";
      continue;
    }
    if (!absl::StartsWith(line, "|")) {
      table.clear();
      continue;
    }
    Row row = absl::StrSplit(line.substr(1, line.size() - 2), '|');
    for (std::string& cell : row) cell = std::string(absl::StripAsciiWhitespace(cell));
    if (table.empty()) {
      table = row[0].empty() ? "(none)" : row[0];
    } else if (!absl::StartsWith(row[0], "---")) {
      page.tables[table].push_back(row);
    }
  }
  return page;
}

std::string Unquoted(absl::string_view cell) {
  return std::string(absl::StripSuffix(absl::StripPrefix(cell, "`"), "`"));
}

// "one of `A`, `B`" and the plain words that the table uses.
Field FieldOfType(std::string name, absl::string_view type) {
  Field field{.name = std::move(name)};
  if (absl::StartsWith(type, "text, case ignored")) {
    field.fold = [](absl::string_view text) { return absl::AsciiStrToLower(text); };
  } else if (absl::ConsumePrefix(&type, "one of ")) {
    field.type = Type::kEnum;
    for (const absl::string_view part : absl::StrSplit(type, ", ")) {
      field.enum_values.push_back({Unquoted(part), Unquoted(part)});
    }
  } else {
    static const std::map<std::string, Type, std::less<>> kTypes = {
        {"text", Type::kText},
        {"whole number", Type::kInt64},
        {"number", Type::kMicros},
        {"true or false", Type::kBool},
        {"time", Type::kTime},
        {"length of time", Type::kDuration},
        {"list of texts", Type::kTextList},
    };
    field.type = kTypes.at(std::string(type));
  }
  return field;
}

Schema SchemaOf(const Page& page) {
  Schema schema;
  std::map<std::string, std::map<std::string, Field, std::less<>>> maps;
  std::map<std::string, WindowCall> calls;
  for (const Row& row : page.tables.at("field")) {
    const std::string written = Unquoted(row[0]);
    const std::vector<std::string> parts = absl::StrSplit(written, absl::MaxSplits('.', 1));
    if (parts.size() == 1) {
      schema.Add(FieldOfType(written, row[1]));
    } else if (const size_t call = parts[0].find('('); call != std::string::npos) {
      const std::string name = parts[0].substr(0, call);
      calls[name].name = name;
      calls[name].fields.push_back(FieldOfType(parts[1], row[1]));
    } else {
      maps[parts[0]].emplace(parts[1], FieldOfType(parts[1], row[1]));
    }
  }
  for (const auto& [name, fields] : maps) {
    std::vector<std::string> keys;
    for (const auto& [key, field] : fields) keys.push_back(key);
    schema.Add(MapField{.name = name,
                        .resolve =
                            [fields = fields](absl::string_view key) {
                              const auto found = fields.find(key);
                              return found == fields.end() ? std::nullopt
                                                           : std::optional<Field>(found->second);
                            },
                        .keys = [keys] { return keys; }});
  }
  for (auto& [name, call] : calls) schema.Add(std::move(call));
  return schema;
}

TEST(Docs, EveryFilterCompiles) {
  const Page page = ReadPage();
  ASSERT_TRUE(page.tables.count("field"));
  const Schema schema = SchemaOf(page);
  EXPECT_EQ(page.blocks.size(), 2);
  for (const std::string& block : page.blocks) EXPECT_OK(Compile(block, schema)) << block;
  const std::vector<Row>& rows = page.tables.at("filter");
  EXPECT_GT(rows.size(), 40);
  for (const Row& row : rows) EXPECT_OK(Compile(Unquoted(row[0]), schema)) << row[0];
}

TEST(Docs, EveryMistakeGetsTheErrorShown) {
  const Page page = ReadPage();
  const Schema schema = SchemaOf(page);
  const std::vector<Row>& rows = page.tables.at("wrong filter");
  EXPECT_GT(rows.size(), 15);
  for (const Row& row : rows) {
    ASSERT_EQ(row.size(), 3);
    const absl::Status status = Compile(Unquoted(row[0]), schema).status();
    EXPECT_THAT(status, ::regulars::testing::HasReason(row[2])) << row[0];
    EXPECT_EQ(std::string(status.message()), absl::StrCat("filter ", Unquoted(row[1]))) << row[0];
  }
}

}  // namespace
}  // namespace regulars::filter
