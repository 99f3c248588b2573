// key: API keys, which other systems sign in with.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "chassis/base/status_macros.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/format.h"
#include "cli/resource.h"

namespace regulars::cli {
namespace {

Column SecretsColumn() {
  return {{"SECRETS", Align::kLeft, false}, [](const Json& item, absl::TimeZone) {
            std::vector<std::string> texts;
            for (const Json& secret : Items(item, "secrets")) {
              texts.push_back(absl::StrCat(ShortName(Text(secret, "name")), " (…",
                                           Safe(Text(secret, "hint")), ")"));
            }
            return absl::StrJoin(texts, ", ");
          }};
}

const Resource& Key() {
  static const Resource& key =
      *new Resource{.service = "access",
                    .collection = "apiKeys",
                    .noun = "key",
                    .columns = {IdColumn(), TextColumn("NAME", "displayName"),
                                ListColumn("SCOPES", "scopes"), ListColumn("STORES", "stores"),
                                MarkColumn("DISABLED", "disabled", "disabled"), SecretsColumn()},
                    .more = {TimeColumn("CREATED", "createTime"), TextColumn("ETAG", "etag")}};
  return key;
}

// The secret is shown this once, or kept in a file, which is there before the secret: nobody can
// ask for that again.
absl::Status AddSecret(Context& context, Client& client, const std::string& id,
                       NewPrivateFile* file) {
  ABSL_ASSIGN_OR_RETURN(const std::string path, Key().PathOf(id));
  ABSL_ASSIGN_OR_RETURN(const Json answer,
                        client.Post(absl::StrCat(path, ":addSecret"), Json::object()));
  const std::string secret = Text(answer, "secret");
  if (file != nullptr) {
    ABSL_RETURN_IF_ERROR(file->Write(absl::StrCat(secret, "\n")));
    context.Note(absl::StrCat("the secret is in ", file->path()));
  } else if (context.json()) {
    context.PrintJson(answer);
  } else {
    context.out() << "Client id:                  " << ShortName(id) << '\n'
                  << "Client secret (shown once): " << Safe(secret) << '\n';
  }
  return absl::OkStatus();
}

void AddKeyCreate(const Command& group) {
  const Command create =
      group.Add("create", "Makes an API key and prints its secret, this once.",
                "regularsctl key create --name till --scope customer.write --secret-file till.key");
  const auto name = create.Text("--name", "NAME", "Which system it is for");
  name.option()->required();
  const auto scopes = create.Texts("--scope", "SCOPE", "What it allows: customer.read");
  scopes.option()->required();
  const auto stores = create.Texts("--store", "STORE", "Limits the key to stores");
  const auto file = create.File("--secret-file", "Writes the secret to this new file instead");
  create.Means("api_key.display_name", "--name")
      .Means("api_key.scopes", "--scope")
      .Means("api_key.stores", "--store");
  create.Run([=](Context& context) -> absl::Status {
    Json key = {{"displayName", *name}, {"scopes", *scopes}};
    if (stores.given()) key["stores"] = *stores;
    ABSL_ASSIGN_OR_RETURN(const auto kept, NewSecretFile(*file));
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json made,
                          client->Post(Key().Path(), key, {{"requestId", NewRequestId()}}));
    // One document: without a file that is the answer with the secret, which names the key too.
    if (!context.json() || kept != nullptr) PrintResource(context, Key(), made);
    return AddSecret(context, *client, Text(made, "name"), kept.get());
  });
}

void AddKeyUpdate(const Command& group) {
  const Command update = group.Add("update", "Changes a key; scopes and stores are replaced whole.",
                                   "regularsctl key update 06g1x7k3vq8s --disabled true");
  const auto id = update.Word("KEY", "Id or name of the key");
  const auto name = update.Text("--name", "NAME", "Which system it is for");
  const auto scopes = update.Texts("--scope", "SCOPE", "What it allows");
  const auto stores = update.Texts("--store", "STORE", "Limits the key to stores");
  const auto disabled = update.Choice("--disabled", {"true", "false"}, "Gets no tokens");
  const auto all_stores = update.Switch("--all-stores", "Takes the limit to stores away");
  all_stores.option()->excludes(stores.option());
  update.Run([=](Context& context) -> absl::Status {
    Json key = Json::object();
    if (name.given()) key["displayName"] = *name;
    if (scopes.given()) key["scopes"] = *scopes;
    if (stores.given()) key["stores"] = *stores;
    if (*all_stores) key["stores"] = Json::array();
    if (disabled.given()) key["disabled"] = *disabled == "true";
    if (key.empty()) return UsageError("nothing to change: give at least one flag");
    std::vector<std::string> mask;
    for (const auto& [field, value] : key.items()) mask.push_back(field);
    ABSL_ASSIGN_OR_RETURN(const std::string path, Key().PathOf(*id));
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json now, client->Patch(path, key,
                                                        {{"updateMask", absl::StrJoin(mask, ",")},
                                                         {"requestId", NewRequestId()}}));
    PrintResource(context, Key(), now);
    return absl::OkStatus();
  });
}

void AddKeySecrets(const Command& group) {
  const Command add =
      group.Add("add-secret", "Makes a second secret, so that one can be changed without a gap.",
                "regularsctl key add-secret 06g1x7k3vq8s --secret-file till-2.key");
  const auto id = add.Word("KEY", "Id or name of the key");
  const auto file = add.File("--secret-file", "Writes the secret to this new file instead");
  add.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const auto kept, NewSecretFile(*file));
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    return AddSecret(context, *client, *id, kept.get());
  });

  const Command revoke = group.Add("revoke-secret", "Ends a secret of a key.",
                                   "regularsctl key revoke-secret 06g1x7k3vq8s 06g1y0");
  const auto key = revoke.Word("KEY", "Id or name of the key");
  const auto secret = revoke.Word("SECRET", "Id or name of the secret, as 'key get' shows it");
  revoke.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const std::string path, Key().PathOf(*key));
    ABSL_ASSIGN_OR_RETURN(const std::string key_name, Key().NameOf(*key));
    const std::string secrets = absl::StrCat(key_name, "/secrets");
    ABSL_ASSIGN_OR_RETURN(const std::string name, NameIn(secrets, "secret of the key", *secret));
    const std::string id = EscapeUrl(name.substr(secrets.size() + 1));
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json now,
                          client->Post(absl::StrCat(path, "/secrets/", id, ":revoke"),
                                       {{"requestId", NewRequestId()}}));
    PrintResource(context, Key(), now);
    return absl::OkStatus();
  });
}

}  // namespace

void AddKeyCommands(const Command& root) {
  const Command group = root.Group("key", "API keys, which other systems sign in with.");
  AddGet(group, Key(), "regularsctl key get 06g1x7k3vq8s");
  AddList(group, Key(), {.summary = "Lists API keys.", .example = "regularsctl key list"});
  AddKeyCreate(group);
  AddKeyUpdate(group);
  AddKeySecrets(group);
  AddDelete(group, Key(), {.example = "regularsctl key delete 06g1x7k3vq8s --yes"});
}

}  // namespace regulars::cli
