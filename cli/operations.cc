// operation list|get|wait|cancel.
#include "cli/operations.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/progress.h"
#include "cli/resource.h"

namespace regulars::cli {
namespace {

constexpr absl::Duration kFirstPoll = absl::Milliseconds(50);
constexpr absl::Duration kLongestPoll = absl::Seconds(1);
// How long a server that went away is waited for.
constexpr absl::Duration kAway = absl::Seconds(60);

std::string KindOf(const Json& operation) {
  const std::string type = Text(operation, "metadata.@type");
  std::string kind = type.substr(type.rfind('.') + 1);
  if (absl::EndsWith(kind, "Metadata")) kind.resize(kind.size() - 8);
  return Safe(kind);
}

std::string StateOf(const Json& operation) {
  if (!IsTrue(operation, "done")) return "running";
  return operation.contains("error") ? "failed" : "done";
}

Resource Operation(const std::string& service) {
  return {.service = service,
          .collection = "operations",
          .noun = "operation",
          .columns = {IdColumn(),
                      {{"KIND", Align::kLeft, false},
                       [](const Json& item, absl::TimeZone) { return KindOf(item); }},
                      {{"STATE", Align::kLeft, false},
                       [](const Json& item, absl::TimeZone) { return StateOf(item); }},
                      ProgressColumn("PROGRESS", "metadata.progress"),
                      TextColumn("ERROR", "error.message")}};
}

// A server that is being restarted.
bool IsAway(const absl::Status& error) {
  const std::string reason = GetErrorDetails(error).reason;
  return reason == kUnreachable || reason == kConnectionLost ||
         error.code() == absl::StatusCode::kUnavailable;
}

}  // namespace

void PrintStarted(Context& context, const Json& operation) {
  if (context.json()) return context.PrintJson(operation);
  context.out() << "started " << Safe(Text(operation, "name")) << '\n';
}

absl::StatusOr<Json> WaitForOperation(Context& context, Client& client, const std::string& service,
                                      Json operation,
                                      const std::function<void(const Json&)>& on_state) {
  const std::string name = Text(operation, "name");
  const auto later = [&](const absl::Status& status) {
    context.Note(absl::StrCat("the work goes on; to wait for it: regularsctl operation wait ",
                              ShortName(name), " --service ", service));
    return status;
  };
  ABSL_ASSIGN_OR_RETURN(const std::string path, Operation(service).PathOf(name));
  absl::Duration poll = kFirstPoll;
  absl::Time seen = context.world().clock.Now();
  while (true) {
    if (on_state) on_state(operation);
    if (IsTrue(operation, "done")) break;
    if (const absl::Status slept = context.world().wait_for(poll); !slept.ok()) return later(slept);
    poll = std::min(poll * 1.5, kLongestPoll);
    absl::StatusOr<Json> now = client.Get(path);
    if (now.ok()) {
      operation = *std::move(now);
      seen = context.world().clock.Now();
    } else if (!IsAway(now.status()) || context.world().clock.Now() - seen > kAway) {
      return later(now.status());
    }
  }
  if (const Json* error = Find(operation, "error")) return ErrorOf(*error);
  return operation;
}

void AddOperationCommands(const Command& root) {
  const Command group = root.Group("operation", "Long work: imports, scores, backups.");

  const Command list = group.Add("list", "Lists operations, newest first.",
                                 "regularsctl operation list --service customer");
  const auto list_service = AddServiceFlag(list);
  const ListFlags flags = AddListFlags(list);
  list.Run([=](Context& context) {
    const Resource operation = Operation(*list_service);
    return PrintList(context, operation.columns, "operations", flags, operation.Path(), {});
  });

  const Command get =
      group.Add("get", "Shows how an operation stands.", "regularsctl operation get 06g1x7k3vq8s");
  const auto get_id = get.Word("OPERATION", "Id or name of the operation");
  const auto get_service = AddServiceFlag(get);
  get.Run([=](Context& context) -> absl::Status {
    const Resource operation = Operation(*get_service);
    ABSL_ASSIGN_OR_RETURN(const std::string path, operation.PathOf(*get_id));
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json now, client->Get(path));
    PrintResource(context, operation, now);
    return absl::OkStatus();
  });

  const Command wait = group.Add("wait", "Waits until an operation is done.",
                                 "regularsctl operation wait 06g1x7k3vq8s");
  const auto wait_id = wait.Word("OPERATION", "Id or name of the operation");
  const auto wait_service = AddServiceFlag(wait);
  wait.Run([=](Context& context) -> absl::Status {
    const Resource operation = Operation(*wait_service);
    ABSL_ASSIGN_OR_RETURN(const std::string path, operation.PathOf(*wait_id));
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(Json now, client->Get(path));
    Progress progress(context.world(), KindOf(now));
    ABSL_ASSIGN_OR_RETURN(
        now,
        WaitForOperation(context, *client, *wait_service, std::move(now), [&](const Json& state) {
          progress.Update({.done = Int(state, "metadata.progress.done"),
                           .total = Int(state, "metadata.progress.total")});
        }));
    progress.Wipe();
    PrintResource(context, operation, now);
    return absl::OkStatus();
  });

  const Command cancel = group.Add("cancel", "Asks an operation to end early; what it did stays.",
                                   "regularsctl operation cancel 06g1x7k3vq8s");
  const auto cancel_id = cancel.Word("OPERATION", "Id or name of the operation");
  const auto cancel_service = AddServiceFlag(cancel);
  cancel.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const std::string path, Operation(*cancel_service).PathOf(*cancel_id));
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_RETURN_IF_ERROR(client->Post(absl::StrCat(path, ":cancel"), Json::object()).status());
    if (!context.json()) context.out() << "asked to end\n";
    return absl::OkStatus();
  });
}

}  // namespace regulars::cli
