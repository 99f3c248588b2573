// What is not UTF-8 is refused where it comes in, and is never sent as something else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "chassis/testing/status_matchers.h"
#include "cli/error_text.h"
#include "cli/testing/fake_world.h"

namespace regulars::cli {
namespace {

using regulars::testing::HasReason;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kLatin1[] = "J\xf6rg";  // "Jörg" in ISO 8859-1.

struct ArgumentCase {
  const char* name;
  std::vector<std::string> arguments;
  const char* says;
};

class ArgumentTest : public ::testing::TestWithParam<ArgumentCase> {};

TEST_P(ArgumentTest, IsRefusedByName) {
  FakeWorld world;
  world.SignIn();
  EXPECT_EQ(world.Run(GetParam().arguments), kUsage);
  EXPECT_THAT(world.err(), HasSubstr(GetParam().says));
  EXPECT_EQ(world.out(), "");
  EXPECT_THAT(world.server.seen, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Cases, ArgumentTest,
    ::testing::Values(
        ArgumentCase{"one_of_several",
                     {"customer", "create", "--external-id", "erp=1", "--external-id",
                      absl::StrCat("shop=", kLatin1)},
                     "--external-id: \"shop=J\ufffdrg\" is not UTF-8"},
        ArgumentCase{
            "text", {"customer", "create", "--name", "\xff"}, "--name: \"\ufffd\" is not UTF-8"},
        ArgumentCase{"word", {"customer", "get", kLatin1}, "CUSTOMER: \"J\ufffdrg\" is not UTF-8"},
        ArgumentCase{"words", {"customer", "search", "Ann", kLatin1}, "WORD: \"J\ufffdrg\""},
        ArgumentCase{
            "of_every_command", {"--profile", kLatin1, "whoami"}, "--profile: \"J\ufffdrg\""},
        ArgumentCase{
            "json", {"customer", "create", "--name", kLatin1, "--json"}, R"("reason":"USAGE")"},
        // Surrogates have no UTF-8 (Unicode table 3-7).
        ArgumentCase{"surrogate", {"customer", "create", "--name", "\xed\xa0\x80"}, "--name: "}),
    [](const auto& info) { return info.param.name; });

class FileTest : public ::testing::Test {
 protected:
  FileTest() {
    world_.SignIn();
    std::ofstream(file_) << kLatin1 << '\n';
  }

  FakeWorld world_;
  const std::string file_ = world_.folder.File("latin1");
};

TEST_F(FileTest, IsRefused) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"template", "create", "hello", "--subject", "x", "--text", file_},
        {"call", "POST", "/x", "--data", "@" + file_},
        {"sign-in", "--email", "ada@example.com", "--password-file", file_},
        {"sign-in", "--client-id", "k", "--client-secret-file", file_}}) {
    EXPECT_EQ(world_.Run(arguments), kUsage);
    EXPECT_THAT(world_.err(), AllOf(HasSubstr(file_), HasSubstr("is not UTF-8")));
  }
  EXPECT_THAT(world_.server.seen, IsEmpty());
}

TEST_F(FileTest, WhatIsTypedIsNotSentAsSomethingElse) {
  world_.typed = {kLatin1};
  EXPECT_EQ(world_.Run({"sign-in", "--email", "ada@example.com"}), kUsage);
  EXPECT_THAT(world_.err(), HasSubstr("is not UTF-8"));
  EXPECT_THAT(world_.server.seen, IsEmpty());
}

TEST(WriteExactly, KeepsEveryTextOrRefuses) {
  EXPECT_THAT(WriteExactly({{"a", "J\xc3\xb6rg"}}),
              regulars::testing::IsOkAndHolds("{\"a\":\"J\xc3\xb6rg\"}"));
  EXPECT_THAT(WriteExactly({{"a", {{"b", kLatin1}}}}), HasReason("USAGE"));
}

}  // namespace
}  // namespace regulars::cli
