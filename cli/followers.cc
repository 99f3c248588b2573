// feed status|parked|retry|skip: what a service follows of the others, and what it could not.
#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"
#include "cli/commands.h"
#include "cli/resource.h"

namespace regulars::cli {
namespace {

Resource Follower(const std::string& service) {
  return {
      .service = service,
      .collection = "followers",
      .noun = "follower",
      .columns = {IdColumn("FOLLOWS"), EnumColumn("STATE", "state", "STATE_"),
                  MarkColumn("HEARD", "connected", "yes"), PositionColumn("POSITION", "position"),
                  CountColumn("LAG", "lag"), CountColumn("PARKED", "parkedCount"),
                  TimeColumn("NEWEST", "eventTime"), TextColumn("TROUBLE", "trouble")},
      .folder = "admin/"};
}

std::vector<Column> ParkedColumns() {
  return {IdColumn("POSITION"),
          EnumColumn("STATE", "state", "STATE_"),
          TextColumn("TYPE", "event.type"),
          TextColumn("SUBJECT", "event.subject"),
          TimeColumn("PARKED", "parkTime"),
          CountColumn("ATTEMPTS", "attempts"),
          TextColumn("ERROR", "error.message")};
}

// The upstream is a word, the service that follows it a flag.
struct Which {
  Flag<std::string> upstream;
  Flag<std::string> service;

  absl::StatusOr<std::string> Path() const { return Follower(*service).PathOf(*upstream); }
};

Which AddWhich(const Command& command) {
  return {command.Word("UPSTREAM", "The service that is followed: 'customer'"),
          AddServiceFlag(command)};
}

void AddStatus(const Command& group) {
  const Command status =
      group.Add("status", "Shows how far a service has followed the others, and what it parked.",
                "regularsctl feed status --service loyalty");
  const auto service = AddServiceFlag(status);
  const ListFlags flags = AddListFlags(status);
  status.Run([=](Context& context) {
    const Resource about = Follower(*service);
    return PrintList(context, about.columns, about.collection, flags, about.Path(), {});
  });
}

void AddParked(const Command& group) {
  const Command parked =
      group.Add("parked", "Lists the events that a service could not follow, oldest first.",
                "regularsctl feed parked customer --service loyalty");
  const Which which = AddWhich(parked);
  const ListFlags flags = AddListFlags(parked);
  parked.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const std::string path, which.Path());
    return PrintList(context, ParkedColumns(), "parkedEvents", flags,
                     absl::StrCat(path, "/parkedEvents"), {});
  });
}

void AddRetry(const Command& group) {
  const Command retry = group.Add("retry", "Has parked events tried again; does not wait for it.",
                                  "regularsctl feed retry customer --service loyalty");
  const Which which = AddWhich(retry);
  const auto subject = retry.Text("--subject", "NAME", "Only events of this resource");
  retry.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const std::string path, which.Path());
    Json request = {{"requestId", NewRequestId()}};
    if (subject.given()) request["subject"] = *subject;
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json reply,
                          client->Post(absl::StrCat(path, ":retryParkedEvents"), request));
    if (context.json()) {
      context.PrintJson(reply);
    } else {
      context.out() << Int(reply, "eventCount") << " events will be tried again\n";
    }
    return absl::OkStatus();
  });
}

void AddSkip(const Command& group) {
  const Command skip = group.Add("skip", "Gives up one parked event for good.",
                                 "regularsctl feed skip customer 4711 --service loyalty --yes");
  const Which which = AddWhich(skip);
  const auto position = skip.Word("POSITION", "The parked event's position");
  const auto yes = skip.Switch("-y,--yes", "Does not ask");
  skip.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const std::string path, which.Path());
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    if (!*yes) {
      ABSL_RETURN_IF_ERROR(
          context.Confirm(absl::StrCat("This gives up event ", *position,
                                       " for good: ", *which.service, " goes on without it.")));
    }
    ABSL_ASSIGN_OR_RETURN(Json event, client->Post(absl::StrCat(path, "/parkedEvents/",
                                                                EscapeUrl(*position), ":skip"),
                                                   {{"requestId", NewRequestId()}}));
    // The API sends it as it was, to be kept.
    if (!context.json()) event["state"] = "STATE_SKIPPED";
    const Resource shown = {.service = *which.service,
                            .collection = "parkedEvents",
                            .noun = "parked event",
                            .columns = ParkedColumns()};
    PrintResource(context, shown, event);
    return absl::OkStatus();
  });
}

}  // namespace

void AddFollowerCommands(const Command& feed) {
  AddStatus(feed);
  AddParked(feed);
  AddRetry(feed);
  AddSkip(feed);
}

}  // namespace regulars::cli
