#include "gateway/store/users.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"
#include "gateway/store/passwords.h"
#include "gateway/store/schema.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::regulars::testing::TempStore;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class UsersTest : public ::testing::Test {
 protected:
  User Make(const std::string& id, const std::string& email, std::vector<std::string> roles = {},
            std::vector<std::string> stores = {}, bool with_password = false) {
    const User user = {.id = id,
                       .email = email,
                       .display_name = "Name of " + id,
                       .roles = std::move(roles),
                       .stores = std::move(stores),
                       .version = 1,
                       .create_time = store_.clock().Now(),
                       .update_time = store_.clock().Now()};
    EXPECT_OK(store_.Write([&](Transaction& tx) -> absl::Status {
      ABSL_RETURN_IF_ERROR(users::Insert(tx, user));
      return with_password ? passwords::Set(tx, id, {.hash = "h"}) : absl::OkStatus();
    }));
    return user;
  }

  template <typename F>
  auto Read(F read) {
    using Result = decltype(read(std::declval<Snapshot&>()));
    Result result = absl::UnknownError("not read");
    EXPECT_OK(store_.Read([&](Snapshot& db) {
      result = read(db);
      return absl::OkStatus();
    }));
    return result;
  }

  std::vector<std::string> Ids(const std::string& filter, std::vector<std::string> within = {},
                               const std::string& after = "", int64_t limit = 100) {
    const auto found = Read([&](Snapshot& db) -> absl::StatusOr<std::vector<User>> {
      ABSL_ASSIGN_OR_RETURN(auto expression, users::CompileFilter(filter));
      return users::List(db, {after, limit, expression, within});
    });
    EXPECT_OK(found);
    std::vector<std::string> ids;
    for (const User& user : found.value_or(std::vector<User>())) ids.push_back(user.id);
    return ids;
  }

  TempStore store_{GatewayMigrations()};
};

TEST_F(UsersTest, AUserComesBackAsItWas) {
  const User anna = Make("a", "Anna@Example.com", {"admin", "x"}, {"s1", "s2"});
  const auto by_id = Read([](Snapshot& db) { return users::Find(db, "a"); });
  ASSERT_OK(by_id);
  EXPECT_EQ(*by_id, anna);
  const auto by_email =
      Read([](Snapshot& db) { return users::FindByEmail(db, "anna@example.com"); });
  ASSERT_OK(by_email);
  EXPECT_EQ(*by_email, anna);
  const auto missing = Read([](Snapshot& db) { return users::Find(db, "b"); });
  ASSERT_OK(missing);
  EXPECT_EQ(*missing, std::nullopt);
}

TEST_F(UsersTest, AnAddressHasOneUser) {
  Make("a", "Anna@Example.com");
  EXPECT_THAT(store_.Write([](Transaction& tx) {
    return users::Insert(tx, {.id = "b", .email = "anna@example.COM"});
  }),
              StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(Read([](Snapshot& db) { return users::EmailTaken(db, "anna@example.com", "b"); }),
              ::regulars::testing::IsOkAndHolds(true));
  EXPECT_THAT(Read([](Snapshot& db) { return users::EmailTaken(db, "anna@example.com", "a"); }),
              ::regulars::testing::IsOkAndHolds(false));
}

TEST_F(UsersTest, UpdatesReplaceEverything) {
  User user = Make("a", "a@b.c", {"x"}, {"s1"});
  user.email = "new@b.c";
  user.roles = {"y", "z"};
  user.stores = {};
  user.disabled = true;
  user.version = 2;
  EXPECT_OK(store_.Write([&](Transaction& tx) { return users::Update(tx, user); }));
  EXPECT_EQ(*Read([](Snapshot& db) { return users::Find(db, "a"); }).value(), user);
}

TEST_F(UsersTest, NothingOfADeletedUserStays) {
  Make("a", "a@b.c", {"x"}, {"s1"}, true);
  EXPECT_OK(store_.Write([](Transaction& tx) { return users::Delete(tx, "a"); }));
  for (const char* table : {"user_account", "user_role", "user_password", "principal_store"}) {
    const auto count = Read([&](Snapshot& db) {
      return db.Sql(absl::StrCat("SELECT COUNT(*) FROM ", table)).First<int64_t>();
    });
    EXPECT_EQ(**count, 0) << table;
  }
}

TEST_F(UsersTest, AdminsAreThoseWhoCanActEverywhere) {
  const auto count = [&] { return Read(users::CountAdmins).value(); };
  Make("a", "a@b.c", {"admin"}, {}, true);
  EXPECT_EQ(count(), 1);
  Make("b", "b@b.c", {"admin"}, {});
  EXPECT_EQ(count(), 1) << "without a password";
  Make("c", "c@b.c", {"admin"}, {"s1"}, true);
  EXPECT_EQ(count(), 1) << "limited to a store";
  Make("d", "d@b.c", {"marketer"}, {}, true);
  EXPECT_EQ(count(), 1) << "another role";
  User e = Make("e", "e@b.c", {"admin", "marketer"}, {}, true);
  EXPECT_EQ(count(), 2);
  e.disabled = true;
  EXPECT_OK(store_.Write([&](Transaction& tx) { return users::Update(tx, e); }));
  EXPECT_EQ(count(), 1) << "disabled";
}

TEST_F(UsersTest, ListsByIdWithFilterAndStores) {
  EXPECT_THAT(Ids(""), IsEmpty());
  Make("a", "Anna@Example.com", {"admin"});
  Make("b", "bob@example.com", {"marketer", "x"}, {"s1"});
  Make("c", "carl@other.org", {"marketer"}, {"s1", "s2"});
  EXPECT_THAT(Ids(""), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Ids("", {}, "a", 1), ElementsAre("b"));
  EXPECT_THAT(Ids("email = \"ANNA@example.com\""), ElementsAre("a"));
  EXPECT_THAT(Ids("email = \"*@example.com\""), ElementsAre("a", "b"));
  EXPECT_THAT(Ids("roles:\"roles/marketer\""), ElementsAre("b", "c"));
  EXPECT_THAT(Ids("roles:\"roles/marketer\" AND NOT roles:\"roles/x\""), ElementsAre("c"));
  EXPECT_THAT(Ids("disabled = true"), IsEmpty());
  EXPECT_THAT(Ids("display_name = \"Name of b\""), ElementsAre("b"));
  EXPECT_THAT(Ids("", {"s1"}), ElementsAre("b"));
  EXPECT_THAT(Ids("", {"s1", "s2"}), ElementsAre("b", "c"));
  EXPECT_THAT(Ids("email = \"*other.org\" OR disabled = true", {"s1", "s2", "s3"}),
              ElementsAre("c"));
  EXPECT_THAT(Ids("", {"s3"}), IsEmpty());
}

TEST_F(UsersTest, BadFiltersSayWhere) {
  const absl::Status status = users::CompileFilter("email = x AND colour = red").status();
  EXPECT_THAT(status, HasReason("INVALID_FILTER"));
  std::map<std::string, std::string> metadata;
  for (const auto& [key, value] : GetErrorDetails(status).metadata) metadata[key] = value;
  EXPECT_EQ(metadata["position"], "15");
  EXPECT_EQ(metadata["cause"], "UNKNOWN_FIELD");
  EXPECT_THAT(users::CompileFilter("email = ").status(), HasReason("INVALID_FILTER"));
  EXPECT_THAT(users::CompileFilter("disabled = maybe").status(), HasReason("INVALID_FILTER"));
}

}  // namespace
}  // namespace regulars::gateway
