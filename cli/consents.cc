// consent set|list|check.
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/resource.h"

namespace regulars::cli {
namespace {

constexpr char kApi[] = "/api/customer/v1/";

const Resource& Consent() {
  static const Resource& consent = *new Resource{
      .service = "customer",
      .collection = "customers",
      .noun = "customer",
      .columns = {TextColumn("CHANNEL", "channel"), TextColumn("TOPIC", "topic"),
                  EnumColumn("STATE", "state", "STATE_"), TimeColumn("SINCE", "changeTime"),
                  TextColumn("SOURCE", "source"), TextColumn("PROOF", "proof"),
                  MarkColumn("COUNTS", "current", "yes")},
      .more = {TextColumn("RECORDED BY", "recordedBy"), TimeColumn("RECORDED", "createTime")}};
  return consent;
}

void AddConsentSet(const Command& group) {
  const Command set = group.Add(
      "set", "Records what a customer has said about being written to.",
      "regularsctl consent set 06g1x7k3vq8s5e0h4m2n9p1r3t --channel email --topic newsletter "
      "--state granted --source till --proof 'form 7'");
  const auto id = set.Word("CUSTOMER", "Id or name of the customer");
  const auto channel = set.Text("--channel", "CHANNEL", "email, sms, phone, post or push");
  channel.option()->required();
  const auto topic = set.Text("--topic", "TOPIC", "What it is about; without: the whole channel");
  const auto state = set.Choice("--state", {"granted", "withdrawn", "pending"},
                                "What the customer said", "granted");
  const auto source = set.Text("--source", "SOURCE", "Where it was said: till, checkout …");
  source.option()->required();
  const auto proof = set.Text("--proof", "TEXT", "What shows it");
  const auto time = set.Text("--time", "TIME", "When it was said (RFC 3339); without: now");
  set.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const std::string name, Consent().NameOf(*id));
    Json consent = {
        {"customer", name},  {"channel", *channel},
        {"topic", *topic},   {"state", absl::StrCat("STATE_", absl::AsciiStrToUpper(*state))},
        {"source", *source}, {"proof", *proof}};
    if (time.given()) consent["changeTime"] = *time;
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json said,
                          client->Post(absl::StrCat(kApi, "consents:set"),
                                       {{"consent", consent}, {"requestId", NewRequestId()}}));
    PrintResource(context, Consent(), said);
    return absl::OkStatus();
  });
}

void AddConsentList(const Command& group) {
  const Command list = group.Add("list", "Lists what a customer has said, the latest first.",
                                 "regularsctl consent list 06g1x7k3vq8s5e0h4m2n9p1r3t --history");
  const auto id = list.Word("CUSTOMER", "Id or name of the customer");
  const auto history = list.Switch("--history", "Everything ever said, not only what counts");
  const ListFlags flags = AddListFlags(list);
  list.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const std::string path, Consent().PathOf(*id));
    Query query;
    if (*history) query.emplace_back("showHistory", "true");
    return PrintList(context, Consent().columns, "consents", flags, path + "/consents", query);
  });
}

void AddConsentCheck(const Command& group) {
  const Command check = group.Add(
      "check", "Tells whether a customer may be written to, and why not.",
      "regularsctl consent check 06g1x7k3vq8s5e0h4m2n9p1r3t --channel email --topic newsletter");
  const auto id = check.Word("CUSTOMER", "Id or name of the customer");
  const auto channel = check.Text("--channel", "CHANNEL", "email, sms, phone, post or push");
  channel.option()->required();
  const auto topic = check.Text("--topic", "TOPIC", "What it would be about");
  const auto purpose = check.Choice("--purpose", {"marketing", "service"}, "Why", "marketing");
  check.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const std::string path, Consent().PathOf(*id));
    const Query query = {
        {"channel", *channel},
        {"topic", *topic},
        {"purpose", absl::StrCat("CONTACT_PURPOSE_", absl::AsciiStrToUpper(*purpose))}};
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json answer, client->Get(path + ":mayContact", query));
    if (context.json()) {
      context.PrintJson(answer);
    } else {
      context.out() << FormatEnum(Text(answer, "verdict"), "CONTACT_VERDICT_") << '\n';
    }
    return absl::OkStatus();
  });
}

}  // namespace

void AddConsentCommands(const Command& root) {
  const Command group = root.Group("consent", "Who may be written to, about what.");
  AddConsentSet(group);
  AddConsentList(group);
  AddConsentCheck(group);
}

}  // namespace regulars::cli
