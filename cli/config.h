// What regularsctl remembers between calls: profiles, each a server and who is signed in there. One
// JSON file that only its owner can read, since it holds tokens; replaced whole, so that a crash
// leaves the old one or the new one.
//
//   ConfigFile file(DefaultConfigPath(getenv));
//   file.Change([](Config& config) { config.current = "shop"; return absl::OkStatus(); });
//
// Changes hold a lock file: several regularsctl may run at once.
#ifndef CLI_CONFIG_H_
#define CLI_CONFIG_H_

#include <functional>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace regulars::cli {

struct Profile {
  std::string server;   // "https://crm.example.com"
  std::string ca_file;  // PEM roots for it; empty: the system's.
  std::string account;  // Who is signed in, for people: an e-mail address or a client id.

  std::string access_token;
  absl::Time expire_time = absl::InfinitePast();  // Of the access token.
  std::string refresh_token;                      // Of a user.
  std::string client_id;                          // Of an API key, with its secret.
  std::string client_secret;

  // Forgets who is signed in, not the server.
  void SignOut();
  bool signed_in() const { return !refresh_token.empty() || !client_secret.empty(); }
};

struct Config {
  std::string current = "default";
  std::map<std::string, Profile> profiles;
};

using GetEnv = std::function<std::string(const char*)>;

// $XDG_CONFIG_HOME/regulars/config.json, else ~/.config/regulars/config.json.
absl::StatusOr<std::string> DefaultConfigPath(const GetEnv& getenv);

class ConfigFile {
 public:
  explicit ConfigFile(std::string path) : path_(std::move(path)) {}

  // What the file says; nothing if there is none. FAILED_PRECONDITION (CONFIG_BROKEN) if it cannot
  // be read, or others could read it.
  absl::StatusOr<Config> Load() const;
  // Reads, changes and writes it, alone. Nothing is written if `change` fails; it is not called if
  // the disk has no room for what it makes.
  absl::Status Change(const std::function<absl::Status(Config&)>& change) const;

  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

}  // namespace regulars::cli

#endif  // CLI_CONFIG_H_
