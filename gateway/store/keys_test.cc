// Signing keys, passwords and the first administrator: a few columns each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"
#include "gateway/store/first_admin.h"
#include "gateway/store/passwords.h"
#include "gateway/store/schema.h"
#include "gateway/store/signing_keys.h"
#include "gateway/store/users.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::TempStore;

TEST(SigningKeysTest, InTheOrderInWhichTheySign) {
  TempStore store(GatewayMigrations());
  EXPECT_OK(store.Write([](Transaction& tx) -> absl::Status {
    ABSL_RETURN_IF_ERROR(signing_keys::Insert(tx, {"b", "pem b", tx.now() + absl::Hours(1)}));
    ABSL_RETURN_IF_ERROR(signing_keys::Insert(tx, {"a", "pem a", tx.now()}));
    ABSL_ASSIGN_OR_RETURN(auto keys, signing_keys::List(tx));
    EXPECT_EQ(keys.size(), 2);
    EXPECT_EQ(keys[0].id, "a");
    EXPECT_EQ(keys[0].private_pem, "pem a");
    EXPECT_EQ(keys[1].sign_time, tx.now() + absl::Hours(1));
    ABSL_RETURN_IF_ERROR(signing_keys::Delete(tx, "a"));
    ABSL_ASSIGN_OR_RETURN(keys, signing_keys::List(tx));
    EXPECT_EQ(keys.size(), 1);
    return absl::OkStatus();
  }));
}

TEST(PasswordStoreTest, SetAndReplaced) {
  TempStore store(GatewayMigrations());
  EXPECT_OK(store.Write([](Transaction& tx) -> absl::Status {
    ABSL_RETURN_IF_ERROR(users::Insert(tx, {.id = "a", .email = "a@b.c"}));
    ABSL_ASSIGN_OR_RETURN(auto found, passwords::Find(tx, "a"));
    EXPECT_EQ(found, std::nullopt);
    const StoredPassword once = {"h1", true, tx.now() + absl::Hours(1)};
    ABSL_RETURN_IF_ERROR(passwords::Set(tx, "a", once));
    ABSL_ASSIGN_OR_RETURN(found, passwords::Find(tx, "a"));
    EXPECT_EQ(found, once);
    ABSL_ASSIGN_OR_RETURN(auto user, users::Find(tx, "a"));
    EXPECT_TRUE(user->password_expired);
    ABSL_RETURN_IF_ERROR(passwords::Set(tx, "a", {.hash = "h2"}));
    ABSL_ASSIGN_OR_RETURN(found, passwords::Find(tx, "a"));
    EXPECT_EQ(found, StoredPassword{.hash = "h2"});
    ABSL_ASSIGN_OR_RETURN(user, users::Find(tx, "a"));
    EXPECT_FALSE(user->password_expired);
    return absl::OkStatus();
  }));
}

TEST(FirstAdminTest, UntilThePasswordIsReplacedOrTheUserGone) {
  TempStore store(GatewayMigrations());
  EXPECT_OK(store.Write([](Transaction& tx) -> absl::Status {
    ABSL_RETURN_IF_ERROR(users::Insert(tx, {.id = "a", .email = "a@b.c"}));
    ABSL_RETURN_IF_ERROR(users::Insert(tx, {.id = "b", .email = "b@b.c"}));
    ABSL_ASSIGN_OR_RETURN(auto found, first_admin::Find(tx));
    EXPECT_EQ(found, std::nullopt);
    ABSL_RETURN_IF_ERROR(first_admin::Set(tx, "a"));
    ABSL_ASSIGN_OR_RETURN(bool replaced, first_admin::PasswordReplaced(tx, "b"));
    EXPECT_FALSE(replaced);
    ABSL_ASSIGN_OR_RETURN(found, first_admin::Find(tx));
    EXPECT_EQ(found, "a");
    ABSL_ASSIGN_OR_RETURN(replaced, first_admin::PasswordReplaced(tx, "a"));
    EXPECT_TRUE(replaced);
    ABSL_ASSIGN_OR_RETURN(found, first_admin::Find(tx));
    EXPECT_EQ(found, std::nullopt);
    ABSL_RETURN_IF_ERROR(first_admin::Set(tx, "b"));
    ABSL_RETURN_IF_ERROR(users::Delete(tx, "b"));
    ABSL_ASSIGN_OR_RETURN(found, first_admin::Find(tx));
    EXPECT_EQ(found, std::nullopt);
    return absl::OkStatus();
  }));
}

}  // namespace
}  // namespace regulars::gateway
