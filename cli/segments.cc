// segment get|list|create|update|members|preview|delete.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "chassis/base/status_macros.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/progress.h"
#include "cli/resource.h"

namespace regulars::cli {
namespace {

constexpr absl::Duration kPoll = absl::Milliseconds(300);
constexpr char kFilterHelp[] = "Condition on customers' fields (docs/reference/filters.md)";

const Resource& Segment() {
  static const Resource& segment = *new Resource{
      .service = "customer",
      .collection = "segments",
      .noun = "segment",
      .columns = {IdColumn(), TextColumn("NAME", "displayName"),
                  EnumColumn("STATE", "state", "STATE_"), CountColumn("MEMBERS", "memberCount"),
                  TextColumn("FILTER", "filter")},
      .more = {TextColumn("DESCRIPTION", "description"), ProgressColumn("LOOKED AT", "progress"),
               TextColumn("ERROR", "error.message"), TimeColumn("READY", "readyTime"),
               TimeColumn("CREATED", "createTime"), TimeColumn("UPDATED", "updateTime"),
               TextColumn("ETAG", "etag")}};
  return segment;
}

// Until the segment's members are found, or finding them failed.
absl::StatusOr<Json> WaitUntilReady(Context& context, Client& client, Json segment) {
  ABSL_ASSIGN_OR_RETURN(const std::string path, Segment().PathOf(Text(segment, "name")));
  Progress progress(context.world(), "finding members");
  while (Text(segment, "state") == "STATE_COMPUTING") {
    progress.Update(
        {.done = Int(segment, "progress.done"), .total = Int(segment, "progress.total")});
    ABSL_RETURN_IF_ERROR(context.world().wait_for(kPoll));
    ABSL_ASSIGN_OR_RETURN(segment, client.Get(path));
  }
  if (const Json* error = Find(segment, "error");
      Text(segment, "state") == "STATE_FAILED" && error) {
    return ErrorOf(*error);
  }
  return segment;
}

struct SegmentFlags {
  Flag<std::string> filter;
  Flag<std::string> name;
  Flag<std::string> description;
  Flag<bool> no_wait;
};

SegmentFlags AddSegmentFlags(const Command& command) {
  command.Means("segment.filter", "--filter").Means("segment.display_name", "--name");
  return {.filter = command.Text("--filter", "FILTER", kFilterHelp),
          .name = command.Text("--name", "NAME", "What the console calls it"),
          .description = command.Text("--description", "TEXT", "What it is for"),
          .no_wait = command.Switch("--no-wait", "Does not wait until the members are found")};
}

Json SegmentOf(const SegmentFlags& flags) {
  Json segment = Json::object();
  if (flags.filter.given()) segment["filter"] = *flags.filter;
  if (flags.name.given()) segment["displayName"] = *flags.name;
  if (flags.description.given()) segment["description"] = *flags.description;
  return segment;
}

absl::Status ShowWhenReady(Context& context, Client& client, const SegmentFlags& flags,
                           Json segment) {
  if (!*flags.no_wait) {
    ABSL_ASSIGN_OR_RETURN(segment, WaitUntilReady(context, client, std::move(segment)));
  }
  PrintResource(context, Segment(), segment);
  return absl::OkStatus();
}

void AddSegmentCreate(const Command& group) {
  const Command create =
      group.Add("create", "Makes a segment of the customers who meet a condition.",
                "regularsctl segment create best --name 'Best customers' --filter "
                "'rfm.recency >= 4 AND rfm.monetary >= 4'");
  const auto id = create.Word("SEGMENT", "Id for it: lower-case letters, digits and '-'");
  const SegmentFlags flags = AddSegmentFlags(create);
  flags.filter.option()->required();
  create.Means("segment_id", "SEGMENT");
  create.Run([=](Context& context) -> absl::Status {
    Json segment = SegmentOf(flags);
    if (!flags.name.given()) segment["displayName"] = *id;
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(Json made,
                          client->Post(Segment().Path(), segment,
                                       {{"segmentId", *id}, {"requestId", NewRequestId()}}));
    return ShowWhenReady(context, *client, flags, std::move(made));
  });
}

void AddSegmentUpdate(const Command& group) {
  const Command update =
      group.Add("update", "Changes a segment; with a new filter its members are found anew.",
                "regularsctl segment update best --filter 'rfm.recency = 5'");
  const auto id = update.Word("SEGMENT", "Id or name of the segment");
  const SegmentFlags flags = AddSegmentFlags(update);
  update.Run([=](Context& context) -> absl::Status {
    const Json segment = SegmentOf(flags);
    if (segment.empty()) return UsageError("nothing to change: give at least one flag");
    std::vector<std::string> mask;
    for (const auto& [key, value] : segment.items()) mask.push_back(key);
    ABSL_ASSIGN_OR_RETURN(const std::string path, Segment().PathOf(*id));
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(Json now, client->Patch(path, segment,
                                                  {{"updateMask", absl::StrJoin(mask, ",")},
                                                   {"requestId", NewRequestId()}}));
    return ShowWhenReady(context, *client, flags, std::move(now));
  });
}

void AddSegmentMembers(const Command& group) {
  const Command members = group.Add("members", "Lists the customers in a segment.",
                                    "regularsctl segment members best --all --json");
  const auto id = members.Word("SEGMENT", "Id or name of the segment");
  const ListFlags flags = AddListFlags(members);
  members.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const std::string path, Segment().PathOf(*id));
    return PrintList(context, {IdColumn("CUSTOMER", "customer"), TimeColumn("SINCE", "enterTime")},
                     "members", flags, path + "/members", {});
  });
}

void AddSegmentPreview(const Command& group) {
  const Command preview =
      group.Add("preview", "Says about how many customers meet a filter, and shows some.",
                "regularsctl segment preview 'country = \"DE\"' --sample 5");
  const auto filter = preview.Word("FILTER", kFilterHelp);
  const auto sample = preview.Number("--sample", "Customers to show (default 5)", 5, 0, 20);
  preview.Means("filter", "FILTER");
  preview.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json answer,
                          client->Ask(absl::StrCat(Segment().Path(), ":preview"),
                                      {{"filter", *filter}, {"sampleSize", *sample}}));
    if (context.json()) {
      context.PrintJson(answer);
      return absl::OkStatus();
    }
    context.out() << (IsTrue(answer, "exact") ? "" : "about ")
                  << FormatCount(Int(answer, "estimatedCount")) << " of "
                  << FormatCount(Int(answer, "customerCount")) << " customers\n";
    Table table({{"ID"}, {"NAME", Align::kLeft, true}, {"COUNTRY"}, {"REVENUE", Align::kRight}});
    for (const Json& customer : Items(answer, "sample")) {
      const Json* revenue = Find(customer, "purchases.revenue");
      table.Add({ShortName(Text(customer, "name")), Safe(Text(customer, "displayName")),
                 Safe(Text(customer, "country")), revenue ? FormatRoundedMoney(*revenue) : ""});
    }
    table.Print(context.out(), context.world().out_width);
    return absl::OkStatus();
  });
}

}  // namespace

void AddSegmentCommands(const Command& root) {
  const Command group = root.Group("segment", "Customers who are alike.");
  AddGet(group, Segment(), "regularsctl segment get best");
  AddList(group, Segment(),
          {.summary = "Lists the segments.", .example = "regularsctl segment list"});
  AddSegmentCreate(group);
  AddSegmentUpdate(group);
  AddSegmentMembers(group);
  AddSegmentPreview(group);
  AddDelete(group, Segment(), {.example = "regularsctl segment delete best --yes"});
}

}  // namespace regulars::cli
