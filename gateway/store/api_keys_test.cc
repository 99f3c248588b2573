#include "gateway/store/api_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"
#include "gateway/store/schema.h"

namespace regulars::gateway {
namespace {

using ::regulars::testing::TempStore;
using ::testing::ElementsAre;

TEST(ApiKeysTest, AKeyComesBackAsItWas) {
  TempStore store(GatewayMigrations());
  EXPECT_OK(store.Write([](Transaction& tx) -> absl::Status {
    ApiKey key = {.id = "k1",
                  .display_name = "ERP",
                  .scopes = {"customer.*", "feed.read"},
                  .stores = {"s1"},
                  .version = 3,
                  .create_time = tx.now(),
                  .update_time = tx.now()};
    ABSL_RETURN_IF_ERROR(api_keys::Insert(tx, key));
    // Any 32 bytes, NUL and 0xFF among them.
    const ApiKeySecret secret = {.id = "x1",
                                 .hint = "abcd",
                                 .hash = std::string("\0\xff", 2) + std::string(30, 'h'),
                                 .create_time = tx.now()};
    ABSL_RETURN_IF_ERROR(api_keys::AddSecret(tx, "k1", secret));
    key.secrets = {secret};
    ABSL_ASSIGN_OR_RETURN(auto found, api_keys::Find(tx, "k1"));
    EXPECT_EQ(*found, key);
    ABSL_RETURN_IF_ERROR(api_keys::SecretUsed(tx, "x1"));
    key.secrets[0].last_used_time = tx.now();
    key.scopes = {"a.b"};
    key.stores = {"s2", "s3"};
    key.disabled = true;
    ABSL_RETURN_IF_ERROR(api_keys::Update(tx, key));
    ABSL_ASSIGN_OR_RETURN(found, api_keys::Find(tx, "k1"));
    EXPECT_EQ(*found, key);
    ABSL_RETURN_IF_ERROR(api_keys::DeleteSecret(tx, "x1"));
    ABSL_ASSIGN_OR_RETURN(found, api_keys::Find(tx, "k1"));
    EXPECT_TRUE(found->secrets.empty());
    return absl::OkStatus();
  }));
}

TEST(ApiKeysTest, DeletedWithItsSecretsAndStores) {
  TempStore store(GatewayMigrations());
  EXPECT_OK(store.Write([](Transaction& tx) -> absl::Status {
    ABSL_RETURN_IF_ERROR(api_keys::Insert(tx, {.id = "k1", .stores = {"s1"}}));
    ABSL_RETURN_IF_ERROR(api_keys::AddSecret(tx, "k1", {.id = "x1", .hash = "h"}));
    ABSL_RETURN_IF_ERROR(api_keys::Delete(tx, "k1"));
    for (const char* table : {"api_key", "api_key_secret", "principal_store"}) {
      ABSL_ASSIGN_OR_RETURN(const auto count,
                            tx.Sql(absl::StrCat("SELECT COUNT(*) FROM ", table)).First<int64_t>());
      EXPECT_EQ(*count, 0) << table;
    }
    return absl::OkStatus();
  }));
}

TEST(ApiKeysTest, ListsByIdAndStores) {
  TempStore store(GatewayMigrations());
  EXPECT_OK(store.Write([](Transaction& tx) -> absl::Status {
    ABSL_RETURN_IF_ERROR(api_keys::Insert(tx, {.id = "a"}));
    ABSL_RETURN_IF_ERROR(api_keys::Insert(tx, {.id = "b", .stores = {"s1"}}));
    ABSL_RETURN_IF_ERROR(api_keys::Insert(tx, {.id = "c", .stores = {"s1", "s2"}}));
    const auto ids = [&](const char* after, std::vector<std::string> within, int64_t limit) {
      std::vector<std::string> found;
      const auto page = api_keys::List(tx, after, within, limit);
      EXPECT_OK(page);
      for (const ApiKey& key : *page) found.push_back(key.id);
      return found;
    };
    EXPECT_THAT(ids("", {}, 10), ElementsAre("a", "b", "c"));
    EXPECT_THAT(ids("a", {}, 1), ElementsAre("b"));
    EXPECT_THAT(ids("", {"s1"}, 10), ElementsAre("b"));
    EXPECT_THAT(ids("", {"s2", "s1"}, 10), ElementsAre("b", "c"));
    return absl::OkStatus();
  }));
}

}  // namespace
}  // namespace regulars::gateway
