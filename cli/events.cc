// event send.
#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/format.h"
#include "cli/resource.h"

namespace regulars::cli {
namespace {

// Counts the results, and fails if there are refusals after all have been counted.
absl::Status Report(Context& context, const Json& reply) {
  if (context.json()) context.PrintJson(reply);
  int64_t recorded = 0;
  int64_t known = 0;
  Refusals refusals(context, "events");
  for (const Json& result : Items(reply, "results")) {
    const std::string outcome = Text(result, "outcome");
    recorded += outcome == "OUTCOME_RECORDED";
    known += outcome == "OUTCOME_DUPLICATE";
    if (const Json* error = Find(result, "error")) refusals.Add(Int(result, "index"), *error);
  }
  if (!context.json()) {
    context.out() << "recorded: " << recorded << ", known before: " << known << '\n';
  }
  return refusals.status();
}

}  // namespace

void AddEventCommands(const Command& root) {
  const Command group = root.Group("event", "What customers do short of buying.");
  const Command send =
      group.Add("send", "Sends events from a JSON file: {\"events\": [{\"source\": \"shop\", …}]}.",
                "regularsctl event send --file events.json");
  const auto file = send.File("--file", "Events as JSON (see /docs); '-' for the standard input");
  file.option()->required();
  const auto check = send.ValidateOnly();
  send.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(Json request, ReadJsonFile(*file));
    request["requestId"] = NewRequestId();
    request["validateOnly"] = *check;
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json reply,
                          client->Post("/api/customer/v1/events:ingest", request));
    if (*check) context.NoteRehearsal();
    return Report(context, reply);
  });
}

}  // namespace regulars::cli
