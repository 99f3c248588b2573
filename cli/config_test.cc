#include "cli/config.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_dir.h"

namespace regulars::cli {
namespace {

using regulars::testing::HasReason;
using regulars::testing::TempDir;

GetEnv Env(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const char* name) {
    const auto found = values.find(name);
    return found == values.end() ? std::string() : found->second;
  };
}

TEST(DefaultConfigPath, FollowsXdg) {
  EXPECT_THAT(DefaultConfigPath(Env({{"HOME", "/home/ada"}})),
              regulars::testing::IsOkAndHolds("/home/ada/.config/regulars/config.json"));
  EXPECT_THAT(DefaultConfigPath(Env({{"HOME", "/home/ada"}, {"XDG_CONFIG_HOME", "/x"}})),
              regulars::testing::IsOkAndHolds("/x/regulars/config.json"));
  EXPECT_THAT(DefaultConfigPath(Env({})), HasReason("CONFIG_BROKEN"));
}

TEST(ConfigFile, RemembersProfiles) {
  TempDir folder;
  const ConfigFile file(folder.File("a/b/config.json"));
  ASSERT_OK_AND_ASSIGN(const Config empty, file.Load());
  EXPECT_EQ(empty.current, "default");
  EXPECT_TRUE(empty.profiles.empty());

  const absl::Time end = absl::FromUnixSeconds(1'774'958'709);
  ASSERT_OK(file.Change([&](Config& config) {
    config.current = "shop";
    config.profiles["shop"] = {.server = "https://a",
                               .ca_file = "/ca.pem",
                               .account = "ada",
                               .access_token = "t",
                               .expire_time = end,
                               .refresh_token = "r"};
    config.profiles["till"] = {.server = "https://b", .client_id = "c", .client_secret = "s"};
    return absl::OkStatus();
  }));
  ASSERT_OK_AND_ASSIGN(const Config config, file.Load());
  EXPECT_EQ(config.current, "shop");
  ASSERT_EQ(config.profiles.size(), 2u);
  const Profile& shop = config.profiles.at("shop");
  EXPECT_EQ(shop.server, "https://a");
  EXPECT_EQ(shop.ca_file, "/ca.pem");
  EXPECT_EQ(shop.account, "ada");
  EXPECT_EQ(shop.access_token, "t");
  EXPECT_EQ(shop.expire_time, end);
  EXPECT_EQ(shop.refresh_token, "r");
  EXPECT_EQ(config.profiles.at("till").client_id, "c");
  EXPECT_EQ(config.profiles.at("till").client_secret, "s");
}

TEST(ConfigFile, IsItsOwnersAlone) {
  TempDir folder;
  const ConfigFile file(folder.File("config.json"));
  ASSERT_OK(file.Change([](Config&) { return absl::OkStatus(); }));
  struct stat about = {};
  ASSERT_EQ(stat(file.path().c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  ASSERT_EQ(chmod(file.path().c_str(), 0640), 0);
  EXPECT_THAT(file.Load(), HasReason("CONFIG_BROKEN"));
}

TEST(ConfigFile, AFailedChangeLeavesItAsItWas) {
  TempDir folder;
  const ConfigFile file(folder.File("config.json"));
  ASSERT_OK(file.Change([](Config& config) {
    config.current = "kept";
    return absl::OkStatus();
  }));
  EXPECT_THAT(file.Change([](Config& config) {
    config.current = "lost";
    return InvalidArgument("NO", "no");
  }),
              HasReason("NO"));
  ASSERT_OK_AND_ASSIGN(const Config config, file.Load());
  EXPECT_EQ(config.current, "kept");
}

TEST(ConfigFile, RefusesWhatItCannotRead) {
  TempDir folder;
  const ConfigFile file(folder.File("config.json"));
  for (const char* content : {"", "{", "[]", "\"x\"", "\xff"}) {
    std::ofstream(file.path()) << content;
    std::filesystem::permissions(file.path(), std::filesystem::perms::owner_all);
    EXPECT_THAT(file.Load(), HasReason("CONFIG_BROKEN")) << content;
  }
  std::ofstream(file.path()) << R"({"profiles": {"a": 5, "b": {"server": 7}}, "current": null})";
  ASSERT_OK_AND_ASSIGN(const Config odd, file.Load());
  EXPECT_EQ(odd.current, "default");
}

TEST(ConfigFile, ChangesOfSeveralAtOnceAllCount) {
  TempDir folder;
  const std::string path = folder.File("config.json");
  constexpr int kThreads = 8;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&path, i] {
      EXPECT_OK(ConfigFile(path).Change([i](Config& config) {
        config.profiles[std::to_string(i)].server = "https://a";
        return absl::OkStatus();
      }));
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_OK_AND_ASSIGN(const Config config, ConfigFile(path).Load());
  EXPECT_EQ(config.profiles.size(), size_t{kThreads});
}

}  // namespace
}  // namespace regulars::cli
