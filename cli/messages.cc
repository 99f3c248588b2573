// message get|list|send: single messages; suppression list|add|delete: whom not to write to.
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/resource.h"
#include "cli/template_source.h"

namespace regulars::cli {
namespace {

const Resource& Message() {
  static const Resource& resource = *new Resource{
      .service = "campaign",
      .collection = "messages",
      .noun = "message",
      .columns = {IdColumn(), EnumColumn("STATE", "state", "STATE_"),
                  TextColumn("REASON", "reason"), IdColumn("CUSTOMER", "customer"),
                  IdColumn("CAMPAIGN", "campaign"), TextColumn("TEMPLATE", "templateVersion"),
                  TimeColumn("FINISHED", "finishTime")},
      .more = {EnumColumn("ORIGIN", "origin", "ORIGIN_"), TextColumn("TOPIC", "topic"),
               CountColumn("REPLY CODE", "smtpCode"), CountColumn("ATTEMPTS", "attempts"),
               TimeColumn("CREATED", "createTime"), TimeColumn("DUE", "dueTime"),
               TimeColumn("OPENED", "openTime"), TimeColumn("CLICKED", "clickTime"),
               TimeColumn("UNSUBSCRIBED", "unsubscribeTime"), TextColumn("KEY", "key")}};
  return resource;
}

const Resource& Suppression() {
  static const Resource& resource = *new Resource{
      .service = "campaign",
      .collection = "suppressions",
      .noun = "suppression",
      .columns = {IdColumn(), EnumColumn("CAUSE", "cause", "CAUSE_"), TextColumn("TOPIC", "topic"),
                  IdColumn("CUSTOMER", "customer"), TimeColumn("SINCE", "createTime")}};
  return resource;
}

void AddMessageList(const Command& group) {
  const Command list = group.Add("list", "Lists messages, newest first.",
                                 "regularsctl message list --campaign spring --state bounced");
  const auto campaign = list.Text("--campaign", "CAMPAIGN", "Only those of this campaign");
  const auto customer = list.Text("--customer", "CUSTOMER", "Only those to this customer");
  const auto state = list.Choice(
      "--state", {"pending", "sending", "sent", "skipped", "failed", "bounced", "unknown"},
      "Only those in this state, of a campaign");
  const ListFlags flags = AddListFlags(list);
  campaign.option()->excludes(customer.option());
  state.option()->needs(campaign.option());
  list.Run([=](Context& context) -> absl::Status {
    Query query;
    if (campaign.given()) {
      ABSL_ASSIGN_OR_RETURN(std::string name, NameIn("campaigns", "campaign", *campaign));
      query.emplace_back("campaign", std::move(name));
    }
    if (customer.given()) {
      ABSL_ASSIGN_OR_RETURN(std::string name, NameIn("customers", "customer", *customer));
      query.emplace_back("customer", std::move(name));
    }
    if (state.given()) {
      query.emplace_back("state", absl::StrCat("STATE_", absl::AsciiStrToUpper(*state)));
    }
    return PrintList(context, Message().columns, "messages", flags, Message().Path(), query);
  });
}

void AddMessageSend(const Command& group) {
  const Command send =
      group.Add("send", "Sends one message to one customer.",
                "regularsctl message send order-placed 06g1… --variables order.json");
  const auto template_id = send.Word("TEMPLATE", kTemplateSourceHelp);
  const auto customer = send.Word("CUSTOMER", "Id or name of the customer");
  const auto values = send.File("--variables", "JSON file with the values that senders fill");
  const auto key = send.Text("--key", "KEY", "A second message with this key is the first");
  send.Means("template", "TEMPLATE")
      .Means("customer", "CUSTOMER")
      .Means("variables", "--variables");
  send.Run([=](Context& context) -> absl::Status {
    Json request = {{"requestId", NewRequestId()}};
    ABSL_ASSIGN_OR_RETURN(const TemplateSource source, TemplateSourceOf(*template_id));
    request["template"] = source.name;
    ABSL_ASSIGN_OR_RETURN(request["customer"], NameIn("customers", "customer", *customer));
    if (key.given()) request["key"] = *key;
    if (values.given()) {
      ABSL_ASSIGN_OR_RETURN(request["variables"], ReadJsonFile(*values));
    }
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json made,
                          client->Post(absl::StrCat(Message().Path(), ":send"), request));
    PrintResource(context, Message(), made);
    return absl::OkStatus();
  });
}

void AddSuppressionAdd(const Command& group) {
  const Command add = group.Add("add", "Closes the way to a customer or an address.",
                                "regularsctl suppression add --address ann@example.com");
  const auto customer = add.Text("--customer", "CUSTOMER", "Id or name of the customer");
  const auto address = add.Text("--address", "ADDRESS", "E-mail address; only its hash is kept");
  const auto topic = add.Text("--topic", "TOPIC", "Only for this topic; else for all messages");
  customer.option()->excludes(address.option());
  add.Means("suppression.address", "--address").Means("suppression.customer", "--customer");
  add.Run([=](Context& context) -> absl::Status {
    Json made = Json::object();
    if (customer.given()) {
      ABSL_ASSIGN_OR_RETURN(made["customer"], NameIn("customers", "customer", *customer));
    }
    if (address.given()) made["address"] = *address;
    if (topic.given()) made["topic"] = *topic;
    if (made.empty()) return UsageError("give --customer or --address");
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(
        const Json now, client->Post(Suppression().Path(), made, {{"requestId", NewRequestId()}}));
    PrintResource(context, Suppression(), now);
    return absl::OkStatus();
  });
}

}  // namespace

void AddMessageCommands(const Command& root) {
  const Command group = root.Group("message", "Messages one by one.");
  AddGet(group, Message(), "regularsctl message get 06g1…");
  AddMessageList(group);
  AddMessageSend(group);
  const Command suppressions = root.Group("suppression", "Whom not to write to.");
  AddList(
      suppressions, Suppression(),
      {.summary = "Lists suppressions, newest first.", .example = "regularsctl suppression list"});
  AddSuppressionAdd(suppressions);
  AddDelete(suppressions, Suppression(), {.example = "regularsctl suppression delete 06g1… --yes"});
}

}  // namespace regulars::cli
