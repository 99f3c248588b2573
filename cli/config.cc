#include "cli/config.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "cli/files.h"
#include "cli/json.h"

namespace regulars::cli {
namespace {

// By how much one change makes the file longer: a profile with its tokens.
constexpr size_t kGrowth = 8 << 10;

absl::Status Broken(absl::string_view path, absl::string_view why) {
  return FailedPrecondition("CONFIG_BROKEN", absl::StrCat(path, ": ", why));
}

Profile FromJson(const Json& json) {
  Profile profile{.server = Text(json, "server"),
                  .ca_file = Text(json, "caFile"),
                  .account = Text(json, "account"),
                  .access_token = Text(json, "accessToken"),
                  .refresh_token = Text(json, "refreshToken"),
                  .client_id = Text(json, "clientId"),
                  .client_secret = Text(json, "clientSecret")};
  if (!absl::ParseTime(absl::RFC3339_full, Text(json, "expireTime"), &profile.expire_time,
                       nullptr)) {
    profile.expire_time = absl::InfinitePast();
  }
  return profile;
}

Json ToJson(const Profile& profile) {
  Json json = Json::object();
  const auto put = [&json](const char* key, const std::string& value) {
    if (!value.empty()) json[key] = value;
  };
  put("server", profile.server);
  put("caFile", profile.ca_file);
  put("account", profile.account);
  put("accessToken", profile.access_token);
  if (profile.expire_time > absl::UnixEpoch()) {
    json["expireTime"] =
        absl::FormatTime(absl::RFC3339_full, profile.expire_time, absl::UTCTimeZone());
  }
  put("refreshToken", profile.refresh_token);
  put("clientId", profile.client_id);
  put("clientSecret", profile.client_secret);
  return json;
}

std::string WriteConfig(const Config& config) {
  Json json = {{"current", config.current}, {"profiles", Json::object()}};
  for (const auto& [name, profile] : config.profiles) json["profiles"][name] = ToJson(profile);
  return absl::StrCat(WriteIndented(json), "\n");
}

}  // namespace

void Profile::SignOut() {
  Profile bare;
  bare.server = server;
  bare.ca_file = ca_file;
  *this = bare;
}

absl::StatusOr<std::string> DefaultConfigPath(const GetEnv& getenv) {
  std::string folder = getenv("XDG_CONFIG_HOME");
  if (folder.empty()) {
    const std::string home = getenv("HOME");
    if (home.empty()) return Broken("~/.config", "neither HOME nor XDG_CONFIG_HOME is set");
    folder = absl::StrCat(home, "/.config");
  }
  return absl::StrCat(folder, "/regulars/config.json");
}

absl::StatusOr<Config> ConfigFile::Load() const {
  struct stat about = {};
  if (stat(path_.c_str(), &about) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return Config();
    return Broken(path_, std::strerror(errno));
  }
  if ((about.st_mode & 077) != 0) {
    return Broken(path_, "others can read it, and it holds tokens: chmod 600 it");
  }
  ABSL_ASSIGN_OR_RETURN(const std::string content, ReadSmallFile(path_));
  const absl::StatusOr<Json> json = ParseJson(content);
  if (!json.ok() || !json->is_object()) return Broken(path_, "is not JSON: mend or remove it");
  Config config;
  if (const std::string current = Text(*json, "current"); !current.empty()) {
    config.current = current;
  }
  if (const Json* profiles = Find(*json, "profiles"); profiles && profiles->is_object()) {
    for (const auto& [name, profile] : profiles->items()) config.profiles[name] = FromJson(profile);
  }
  return config;
}

absl::Status ConfigFile::Change(const std::function<absl::Status(Config&)>& change) const {
  const std::filesystem::path folder = std::filesystem::path(path_).parent_path();
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return Broken(folder.string(), error.message());
  const std::string lock = absl::StrCat(path_, ".lock");
  const int descriptor = open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return Broken(lock, std::strerror(errno));
  const auto unlock = absl::MakeCleanup([descriptor] { close(descriptor); });
  while (flock(descriptor, LOCK_EX) != 0) {
    if (errno != EINTR) return Broken(lock, std::strerror(errno));
  }
  ABSL_ASSIGN_OR_RETURN(Config config, Load());
  ABSL_ASSIGN_OR_RETURN(const auto room,
                        PrivateFileRoom::Make(path_, WriteConfig(config).size() + kGrowth));
  ABSL_RETURN_IF_ERROR(change(config));
  return room->Write(WriteConfig(config));
}

}  // namespace regulars::cli
