#include "gateway/domain/scopes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "chassis/testing/status_matchers.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::HasReason;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::vector<std::string> kDeclared = {"access.admin", "customer.admin", "customer.read",
                                            "customer.write", "loyalty.read"};

TEST(ScopesTest, Patterns) {
  for (const char* good : {"customer.read", "customer.*", "*.read", "*.*", "a1_b.c_2"}) {
    EXPECT_TRUE(IsScopePattern(good)) << good;
  }
  for (const char* bad : {"", ".", "customer", "customer.", ".read", "Customer.read", "1a.read",
                          "customer.read.all", "cust*.read", "**.read", "customer read", "a.b\n"}) {
    EXPECT_FALSE(IsScopePattern(bad)) << bad;
  }
  EXPECT_TRUE(IsScopePattern(absl::StrCat(std::string(32, 'a'), ".", std::string(31, 'b'))));
  EXPECT_FALSE(IsScopePattern(absl::StrCat(std::string(32, 'a'), ".", std::string(32, 'b'))));
}

TEST(ScopesTest, Covers) {
  struct Row {
    const char* name;
    std::vector<std::string> patterns;
    const char* pattern;
    bool covered;
  };
  const Row rows[] = {
      {"itself", {"customer.read"}, "customer.read", true},
      {"one verb implies no other", {"customer.admin"}, "customer.read", false},
      {"any verb", {"customer.*"}, "customer.read", true},
      {"any service", {"*.read"}, "customer.read", true},
      {"everything", {"*.*"}, "customer.read", true},
      {"another service", {"loyalty.*"}, "customer.read", false},
      {"one of several", {"loyalty.*", "*.write"}, "customer.write", true},
      {"nothing", {}, "customer.read", false},
      {"a star needs a star", {"customer.read", "customer.write"}, "customer.*", false},
      {"a star by the same star", {"customer.*"}, "customer.*", true},
      {"a star by everything", {"*.*"}, "*.read", true},
      {"everything needs everything", {"*.read", "*.write", "customer.*"}, "*.*", false},
      {"the prefix of a name is another name", {"customer.rea"}, "customer.read", false},
  };
  for (const Row& row : rows) EXPECT_EQ(Covers(row.patterns, row.pattern), row.covered) << row.name;
}

TEST(ScopesTest, ResolvesToWhatIsDeclared) {
  EXPECT_THAT(Resolve({"*.read"}, kDeclared), ElementsAre("customer.read", "loyalty.read"));
  EXPECT_THAT(Resolve({"customer.*", "customer.read"}, kDeclared),
              ElementsAre("customer.admin", "customer.read", "customer.write"));
  EXPECT_EQ(Resolve({"*.*"}, kDeclared), kDeclared);
  EXPECT_THAT(Resolve({"campaign.read"}, kDeclared), IsEmpty());
  EXPECT_THAT(Resolve({}, kDeclared), IsEmpty());
}

TEST(ScopesTest, ListsOfRolesAndKeys) {
  struct Row {
    const char* name;
    std::vector<std::string> patterns;
    const char* field;  // "" if it is good.
  };
  const Row rows[] = {
      {"empty", {}, ""},
      {"declared", {"customer.read", "*.write"}, ""},
      {"a service not installed", {"campaign.send"}, ""},
      {"a verb that nobody has yet", {"*.export"}, ""},
      {"no pattern", {"customer.read", "customer"}, "role.scopes[1]"},
      {"a slip in the verb", {"customer.reed"}, "role.scopes[0]"},
  };
  for (const Row& row : rows) {
    const absl::Status status = CheckScopes("role.scopes", row.patterns, kDeclared);
    if (*row.field == '\0') {
      EXPECT_OK(status) << row.name;
    } else {
      EXPECT_THAT(status, HasReason("INVALID_SCOPE")) << row.name;
      EXPECT_EQ(GetErrorDetails(status).violations.at(0).field, row.field) << row.name;
    }
  }
  EXPECT_OK(CheckScopes("f", std::vector<std::string>(100, "a.b"), {}));
  EXPECT_THAT(CheckScopes("f", std::vector<std::string>(101, "a.b"), {}),
              HasReason("INVALID_SCOPE"));
}

}  // namespace
}  // namespace regulars::gateway
