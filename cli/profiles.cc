// profile list|use|remove: the servers that regularsctl knows.
#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/table.h"

namespace regulars::cli {
namespace {

absl::Status NoProfile(const std::string& name) {
  return UsageError(absl::StrCat("there is no profile '", name,
                                 "'; 'regularsctl profile list' shows those there are"));
}

absl::Status ListProfiles(Context& context) {
  ABSL_ASSIGN_OR_RETURN(const ConfigFile* file, context.config_file());
  ABSL_ASSIGN_OR_RETURN(const Config config, file->Load());
  ABSL_ASSIGN_OR_RETURN(const std::string current, context.ProfileName());
  Table table({{""}, {"PROFILE"}, {"SERVER"}, {"ACCOUNT"}});
  for (const auto& [name, profile] : config.profiles) {
    const std::string account = profile.signed_in() ? profile.account : "";
    if (context.json()) {
      const Json line = {{"name", name},
                         {"server", profile.server},
                         {"account", account},
                         {"current", name == current}};
      context.out() << Write(line) << '\n';
    }
    table.Add({name == current ? "*" : "", Safe(name), Safe(profile.server),
               account.empty() ? "(signed out)" : Safe(account)});
  }
  if (!context.json()) table.Print(context.out(), context.world().out_width);
  if (config.profiles.empty()) context.Note("there is no profile; 'regularsctl sign-in' makes one");
  return absl::OkStatus();
}

absl::Status UseProfile(Context& context, const std::string& name) {
  ABSL_ASSIGN_OR_RETURN(const ConfigFile* file, context.config_file());
  return file->Change([&](Config& config) {
    if (!config.profiles.contains(name)) return NoProfile(name);
    config.current = name;
    return absl::OkStatus();
  });
}

absl::Status RemoveProfile(Context& context, const std::string& name) {
  ABSL_ASSIGN_OR_RETURN(const ConfigFile* file, context.config_file());
  Profile removed;
  ABSL_RETURN_IF_ERROR(file->Change([&](Config& config) {
    if (!config.profiles.contains(name)) return NoProfile(name);
    removed = config.profiles[name];
    config.profiles.erase(name);
    return absl::OkStatus();
  }));
  // Its session ends too, if the server can be reached.
  const std::unique_ptr<Transport> transport = context.world().make_transport(removed.ca_file);
  const absl::Status ended = SignOutUser(*transport, removed, false);
  if (!ended.ok()) context.Note(absl::StrCat("its session lives on: ", ended.message()));
  return absl::OkStatus();
}

}  // namespace

void AddProfileCommands(const Command& root) {
  const Command group = root.Group("profile", "The servers that regularsctl knows.");
  group.Add("list", "Lists the profiles; the current one is marked.", "regularsctl profile list")
      .Run(ListProfiles);

  const Command use =
      group.Add("use", "Makes a profile the current one.", "regularsctl profile use shop");
  const auto used = use.Word("NAME", "The profile");
  use.Run([=](Context& context) { return UseProfile(context, *used); });

  const Command remove = group.Add("remove", "Forgets a profile and ends its session.",
                                   "regularsctl profile remove old-shop");
  const auto removed = remove.Word("NAME", "The profile");
  remove.Run([=](Context& context) { return RemoveProfile(context, *removed); });
}

}  // namespace regulars::cli
