#include "cli/context.h"

#include <mutex>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "cli/format.h"
#include "cli/progress.h"

namespace regulars::cli {
namespace {

// Lets several threads use one source of tokens.
class SharedCredentials : public Credentials {
 public:
  explicit SharedCredentials(Credentials& source) : source_(source) {}

  absl::StatusOr<std::string> Token() override {
    std::lock_guard lock(mutex_);
    return source_.Token();
  }
  absl::StatusOr<std::string> Renew(absl::string_view token) override {
    std::lock_guard lock(mutex_);
    return source_.Renew(token);
  }

 private:
  std::mutex mutex_;
  Credentials& source_;
};

}  // namespace

absl::Status UsageError(absl::string_view message) { return InvalidArgument("USAGE", message); }

absl::StatusOr<std::string> ReadServerAddress(absl::string_view text) {
  std::string address(absl::StripAsciiWhitespace(text));
  while (absl::EndsWith(address, "/")) address.pop_back();
  if (!absl::StrContains(address, "://")) {
    const absl::string_view host = absl::string_view(address).substr(0, address.rfind(':'));
    const bool here = host == "localhost" || host == "127.0.0.1" || host == "[::1]";
    address = absl::StrCat(here ? "http://" : "https://", address);
  }
  const absl::string_view scheme = absl::string_view(address).substr(0, address.find("://"));
  const absl::string_view rest = absl::string_view(address).substr(scheme.size() + 3);
  if ((scheme != "http" && scheme != "https") || rest.empty() ||
      rest.find_first_of("/?#@ ") != absl::string_view::npos) {
    return UsageError(absl::StrCat("'", text, "' is no server address; one looks like ",
                                   "https://crm.example.com or http://127.0.0.1:8080"));
  }
  return address;
}

absl::StatusOr<ConfigFile*> Context::config_file() {
  if (!config_file_) {
    ABSL_ASSIGN_OR_RETURN(std::string path, DefaultConfigPath(world_.getenv));
    config_file_.emplace(std::move(path));
  }
  return &*config_file_;
}

absl::StatusOr<std::string> Context::ProfileName() {
  if (!globals_.profile.empty()) return globals_.profile;
  std::string name = world_.getenv("REGULARS_PROFILE");
  if (!name.empty()) return name;
  ABSL_ASSIGN_OR_RETURN(const ConfigFile* file, config_file());
  ABSL_ASSIGN_OR_RETURN(const Config config, file->Load());
  return config.current;
}

absl::StatusOr<Client*> Context::Connect() {
  if (client_) return client_.get();
  std::string token = world_.getenv("REGULARS_TOKEN");
  server_ = world_.getenv("REGULARS_SERVER");
  if (!server_.empty()) {
    ABSL_ASSIGN_OR_RETURN(server_, ReadServerAddress(server_));
  }
  ca_file_ = globals_.ca_file;
  if (server_.empty() || token.empty()) {
    ABSL_ASSIGN_OR_RETURN(ConfigFile * file, config_file());
    ABSL_ASSIGN_OR_RETURN(Config config, file->Load());
    ABSL_ASSIGN_OR_RETURN(const std::string name, ProfileName());
    const Profile profile = config.profiles[name];
    if (server_.empty()) server_ = profile.server;
    if (server_.empty()) {
      return FailedPrecondition("NOT_SIGNED_IN", absl::StrCat("there is no profile '", name, "'"));
    }
    // A profile's tokens go to its own server only.
    if (token.empty() && (server_ != profile.server || !profile.signed_in())) {
      return FailedPrecondition("NOT_SIGNED_IN", absl::StrCat("nobody is signed in at ", server_));
    }
    if (ca_file_.empty() && server_ == profile.server) ca_file_ = profile.ca_file;
    transport_ = world_.make_transport(ca_file_);
    if (token.empty()) {
      credentials_ =
          std::make_unique<ProfileCredentials>(*file, name, profile, *transport_, world_.clock,
                                               [this](absl::string_view text) { Note(text); });
    }
  }
  if (!transport_) transport_ = world_.make_transport(ca_file_);
  if (!credentials_) credentials_ = std::make_unique<FixedToken>(std::move(token));
  client_ = std::make_unique<Client>(server_, *transport_, *credentials_, waiting());
  return client_.get();
}

Waiting Context::waiting() {
  return {.wait_for = world_.wait_for,
          .on_long_wait = [this](absl::Duration wait, const absl::Status& why) {
            Note(absl::StrCat("waiting ", FormatSpan(wait), ": ", Safe(why.message())));
          }};
}

absl::StatusOr<std::unique_ptr<Client>> Context::ConnectAgain() {
  ABSL_RETURN_IF_ERROR(Connect().status());
  if (!shared_credentials_)
    shared_credentials_ = std::make_unique<SharedCredentials>(*credentials_);
  more_transports_.push_back(world_.make_transport(ca_file_));
  return std::make_unique<Client>(server_, *more_transports_.back(), *shared_credentials_,
                                  Waiting{.wait_for = world_.wait_for});
}

void Context::Note(absl::string_view text) {
  WipeProgress(world_);
  world_.err << "regularsctl: " << text << '\n';
}

absl::Status Context::Confirm(absl::string_view what) {
  const absl::StatusOr<std::string> answer =
      world_.ask(absl::StrCat(what, " Go on? [y/N] "), false);
  if (!answer.ok() && GetErrorDetails(answer.status()).reason == "NO_TERMINAL") {
    return UsageError(absl::StrCat(what, " Say --yes to do it without being asked."));
  }
  ABSL_RETURN_IF_ERROR(answer.status());
  const std::string plain = absl::AsciiStrToLower(absl::StripAsciiWhitespace(*answer));
  if (plain == "y" || plain == "yes") return absl::OkStatus();
  return FailedPrecondition("NOT_CONFIRMED", "nothing was done");
}

}  // namespace regulars::cli
