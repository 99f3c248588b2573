// campaign get|list|create|start|pause|resume|cancel|delete|settings|set: one template to many.
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "chassis/base/status_macros.h"
#include "cli/commands.h"
#include "cli/resource.h"

namespace regulars::cli {
namespace {

constexpr char kSettingsPath[] = "/api/campaign/v1/settings";

const Resource& Campaign() {
  static const Resource& resource = *new Resource{
      .service = "campaign",
      .collection = "campaigns",
      .noun = "campaign",
      .columns = {IdColumn(), TextColumn("NAME", "displayName"),
                  EnumColumn("STATE", "state", "STATE_"),
                  CountColumn("RECIPIENTS", "counts.recipients"),
                  CountColumn("SENT", "counts.sent"), CountColumn("PENDING", "counts.pending"),
                  CountColumn("OPENED", "counts.opened"), CountColumn("CLICKED", "counts.clicked"),
                  TextColumn("ERROR", "error.message")},
      .more = {TextColumn("DESCRIPTION", "description"), TextColumn("TEMPLATE", "template"),
               TextColumn("VERSION", "templateVersion"), TextColumn("AUDIENCE", "audience.segment"),
               TimeColumn("PLANNED FOR", "audience.startTime"),
               TextColumn("ENTRY", "entry.segment"), CountColumn("SKIPPED", "counts.skipped"),
               CountColumn("FAILED", "counts.failed"), CountColumn("BOUNCED", "counts.bounced"),
               CountColumn("UNKNOWN", "counts.unknown"),
               CountColumn("UNSUBSCRIBED", "counts.unsubscribed"),
               MarkColumn("AUDIENCE COMPLETE", "audienceComplete", "yes"),
               TimeColumn("CREATED", "createTime"), TimeColumn("STARTED", "startTime"),
               TimeColumn("FINISHED", "finishTime"), TextColumn("ETAG", "etag")}};
  return resource;
}

const Resource& Settings() {
  static const Resource& resource = *new Resource{
      .service = "campaign",
      .collection = "settings",
      .noun = "settings",
      .columns = {
          TextColumn("PUBLIC URL", "publicUrl"), TextColumn("COMPANY", "companyName"),
          TextColumn("POSTAL ADDRESS", "postalAddress"), TextColumn("FROM", "email.fromAddress"),
          TextColumn("FROM NAME", "email.fromName"), TextColumn("REPLY TO", "email.replyTo"),
          CountColumn("MOST A SECOND", "email.maxPerSecond"), TimeColumn("UPDATED", "updateTime"),
          TextColumn("ETAG", "etag")}};
  return resource;
}

// A campaign to a segment that is not there would be paused before its first mail. Where segments
// cannot be read, the campaign itself tells what it misses.
absl::Status CheckSegment(Client& client, absl::string_view name) {
  const Resource segment = {.service = "customer", .collection = "segments", .noun = "segment"};
  ABSL_ASSIGN_OR_RETURN(const std::string path, segment.PathOf(name));
  const absl::Status got = client.Get(path).status();
  return got.code() == absl::StatusCode::kNotFound ? got : absl::OkStatus();
}

absl::Status CheckSegmentOf(Client& client, const Json& campaign) {
  for (const char* path : {"audience.segment", "entry.segment"}) {
    if (const std::string name = Text(campaign, path); !name.empty()) {
      ABSL_RETURN_IF_ERROR(CheckSegment(client, name));
    }
  }
  return absl::OkStatus();
}

// A time that has passed, such as one of a mistyped year, would mean: now.
absl::Status CheckStart(Context& context, const std::string& time) {
  absl::Time parsed;
  // Others than these the server refuses.
  if (!absl::ParseTime(absl::RFC3339_full, time, &parsed, nullptr)) return absl::OkStatus();
  if (parsed >= context.world().clock.Now()) return absl::OkStatus();
  return UsageError(absl::StrCat("--at: ", time,
                                 " has passed; without --at a campaign begins when ",
                                 "'regularsctl campaign start' says so"));
}

void AddCampaignCreate(const Command& group) {
  const Command create = group.Add("create", "Makes a campaign, as a draft.",
                                   "regularsctl campaign create spring --template hello --segment "
                                   "best --at 2027-04-01T09:00:00Z");
  const auto id = create.Word("CAMPAIGN", "Id for it: lower-case letters, digits and '-'");
  const auto template_id = create.Text("--template", "TEMPLATE", "Id or name of the template");
  const auto segment =
      create.Text("--segment", "SEGMENT", "Id or name of the segment whose members get it");
  const auto entry = create.Text("--on-entry", "SEGMENT",
                                 "Id or name of a segment: whoever enters it gets it, once");
  const auto at = create.Text("--at", "TIME", "When it starts (RFC 3339); else when it is told to");
  const auto name = create.Text("--name", "NAME", "What the console calls it");
  template_id.option()->required();
  segment.option()->excludes(entry.option());
  at.option()->needs(segment.option());
  create.Means("campaign_id", "CAMPAIGN")
      .Means("campaign.template", "--template")
      .Means("campaign.audience.start_time", "--at")
      .Means("campaign.audience", "--segment")
      .Means("campaign.entry", "--on-entry");
  create.Run([=](Context& context) -> absl::Status {
    ABSL_RETURN_IF_ERROR(CheckStart(context, *at));
    Json made = {{"displayName", name.given() ? *name : *id}};
    ABSL_ASSIGN_OR_RETURN(made["template"], NameIn("templates", "template", *template_id));
    if (segment.given()) {
      ABSL_ASSIGN_OR_RETURN(made["audience"]["segment"], NameIn("segments", "segment", *segment));
    }
    if (at.given()) made["audience"]["startTime"] = *at;
    if (entry.given()) {
      ABSL_ASSIGN_OR_RETURN(made["entry"]["segment"], NameIn("segments", "segment", *entry));
    }
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_RETURN_IF_ERROR(CheckSegmentOf(*client, made));
    ABSL_ASSIGN_OR_RETURN(const Json now,
                          client->Post(Campaign().Path(), made,
                                       {{"campaignId", *id}, {"requestId", NewRequestId()}}));
    PrintResource(context, Campaign(), now);
    return absl::OkStatus();
  });
}

struct CampaignAction {
  std::string verb;
  std::string summary;
  bool checks_segment = false;
  bool asks = false;
};

// start, pause, resume, cancel.
void AddCampaignAction(const Command& group, const CampaignAction& action) {
  const Command act = group.Add(
      action.verb, action.summary,
      absl::StrCat("regularsctl campaign ", action.verb, " spring", action.asks ? " --yes" : ""));
  const auto id = act.Word("CAMPAIGN", "Id or name of the campaign");
  std::optional<Flag<bool>> yes;
  if (action.asks) yes = act.Switch("-y,--yes", "Does not ask");
  act.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const std::string name, Campaign().NameOf(*id));
    ABSL_ASSIGN_OR_RETURN(const std::string path, Campaign().PathOf(*id));
    if (yes && !**yes) {
      ABSL_RETURN_IF_ERROR(context.Confirm(absl::StrCat("This ends ", name, " for good.")));
    }
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    if (action.checks_segment) {
      ABSL_ASSIGN_OR_RETURN(const Json before, client->Get(path));
      ABSL_RETURN_IF_ERROR(CheckSegmentOf(*client, before));
    }
    ABSL_ASSIGN_OR_RETURN(const Json now, client->Post(absl::StrCat(path, ":", action.verb),
                                                       {{"requestId", NewRequestId()}}));
    PrintResource(context, Campaign(), now);
    return absl::OkStatus();
  });
}

void AddSenderSettings(const Command& group) {
  group.Add("settings", "Shows who writes, and from where.", "regularsctl campaign settings")
      .Run([](Context& context) -> absl::Status {
        ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
        ABSL_ASSIGN_OR_RETURN(const Json now, client->Get(kSettingsPath));
        PrintResource(context, Settings(), now);
        return absl::OkStatus();
      });
  const Command set = group.Add("set", "Changes who writes, and from where.",
                                "regularsctl campaign set --public-url https://crm.shop.example "
                                "--from news@shop.example --from-name 'The Shop'");
  struct Text {
    const char* flag;
    const char* label;
    const char* path;
    const char* help;
  };
  static constexpr Text kTexts[] = {
      {"--public-url", "URL", "publicUrl", "Where the gateway is seen from outside"},
      {"--company", "NAME", "companyName", "Who the company is"},
      {"--postal-address", "TEXT", "postalAddress", "Where it is"},
      {"--from", "ADDRESS", "email.fromAddress", "Address that mails come from"},
      {"--from-name", "NAME", "email.fromName", "Name beside it"},
      {"--reply-to", "ADDRESS", "email.replyTo", "Where answers go"},
  };
  std::vector<Flag<std::string>> texts;
  for (const Text& text : kTexts) texts.push_back(set.Text(text.flag, text.label, text.help));
  const auto rate =
      set.Number("--max-per-second", "Most messages a second; 0: no limit", 0, 0, 10000);
  set.Means("settings.public_url", "--public-url")
      .Means("settings.email.from_address", "--from")
      .Means("settings.email.reply_to", "--reply-to");
  set.Run([=](Context& context) -> absl::Status {
    Json settings = Json::object();
    std::vector<std::string> mask;
    const auto take = [&](const std::string& path, const Json& value) {
      const size_t dot = path.find('.');
      (dot == std::string::npos ? settings[path]
                                : settings[path.substr(0, dot)][path.substr(dot + 1)]) = value;
      mask.push_back(path);
    };
    for (size_t i = 0; i < texts.size(); ++i) {
      if (texts[i].given()) take(kTexts[i].path, *texts[i]);
    }
    if (rate.given()) take("email.maxPerSecond", *rate);
    if (mask.empty()) return UsageError("nothing to change: give at least one flag");
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    const Query query = {{"updateMask", absl::StrJoin(mask, ",")}, {"requestId", NewRequestId()}};
    ABSL_ASSIGN_OR_RETURN(const Json now, client->Patch(kSettingsPath, settings, query));
    PrintResource(context, Settings(), now);
    return absl::OkStatus();
  });
}

}  // namespace

void AddCampaignCommands(const Command& root) {
  const Command group = root.Group("campaign", "One template to many customers.");
  AddGet(group, Campaign(), "regularsctl campaign get spring");
  AddList(
      group, Campaign(),
      {.summary = "Lists the campaigns, newest first.", .example = "regularsctl campaign list"});
  AddCampaignCreate(group);
  AddCampaignAction(group,
                    {.verb = "start", .summary = "Lets a draft run.", .checks_segment = true});
  AddCampaignAction(group, {.verb = "pause", .summary = "Stops sending until it is resumed."});
  AddCampaignAction(group, {.verb = "resume", .summary = "Goes on where the campaign was."});
  AddCampaignAction(group,
                    {.verb = "cancel", .summary = "Ends a campaign for good.", .asks = true});
  AddDelete(group, Campaign(), {.example = "regularsctl campaign delete spring --yes"});
  AddSenderSettings(group);
}

}  // namespace regulars::cli
