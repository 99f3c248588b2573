// user and role: who may sign in, and what they may do.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "chassis/base/status_macros.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/format.h"
#include "cli/resource.h"

namespace regulars::cli {
namespace {

const Resource& User() {
  static const Resource& user = *new Resource{
      .service = "access",
      .collection = "users",
      .noun = "user",
      .columns = {IdColumn(), TextColumn("E-MAIL", "email"), TextColumn("NAME", "displayName"),
                  ListColumn("ROLES", "roles"), ListColumn("STORES", "stores"),
                  MarkColumn("DISABLED", "disabled", "disabled"),
                  TimeColumn("LAST SIGN-IN", "lastSignInTime")},
      .more = {MarkColumn("MUST CHOOSE A PASSWORD", "passwordExpired", "yes"),
               TimeColumn("CREATED", "createTime"), TextColumn("ETAG", "etag")}};
  return user;
}

const Resource& Role() {
  static const Resource& role = *new Resource{
      .service = "access",
      .collection = "roles",
      .noun = "role",
      .columns = {IdColumn(), TextColumn("NAME", "displayName"),
                  MarkColumn("BUILT IN", "builtIn", "built in"), ListColumn("SCOPES", "scopes")},
      .more = {TextColumn("DESCRIPTION", "description"), TextColumn("ETAG", "etag")}};
  return role;
}

struct UserFlags {
  Flag<std::string> email;
  Flag<std::string> name;
  Flag<std::vector<std::string>> roles;
  Flag<std::vector<std::string>> stores;
};

UserFlags AddUserFlags(const Command& command) {
  command.Means("user.email", "--email")
      .Means("user.display_name", "--name")
      .Means("user.roles", "--role")
      .Means("user.stores", "--store");
  return {.email = command.Text("--email", "ADDRESS", "E-mail address to sign in with"),
          .name = command.Text("--name", "NAME", "What the console calls the person"),
          .roles = command.Texts("--role", "ROLE", "Role: admin, marketer, analyst, support …"),
          .stores = command.Texts("--store", "STORE", "Limits the user to stores")};
}

absl::StatusOr<Json> UserOf(const UserFlags& flags) {
  Json user = Json::object();
  if (flags.email.given()) user["email"] = *flags.email;
  if (flags.name.given()) user["displayName"] = *flags.name;
  for (const std::string& role : *flags.roles) {
    ABSL_ASSIGN_OR_RETURN(std::string name, Role().NameOf(role));
    user["roles"].push_back(std::move(name));
  }
  if (flags.stores.given()) user["stores"] = *flags.stores;
  return user;
}

// The password is shown this once, or kept in a file, which is there before the password: the old
// one is gone by then. In JSON, `about` is in the same document.
absl::Status ResetPassword(Context& context, Client& client, const std::string& id,
                           NewPrivateFile* file, const Json& about = Json::object()) {
  ABSL_ASSIGN_OR_RETURN(const std::string path, User().PathOf(id));
  ABSL_ASSIGN_OR_RETURN(Json answer,
                        client.Post(absl::StrCat(path, ":resetPassword"), Json::object()));
  const std::string password = Text(answer, "oneTimePassword");
  if (file != nullptr) {
    ABSL_RETURN_IF_ERROR(file->Write(absl::StrCat(password, "\n")));
    context.Note(absl::StrCat("the one-time password is in ", file->path()));
  } else if (context.json()) {
    answer.update(about);
    context.PrintJson(answer);
  } else {
    context.out() << "One-time password (shown once, for 7 days): " << Safe(password) << '\n';
  }
  return absl::OkStatus();
}

void AddUserCreate(const Command& group) {
  const Command create =
      group.Add("create", "Makes a user and prints the one-time password to sign in with first.",
                "regularsctl user create --email anna@example.com --role marketer");
  const UserFlags flags = AddUserFlags(create);
  flags.email.option()->required();
  const auto file =
      create.File("--password-file", "Writes the one-time password to this new file instead");
  const auto without = create.Switch("--no-password", "Makes no password; see reset-password");
  create.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const Json user, UserOf(flags));
    ABSL_ASSIGN_OR_RETURN(const auto kept, NewSecretFile(*without ? "" : *file));
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json made,
                          client->Post(User().Path(), user, {{"requestId", NewRequestId()}}));
    const bool shows_password = !*without && kept == nullptr;
    if (!context.json() || !shows_password) PrintResource(context, User(), made);
    if (*without) return absl::OkStatus();
    return ResetPassword(context, *client, Text(made, "name"), kept.get(), {{"user", made}});
  });
}

void AddUserUpdate(const Command& group) {
  const Command update = group.Add("update", "Changes a user; roles and stores are replaced whole.",
                                   "regularsctl user update 06g1x7k3vq8s --role analyst");
  const auto id = update.Word("USER", "Id or name of the user");
  const UserFlags flags = AddUserFlags(update);
  const auto disabled = update.Choice("--disabled", {"true", "false"}, "May not sign in");
  const auto all_stores = update.Switch("--all-stores", "Takes the limit to stores away");
  all_stores.option()->excludes(flags.stores.option());
  update.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(Json user, UserOf(flags));
    if (disabled.given()) user["disabled"] = *disabled == "true";
    if (*all_stores) user["stores"] = Json::array();
    if (user.empty()) return UsageError("nothing to change: give at least one flag");
    std::vector<std::string> mask;
    for (const auto& [key, value] : user.items()) mask.push_back(key);
    ABSL_ASSIGN_OR_RETURN(const std::string path, User().PathOf(*id));
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json now, client->Patch(path, user,
                                                        {{"updateMask", absl::StrJoin(mask, ",")},
                                                         {"requestId", NewRequestId()}}));
    PrintResource(context, User(), now);
    return absl::OkStatus();
  });
}

void AddUserReset(const Command& group) {
  const Command reset =
      group.Add("reset-password", "Gives a user a one-time password and ends the user's sessions.",
                "regularsctl user reset-password 06g1x7k3vq8s");
  const auto id = reset.Word("USER", "Id or name of the user");
  const auto file = reset.File("--password-file", "Writes the password to this new file instead");
  reset.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const auto kept, NewSecretFile(*file));
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    return ResetPassword(context, *client, *id, kept.get());
  });
}

void AddRoleCreate(const Command& group) {
  const Command create = group.Add("create", "Makes a role: a named set of scopes.",
                                   "regularsctl role create importer --scope customer.write");
  const auto id = create.Word("ROLE", "Id for it: lower-case letters, digits and '-'");
  const auto name = create.Text("--name", "NAME", "What the console calls it");
  const auto description = create.Text("--description", "TEXT", "What it is for");
  const auto scopes = create.Texts("--scope", "SCOPE", "What it allows: customer.read, *.read");
  scopes.option()->required();
  create.Means("role_id", "ROLE").Means("role.scopes", "--scope");
  create.Run([=](Context& context) -> absl::Status {
    Json role = {{"displayName", name.given() ? *name : *id}, {"scopes", *scopes}};
    if (description.given()) role["description"] = *description;
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(
        const Json made,
        client->Post(Role().Path(), role, {{"roleId", *id}, {"requestId", NewRequestId()}}));
    PrintResource(context, Role(), made);
    return absl::OkStatus();
  });
}

}  // namespace

void AddUserCommands(const Command& root) {
  const Command users = root.Group("user", "People who sign in.");
  AddGet(users, User(), "regularsctl user get 06g1x7k3vq8s");
  AddList(users, User(),
          {.summary = "Lists users in the order in which they were made.",
           .example = "regularsctl user list --filter 'disabled = true'",
           .filter_help = "Condition on email, display_name, roles and disabled"});
  AddUserCreate(users);
  AddUserUpdate(users);
  AddUserReset(users);
  AddDelete(users, User(), {.example = "regularsctl user delete 06g1x7k3vq8s --yes"});

  const Command roles = root.Group("role", "Named sets of scopes.");
  AddGet(roles, Role(), "regularsctl role get marketer");
  AddList(roles, Role(), {.summary = "Lists roles.", .example = "regularsctl role list"});
  AddRoleCreate(roles);
  AddDelete(roles, Role(), {.example = "regularsctl role delete importer --yes"});
}

}  // namespace regulars::cli
