#include "chassis/auth/caller.h"

#include <gtest/gtest.h>

namespace regulars::auth {
namespace {

struct ScopeCase {
  const char* name;
  std::vector<std::string> granted;
  const char* needed;
  bool covered;
};

TEST(HasScope, MatchesPartByPart) {
  const ScopeCase cases[] = {
      {"exact", {"stock.read"}, "stock.read", true},
      {"one of several", {"a.read", "stock.write"}, "stock.write", true},
      {"none", {}, "stock.read", false},
      {"other verb", {"stock.read"}, "stock.write", false},
      {"write is not read", {"stock.write"}, "stock.read", false},
      {"other service", {"stock.read"}, "price.read", false},
      {"any verb", {"stock.*"}, "stock.write", true},
      {"any verb of another", {"stock.*"}, "price.write", false},
      {"any service", {"*.read"}, "price.read", true},
      {"any service, other verb", {"*.read"}, "price.write", false},
      {"all", {"*.*"}, "price.write", true},
      {"beginning of a name", {"stock.rea"}, "stock.read", false},
      {"name beyond", {"stock.read"}, "stock.rea", false},
      {"the star alone is no scope", {"*"}, "stock.read", false},
      {"case counts", {"Stock.Read"}, "stock.read", false},
  };
  for (const ScopeCase& c : cases) {
    EXPECT_EQ(HasScope({.scopes = c.granted}, c.needed), c.covered) << c.name;
  }
}

TEST(IsScope, HasTwoParts) {
  for (const char* good : {"a.b", "stock.read", "*.read", "stock.*", "*.*", "a1_x.b_2"}) {
    EXPECT_TRUE(IsScope(good)) << good;
  }
  for (const char* bad :
       {"", ".", "*", "stock", "stock.", ".read", "stock.read.all", "Stock.read", "stock.re ad",
        "st*.read", "**.read", "1a.read", "_a.read", "stöck.read", "stock.read\n"}) {
    EXPECT_FALSE(IsScope(bad)) << bad;
  }
}

TEST(MaySee, AllWithoutLimitsAndExactNamesWithThem) {
  EXPECT_TRUE(MaySee({}, "stores/1"));
  const Caller limited = {.realms = {"stores/1", "brands/x"}};
  EXPECT_TRUE(MaySee(limited, "stores/1"));
  EXPECT_TRUE(MaySee(limited, "brands/x"));
  EXPECT_FALSE(MaySee(limited, "stores/12"));
  EXPECT_FALSE(MaySee(limited, "stores/"));
  EXPECT_FALSE(MaySee(limited, ""));
}

}  // namespace
}  // namespace regulars::auth
