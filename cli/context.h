// What a running command works with: the flags that every command has, the server of its profile,
// and where to print.
#ifndef CLI_CONTEXT_H_
#define CLI_CONTEXT_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cli/client.h"
#include "cli/config.h"
#include "cli/json.h"
#include "cli/session.h"
#include "cli/terminal.h"

namespace regulars::cli {

// Flags of every command.
struct Globals {
  std::string profile;
  std::string ca_file;
  bool json = false;
  bool utc = false;
};

class Context {
 public:
  Context(World& world, Globals globals) : world_(world), globals_(std::move(globals)) {}

  World& world() { return world_; }
  std::ostream& out() { return world_.out; }
  const Globals& globals() const { return globals_; }
  bool json() const { return globals_.json; }
  absl::TimeZone zone() const { return globals_.utc ? absl::UTCTimeZone() : world_.zone; }

  absl::StatusOr<ConfigFile*> config_file();
  // The profile that --profile, REGULARS_PROFILE or the file says is meant.
  absl::StatusOr<std::string> ProfileName();
  // A client of the profile's server; or of REGULARS_SERVER with REGULARS_TOKEN. Made once.
  absl::StatusOr<Client*> Connect();
  // A client for another thread, over a connection of its own, after Connect() and until the
  // context ends. While such threads run, the first client must rest.
  absl::StatusOr<std::unique_ptr<Client>> ConnectAgain();
  // The server that Connect() or SetServer() chose; "" before. Errors name it.
  const std::string& server() const { return server_; }
  void SetServer(std::string server) { server_ = std::move(server); }

  // How clients of this thread wait: with a remark if it takes long.
  Waiting waiting();

  // One document, indented.
  void PrintJson(const Json& json) { out() << WriteIndented(json) << '\n'; }
  // A remark for people, beside the output.
  void Note(absl::string_view text);
  // Says that nothing was stored.
  void NoteRehearsal() { Note("checked only (--validate-only): nothing was stored"); }
  // Asks before something is lost. FAILED_PRECONDITION (NOT_CONFIRMED) for any answer but yes.
  absl::Status Confirm(absl::string_view what);

 private:
  World& world_;
  const Globals globals_;
  std::optional<ConfigFile> config_file_;
  std::string server_;
  std::string ca_file_;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<Credentials> credentials_;
  // Of the clients for other threads.
  std::vector<std::unique_ptr<Transport>> more_transports_;
  std::unique_ptr<Credentials> shared_credentials_;
  std::unique_ptr<Client> client_;
};

// "crm.example.com:8080/" → "https://crm.example.com:8080"; plain HTTP is taken for this machine
// only, unless it is written out. INVALID_ARGUMENT (USAGE) for what is no address.
absl::StatusOr<std::string> ReadServerAddress(absl::string_view text);

// A mistake on the command line.
absl::Status UsageError(absl::string_view message);

}  // namespace regulars::cli

#endif  // CLI_CONTEXT_H_
