#include "gateway/store/sessions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"
#include "gateway/domain/passwords.h"
#include "gateway/store/schema.h"
#include "gateway/store/users.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::TempStore;

class SessionsTest : public ::testing::Test {
 protected:
  SessionsTest() {
    EXPECT_OK(store_.Write([](Transaction& tx) -> absl::Status {
      ABSL_RETURN_IF_ERROR(users::Insert(tx, {.id = "a", .email = "a@b.c"}));
      return users::Insert(tx, {.id = "b", .email = "b@b.c"});
    }));
  }

  absl::Status Open(const std::string& user, const std::string& family, absl::Duration life) {
    return store_.Write([&](Transaction& tx) {
      return sessions::Insert(tx, {.id = tx.NewId(),
                                   .user_id = user,
                                   .family_hash = family,
                                   .token_hash = "t",
                                   .create_time = tx.now(),
                                   .expire_time = tx.now() + life});
    });
  }
  bool There(const std::string& family) {
    bool there = false;
    EXPECT_OK(store_.Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const auto found, sessions::Find(db, family));
      there = found.has_value();
      return absl::OkStatus();
    }));
    return there;
  }

  TempStore store_{GatewayMigrations()};
};

TEST_F(SessionsTest, RotatesAndEnds) {
  const std::string family("f\0\xff", 3);
  ASSERT_OK(Open("a", family, absl::Hours(1)));
  EXPECT_OK(store_.Write([&](Transaction& tx) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(auto session, sessions::Find(tx, family));
    EXPECT_EQ(session->user_id, "a");
    EXPECT_EQ(session->token_hash, "t");
    ABSL_RETURN_IF_ERROR(sessions::Rotate(tx, session->id, "u", tx.now() + absl::Hours(2)));
    ABSL_ASSIGN_OR_RETURN(session, sessions::Find(tx, family));
    EXPECT_EQ(session->token_hash, "u");
    EXPECT_EQ(session->expire_time, tx.now() + absl::Hours(2));
    return sessions::End(tx, session->id);
  }));
  EXPECT_FALSE(There(family));
}

TEST_F(SessionsTest, TheOldestEndWhenThereAreTooMany) {
  for (size_t i = 0; i < kMaxSessionsPerUser + 3; ++i) {
    store_.clock().Advance(absl::Seconds(1));
    ASSERT_OK(Open("a", absl::StrCat("a", i), absl::Hours(1)));
  }
  ASSERT_OK(Open("b", "b", absl::Hours(1)));
  for (size_t i = 0; i < kMaxSessionsPerUser + 3; ++i) {
    EXPECT_EQ(There(absl::StrCat("a", i)), i >= 3) << i;
  }
  EXPECT_TRUE(There("b"));
}

TEST_F(SessionsTest, AllOfOneUserEnd) {
  ASSERT_OK(Open("a", "a1", absl::Hours(1)));
  ASSERT_OK(Open("a", "a2", absl::Hours(1)));
  ASSERT_OK(Open("b", "b1", absl::Hours(1)));
  EXPECT_OK(store_.Write([](Transaction& tx) { return sessions::EndAllOf(tx, "a"); }));
  EXPECT_FALSE(There("a1") || There("a2"));
  EXPECT_TRUE(There("b1"));
}

TEST_F(SessionsTest, ExpiredOnesAreForgottenAFewAtATime) {
  for (int i = 0; i < 5; ++i) ASSERT_OK(Open("a", absl::StrCat("a", i), absl::Hours(1)));
  ASSERT_OK(Open("b", "b", absl::Hours(2)));
  store_.clock().Advance(absl::Hours(1));
  const auto left = [&] {
    int count = There("b");
    for (int i = 0; i < 5; ++i) count += There(absl::StrCat("a", i));
    return count;
  };
  EXPECT_OK(store_.Write([](Transaction& tx) { return sessions::ForgetExpired(tx, 3); }));
  EXPECT_EQ(left(), 3);
  EXPECT_OK(store_.Write([](Transaction& tx) { return sessions::ForgetExpired(tx, 3); }));
  EXPECT_EQ(left(), 1);
}

}  // namespace
}  // namespace regulars::gateway
