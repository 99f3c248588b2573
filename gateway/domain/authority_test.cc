#include "gateway/domain/authority.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::HasReason;

TEST(AuthorityTest, NobodyHandsOnMoreThanTheyHave) {
  struct Row {
    const char* name;
    Authority granter;
    Authority granted;
    bool allowed;
  };
  const Row rows[] = {
      {"all to all", {{"*.*"}, {}}, {{"*.*"}, {}}, true},
      {"a part", {{"customer.*"}, {}}, {{"customer.read"}, {}}, true},
      {"nothing", {{}, {}}, {{}, {}}, true},
      {"another scope", {{"customer.read"}, {}}, {{"customer.write"}, {}}, false},
      {"one of two", {{"customer.read"}, {}}, {{"customer.read", "access.admin"}, {}}, false},
      {"future verbs", {{"customer.read"}, {}}, {{"customer.*"}, {}}, false},
      {"into a store", {{"a.b"}, {}}, {{"a.b"}, {"s1"}}, true},
      {"the same store", {{"a.b"}, {"s1", "s2"}}, {{"a.b"}, {"s2"}}, true},
      {"another store", {{"a.b"}, {"s1"}}, {{"a.b"}, {"s2"}}, false},
      {"a store more", {{"a.b"}, {"s1"}}, {{"a.b"}, {"s1", "s2"}}, false},
      {"out of the store", {{"a.b"}, {"s1"}}, {{"a.b"}, {}}, false},
  };
  for (const Row& row : rows) {
    const absl::Status status = CheckGrant(row.granter, row.granted);
    if (row.allowed) {
      EXPECT_OK(status) << row.name;
    } else {
      EXPECT_THAT(status, HasReason("GRANT_TOO_WIDE")) << row.name;
    }
  }
}

TEST(AuthorityTest, ATokenAndItsOwnerAreWhatTheyHaveInCommon) {
  const std::vector<std::string> declared = {"access.admin", "customer.read", "customer.write"};
  struct Row {
    const char* name;
    Authority own;
    Authority token;
    Authority now;
  };
  const Row rows[] = {
      {"a whole token keeps the patterns",
       {{"*.*"}, {}},
       {{"access.admin", "customer.read", "customer.write"}, {}},
       {{"*.*"}, {}}},
      {"a narrowed token is only what it says",
       {{"*.*"}, {}},
       {{"access.admin"}, {}},
       {{"access.admin"}, {}}},
      {"what was lost is lost at once",
       {{"customer.read"}, {}},
       {{"access.admin", "customer.read"}, {}},
       {{"customer.read"}, {}}},
      {"what was won waits for the next token",
       {{"access.admin", "customer.read"}, {}},
       {{"customer.read"}, {}},
       {{"customer.read"}, {}}},
      {"lost and won", {{"customer.write"}, {}}, {{"access.admin"}, {}}, {{}, {}}},
      {"the owner's stores", {{"*.*"}, {"s1"}}, {{"*.*"}, {}}, {{"*.*"}, {"s1"}}},
      {"the token's stores", {{"*.*"}, {}}, {{"*.*"}, {"s1"}}, {{"*.*"}, {"s1"}}},
      {"stores of both", {{"*.*"}, {"s1", "s2"}}, {{"*.*"}, {"s3", "s2"}}, {{"*.*"}, {"s2"}}},
  };
  for (const Row& row : rows) {
    ASSERT_OK_AND_ASSIGN(const Authority now, Narrow(row.own, row.token, declared));
    EXPECT_EQ(now, row.now) << row.name;
  }
  EXPECT_THAT(Narrow({{"*.*"}, {"s1"}}, {{"*.*"}, {"s2"}}, declared),
              HasReason("STORE_NOT_ALLOWED"))
      << "no store in common must not become all stores";
}

}  // namespace
}  // namespace regulars::gateway
