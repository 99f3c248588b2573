// What only checks says so, as what it prints looks like the real thing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "cli/error_text.h"
#include "cli/testing/fake_world.h"

namespace regulars::cli {
namespace {

using ::testing::HasSubstr;

struct Case {
  const char* name;
  std::vector<std::string> command;
  const char* call;
};

class ValidateOnlyTest : public ::testing::TestWithParam<Case> {};

TEST_P(ValidateOnlyTest, SaysThatNothingWasStored) {
  FakeWorld world;
  world.SignIn();
  const std::string file = world.folder.File("body.json");
  std::ofstream(file) << R"({"source":"shop"})";
  world.server.Answer(absl::StrCat("POST /api/customer/v1/", GetParam().call), "{}");
  std::vector<std::string> arguments = GetParam().command;
  arguments.insert(arguments.end(), {"--file", file});
  EXPECT_EQ(world.Run(arguments), kOk);
  EXPECT_EQ(world.err().find("nothing was stored"), std::string::npos);
  for (const char* more : {"--validate-only", "--json"}) {
    arguments.emplace_back(more);
    EXPECT_EQ(world.Run(arguments), kOk);
    EXPECT_THAT(world.err(), HasSubstr("nothing was stored\n"));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, ValidateOnlyTest,
    ::testing::Values(Case{"customer", {"customer", "create"}, "customers"},
                      Case{"order", {"order", "create"}, "orders"},
                      Case{"upsert", {"order", "create", "--upsert"}, "orders:upsert"},
                      Case{"event", {"event", "send"}, "events:ingest"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace regulars::cli
