// sign-in, sign-out, whoami.
#include <filesystem>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/format.h"
#include "cli/table.h"

namespace regulars::cli {
namespace {

constexpr char kUsualServer[] = "http://127.0.0.1:8080";

struct Secret {
  std::string email;  // Where the file names it.
  std::string password;
};

// The first line; or, of the file that a gateway writes for its first administrator, the e-mail
// address and the password that it names.
absl::StatusOr<Secret> ReadPasswordFile(const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(const std::string content, ReadTextFile(path));
  Secret secret;
  for (absl::string_view line : absl::StrSplit(content, '\n')) {
    line = absl::StripTrailingAsciiWhitespace(line);
    if (absl::ConsumePrefix(&line, "email: ")) secret.email = std::string(line);
    if (absl::ConsumePrefix(&line, "password: ")) secret.password = std::string(line);
  }
  if (absl::StartsWith(content, "#") && !secret.password.empty()) return secret;
  secret = {};
  secret.password = content.substr(0, content.find_first_of("\r\n"));
  if (secret.password.empty()) return LocalFileError(path, "its first line is empty");
  return secret;
}

struct SignInFlags {
  Flag<std::string> server;
  Flag<std::string> email;
  Flag<std::string> password_file;
  Flag<std::string> new_password_file;
  Flag<std::string> client_id;
  Flag<std::string> client_secret_file;
};

// Where nobody can be asked, the flags that answer are named.
absl::StatusOr<std::string> Ask(Context& context, absl::string_view question, bool secret,
                                absl::string_view flags) {
  absl::StatusOr<std::string> answer = context.world().ask(question, secret);
  if (answer.ok() || GetErrorDetails(answer.status()).reason != "NO_TERMINAL") return answer;
  return FailedPrecondition("NO_TERMINAL",
                            absl::StrCat("there is no terminal to ask on: give ", flags));
}

absl::StatusOr<std::string> AskNewPassword(Context& context) {
  constexpr char kFlag[] = "--new-password-file";
  context.Note("this password works once; choose your own (12 characters or more)");
  ABSL_ASSIGN_OR_RETURN(std::string first, Ask(context, "New password: ", true, kFlag));
  ABSL_ASSIGN_OR_RETURN(const std::string second, Ask(context, "Once more: ", true, kFlag));
  if (first != second) return UsageError("the two passwords are not the same");
  return first;
}

// From the flag, the environment, the profile, or whoever sits at the terminal.
absl::StatusOr<std::string> ChooseServer(Context& context, const SignInFlags& flags,
                                         const Profile& profile) {
  std::string server =
      flags.server.given() ? *flags.server : context.world().getenv("REGULARS_SERVER");
  if (server.empty()) server = profile.server;
  if (server.empty()) {
    ABSL_ASSIGN_OR_RETURN(
        server, Ask(context, absl::StrCat("Server [", kUsualServer, "]: "), false, "--server"));
    if (server.empty()) server = kUsualServer;
  }
  return ReadServerAddress(server);
}

void WarnOfPlainHttp(Context& context, const std::string& server) {
  const bool here = absl::StartsWith(server, "http://127.") ||
                    absl::StartsWith(server, "http://localhost") ||
                    absl::StartsWith(server, "http://[::1]");
  if (absl::StartsWith(server, "http://") && !here) {
    context.Note("this connection is not encrypted: others on the way can read the password");
  }
}

absl::Status SignInAsUser(Context& context, const SignInFlags& flags, Transport& transport,
                          Profile& profile) {
  Secret secret;
  if (flags.password_file.given()) {
    ABSL_ASSIGN_OR_RETURN(secret, ReadPasswordFile(*flags.password_file));
  }
  if (flags.email.given()) secret.email = *flags.email;
  if (secret.email.empty()) {
    ABSL_ASSIGN_OR_RETURN(secret.email, Ask(context, "E-mail: ", false,
                                            "--email and --password-file, or --client-id and "
                                            "--client-secret-file"));
  }
  if (secret.password.empty()) {
    ABSL_ASSIGN_OR_RETURN(secret.password, Ask(context, "Password: ", true, "--password-file"));
  }
  const auto new_password = [&]() -> absl::StatusOr<std::string> {
    if (flags.new_password_file.given()) return ReadSecretFile(*flags.new_password_file);
    return AskNewPassword(context);
  };
  return SignInUser(transport, absl::StripAsciiWhitespace(secret.email), secret.password,
                    new_password, context.waiting(), profile);
}

absl::Status SignInAsKey(Context& context, const SignInFlags& flags, Transport& transport,
                         Profile& profile) {
  std::string secret;
  if (flags.client_secret_file.given()) {
    ABSL_ASSIGN_OR_RETURN(secret, ReadSecretFile(*flags.client_secret_file));
  } else {
    ABSL_ASSIGN_OR_RETURN(secret, Ask(context, "Client secret: ", true, "--client-secret-file"));
  }
  absl::string_view id = *flags.client_id;
  absl::ConsumePrefix(&id, "apiKeys/");
  return SignInKey(transport, context.world().clock, id, secret, profile);
}

absl::Status SignIn(Context& context, const SignInFlags& flags) {
  ABSL_ASSIGN_OR_RETURN(ConfigFile * file, context.config_file());
  ABSL_ASSIGN_OR_RETURN(Config config, file->Load());
  ABSL_ASSIGN_OR_RETURN(const std::string name, context.ProfileName());
  Profile profile = config.profiles[name];
  ABSL_ASSIGN_OR_RETURN(const std::string server, ChooseServer(context, flags, profile));
  if (server != profile.server) profile = Profile{.server = server};
  if (!context.globals().ca_file.empty()) {
    profile.ca_file = std::filesystem::absolute(context.globals().ca_file).string();
  }
  WarnOfPlainHttp(context, server);
  context.SetServer(server);
  const std::unique_ptr<Transport> transport = context.world().make_transport(profile.ca_file);
  ABSL_RETURN_IF_ERROR(flags.client_id.given() ? SignInAsKey(context, flags, *transport, profile)
                                               : SignInAsUser(context, flags, *transport, profile));
  ABSL_RETURN_IF_ERROR(file->Change([&](Config& stored) {
    stored.profiles[name] = profile;
    stored.current = name;
    return absl::OkStatus();
  }));
  context.out() << "Signed in at " << server << " as " << Safe(profile.account) << " (profile "
                << name << ")\n";
  return absl::OkStatus();
}

// The tokens of a session that goes on must be kept: without them nobody could end it.
absl::Status EndSession(Context& context, const std::string& profile_name, const Profile& profile,
                        bool everywhere) {
  context.SetServer(profile.server);
  const std::unique_ptr<Transport> transport = context.world().make_transport(profile.ca_file);
  const absl::Status ended = SignOutUser(*transport, profile, everywhere);
  // A server that no longer knows the session has none to end.
  if (ended.ok() || ended.code() == absl::StatusCode::kUnauthenticated) return absl::OkStatus();
  context.Note(absl::StrCat("still signed in, for the session could not be ended; to forget it ",
                            "all the same: regularsctl profile remove ", profile_name));
  return ended;
}

absl::Status SignOut(Context& context, bool everywhere) {
  ABSL_ASSIGN_OR_RETURN(ConfigFile * file, context.config_file());
  ABSL_ASSIGN_OR_RETURN(const std::string name, context.ProfileName());
  Profile old;
  ABSL_RETURN_IF_ERROR(file->Change([&](Config& config) -> absl::Status {
    old = config.profiles[name];
    if (old.signed_in()) ABSL_RETURN_IF_ERROR(EndSession(context, name, old, everywhere));
    config.profiles[name].SignOut();
    if (config.profiles[name].server.empty()) config.profiles.erase(name);
    return absl::OkStatus();
  }));
  if (old.signed_in()) {
    context.out() << "Signed out of " << old.server << '\n';
  } else {
    context.Note("nobody was signed in");
  }
  return absl::OkStatus();
}

std::string JoinTexts(const Json& texts) {
  std::vector<std::string> list;
  for (const Json& text : texts) {
    if (text.is_string()) list.push_back(Safe(text.get<std::string>()));
  }
  return absl::StrJoin(list, " ");
}

absl::Status WhoAmI(Context& context) {
  ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
  ABSL_ASSIGN_OR_RETURN(const Json who, client->Get("/api/access/v1/session"));
  if (context.json()) {
    context.PrintJson(who);
    return absl::OkStatus();
  }
  const std::string stores = JoinTexts(Items(who, "stores"));
  Details details;
  details.Add("Server", client->server())
      .Add("Who", Safe(Text(who, "displayName")))
      .Add("Name", Safe(Text(who, "name")))
      .Add("Kind", FormatEnum(Text(who, "kind"), "KIND_"))
      .Add("May do", JoinTexts(Items(who, "scopes")))
      .Add("Stores", stores.empty() ? "all" : stores)
      .Add("Token ends", FormatApiTime(Text(who, "expireTime"), context.zone()));
  details.Print(context.out());
  return absl::OkStatus();
}

}  // namespace

void AddSessionCommands(const Command& root) {
  const Command in = root.Add(
      "sign-in",
      "Signs in at a server and remembers it as a profile. What is not given is asked for.",
      "regularsctl sign-in --server https://crm.example.com --email anna@example.com");
  const SignInFlags flags = {
      .server = in.Text("--server", "URL", "Address of the gateway (default: the profile's)"),
      .email = in.Text("--email", "ADDRESS", "Signs a person in"),
      .password_file = in.File("--password-file",
                               "Password in its first line, or a gateway's file with the first "
                               "administrator's password; '-' for the standard input"),
      .new_password_file =
          in.File("--new-password-file", "New password, for when the old one works only once"),
      .client_id = in.Text("--client-id", "KEY", "Signs another system in: the id of its API key"),
      .client_secret_file = in.File("--client-secret-file", "Secret of that key; '-' likewise")};
  flags.client_id.option()->excludes(flags.email.option());
  flags.client_secret_file.option()->needs(flags.client_id.option());
  in.Means("new_password", "--new-password-file");
  in.Run([=](Context& context) { return SignIn(context, flags); });

  const Command out =
      root.Add("sign-out", "Ends the session and forgets its tokens.", "regularsctl sign-out");
  const auto everywhere = out.Switch("--everywhere", "Ends all sessions of the user");
  out.Run([=](Context& context) { return SignOut(context, *everywhere); });

  root.Add("whoami", "Shows who is signed in and what that account may do.", "regularsctl whoami")
      .Run(WhoAmI);
}

}  // namespace regulars::cli
