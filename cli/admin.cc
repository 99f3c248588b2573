// admin info|backup|task|audit: what those who run a service ask it.
#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/operations.h"
#include "cli/progress.h"
#include "cli/resource.h"

namespace regulars::cli {
namespace {

const Resource& Info() {
  static const Resource& info = *new Resource{
      .service = "customer",
      .collection = "info",
      .noun = "info",
      .columns = {TextColumn("SERVICE", "service"), TextColumn("VERSION", "version"),
                  CountColumn("SCHEMA", "schemaVersion"), TextColumn("EPOCH", "epoch"),
                  CountColumn("FEED HEAD", "headPosition"), TimeColumn("STARTED", "startTime"),
                  TimeColumn("ITS CLOCK", "currentTime"), MarkColumn("SANDBOX", "sandbox", "yes")}};
  return info;
}

Resource Backup(const std::string& service) {
  return {.service = service,
          .collection = "backups",
          .noun = "backup",
          .columns = {IdColumn(), EnumColumn("STATE", "state", "STATE_"),
                      TimeColumn("CREATED", "createTime"), BytesColumn("SIZE", "sizeBytes"),
                      PositionColumn("POSITION", "position"), TextColumn("PATH", "path"),
                      TextColumn("ERROR", "error.message")},
          .more = {TextColumn("SHA-256", "sha256"), TextColumn("EPOCH", "epoch"),
                   TimeColumn("FINISHED", "finishTime")},
          .folder = "admin/"};
}

Resource Task(const std::string& service) {
  return {.service = service,
          .collection = "tasks",
          .noun = "task",
          .columns = {IdColumn(), TextColumn("TYPE", "type"),
                      EnumColumn("STATE", "state", "STATE_"), TimeColumn("DUE", "dueTime"),
                      CountColumn("ATTEMPTS", "attempts"), ProgressColumn("PROGRESS", "progress"),
                      TextColumn("RESOURCE", "resource"), TextColumn("ERROR", "error.message")},
          .more = {TextColumn("OPERATION", "operation"), TimeColumn("CREATED", "createTime"),
                   TimeColumn("FINISHED", "finishTime")},
          .folder = "admin/"};
}

Resource Audit(const std::string& service) {
  return {.service = service,
          .collection = "auditEntries",
          .noun = "audit entry",
          .columns = {TimeColumn("TIME", "time"),
                      TextColumn("CALLER", "caller"),
                      {{"METHOD", Align::kLeft, false},
                       [](const Json& item, absl::TimeZone) {
                         const std::string method = Text(item, "method");
                         return Safe(method.substr(method.rfind('.') + 1));
                       }},
                      TextColumn("RESOURCE", "resource"),
                      TextColumn("RESULT", "result"),
                      CountColumn("ITEMS", "itemCount")},
          .folder = "admin/"};
}

// A list whose service is a flag.
void AddServiceList(const Command& group, const std::string& name, const std::string& summary,
                    const std::string& example, const std::string& filter_help,
                    Resource (*resource)(const std::string& service)) {
  const Command list = group.Add(name, summary, example);
  const auto service = AddServiceFlag(list);
  std::optional<Flag<std::string>> filter;
  if (!filter_help.empty()) filter = list.Text("--filter", "FILTER", filter_help);
  const ListFlags flags = AddListFlags(list);
  list.Means("filter", "--filter");
  list.Run([=](Context& context) {
    const Resource about = resource(*service);
    Query query;
    if (filter && filter->given()) query.emplace_back("filter", **filter);
    return PrintList(context, about.columns, about.collection, flags, about.Path(), query);
  });
}

void AddServiceGet(const Command& group, const std::string& summary, const std::string& example,
                   const std::string& label, Resource (*resource)(const std::string& service)) {
  const Command get = group.Add("get", summary, example);
  const auto id = get.Word(label, "Its id or name");
  const auto service = AddServiceFlag(get);
  get.Run([=](Context& context) -> absl::Status {
    const Resource about = resource(*service);
    ABSL_ASSIGN_OR_RETURN(const std::string path, about.PathOf(*id));
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json item, client->Get(path));
    PrintResource(context, about, item);
    return absl::OkStatus();
  });
}

void AddInfo(const Command& admin) {
  const Command info = admin.Add("info", "Shows version, store and clock of a service.",
                                 "regularsctl admin info --service access");
  const auto service = AddServiceFlag(info);
  info.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json now,
                          client->Get(absl::StrCat("/api/", *service, "/v1/admin/info")));
    PrintResource(context, Info(), now);
    return absl::OkStatus();
  });
}

void AddBackups(const Command& admin) {
  const Command group = admin.Group("backup", "Copies of a service's store.");
  const Command create =
      group.Add("create", "Copies the store while the service works on, and waits for it.",
                "regularsctl admin backup create --service customer --id before-update");
  const auto service = AddServiceFlag(create);
  const auto id = create.Text("--id", "ID", "Name for the file (default: made from the time)");
  const auto no_wait = create.Switch("--no-wait", "Does not wait for it");
  create.Means("backup_id", "--id");
  create.Run([=](Context& context) -> absl::Status {
    const Resource backup = Backup(*service);
    Query query = {{"requestId", NewRequestId()}};
    if (id.given()) query.emplace_back("backupId", *id);
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(Json operation, client->Post(backup.Path(), Json::object(), query));
    if (*no_wait) {
      PrintStarted(context, operation);
      return absl::OkStatus();
    }
    Progress progress(context.world(), "copying");
    ABSL_ASSIGN_OR_RETURN(
        operation,
        WaitForOperation(context, *client, *service, std::move(operation), [&](const Json& state) {
          progress.Update({.done = Int(state, "metadata.progress.done"),
                           .total = Int(state, "metadata.progress.total")});
        }));
    progress.Wipe();
    PrintResource(context, backup, operation.value("response", Json::object()));
    return absl::OkStatus();
  });
  AddServiceList(group, "list", "Lists the backups that a service made and still knows.",
                 "regularsctl admin backup list", "", Backup);
  AddServiceGet(group, "Shows one backup.", "regularsctl admin backup get before-update", "BACKUP",
                Backup);
}

void AddTasks(const Command& admin) {
  const Command group = admin.Group("task", "What a service does later or in steps.");
  AddServiceList(group, "list", "Lists tasks, newest first.",
                 "regularsctl admin task list --filter 'state = FAILED'",
                 "Condition on type, state, resource and create_time", Task);
  AddServiceGet(group, "Shows one task.", "regularsctl admin task get 06g1x7k3vq8s", "TASK", Task);

  const Command retry = group.Add("retry", "Starts a failed task again, or a waiting one now.",
                                  "regularsctl admin task retry 06g1x7k3vq8s");
  const auto id = retry.Word("TASK", "Its id or name");
  const auto service = AddServiceFlag(retry);
  retry.Run([=](Context& context) -> absl::Status {
    const Resource task = Task(*service);
    ABSL_ASSIGN_OR_RETURN(const std::string path, task.PathOf(*id));
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json now, client->Post(absl::StrCat(path, ":retry"),
                                                       {{"requestId", NewRequestId()}}));
    PrintResource(context, task, now);
    return absl::OkStatus();
  });
}

}  // namespace

void AddAdminCommands(const Command& root) {
  const Command admin = root.Group("admin", "For those who run the services.");
  AddInfo(admin);
  AddBackups(admin);
  AddTasks(admin);
  AddServiceList(admin, "audit", "Lists what was written and by whom, newest first.",
                 "regularsctl admin audit --filter 'result != \"OK\"' --service access",
                 "Condition on time, caller, method, resource and result", Audit);
}

}  // namespace regulars::cli
