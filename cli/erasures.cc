// erasure get|list, and customer timeline|erase|export.
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/format.h"
#include "cli/resource.h"

namespace regulars::cli {
namespace {

const Resource& Customers() {
  static const Resource& customers =
      *new Resource{.service = "customer", .collection = "customers", .noun = "customer"};
  return customers;
}

// "loyalty, campaign": those that are still awaited.
Column AwaitedColumn() {
  return {{"AWAITED", Align::kLeft, true}, [](const Json& item, absl::TimeZone) {
            std::string awaited;
            for (const Json& part : Items(item, "parts")) {
              if (!Text(part, "confirmTime").empty()) continue;
              absl::StrAppend(&awaited, awaited.empty() ? "" : ", ", Safe(Text(part, "service")));
            }
            return awaited;
          }};
}

const Resource& Erasure() {
  static const Resource& erasure = *new Resource{
      .service = "customer",
      .collection = "erasures",
      .noun = "erasure",
      .columns = {IdColumn(), IdColumn("CUSTOMER", "customer"),
                  EnumColumn("STATE", "state", "STATE_"), AwaitedColumn(),
                  TextColumn("REQUESTED BY", "requestedBy"), TimeColumn("REQUESTED", "createTime"),
                  TimeColumn("DONE", "completeTime")},
      .more = {}};
  return erasure;
}

// What an entry of the timeline says, in one line.
std::string Describe(const Json& event) {
  const auto text = [&](const char* path) { return Safe(Text(event, path)); };
  const std::string kind = Text(event, "kind");
  if (kind == "KIND_ORDER") {
    const Json* amount = Find(event, "order.amount");
    return absl::StrCat("receipt ", text("order.receiptNumber"), " ",
                        amount == nullptr ? "" : FormatMoney(*amount));
  }
  if (kind == "KIND_BEHAVIOUR") {
    return absl::StrCat(text("behaviour.eventName"), " ", text("behaviour.item"));
  }
  if (kind == "KIND_CONSENT") {
    return absl::StrCat(text("consent.channel"), " ", text("consent.topic"), " ",
                        FormatEnum(Text(event, "consent.state"), "STATE_"));
  }
  if (kind == "KIND_SEGMENT") {
    const Json* entered = Find(event, "segment.entered");
    const bool enters = entered != nullptr && entered->is_boolean() && entered->get<bool>();
    return absl::StrCat(enters ? "entered " : "left ", text("segment.segment"));
  }
  if (kind == "KIND_POINTS") {
    return absl::StrCat(Int(event, "points.points"), " points, balance ",
                        Int(event, "points.balanceAfter"));
  }
  if (kind == "KIND_TIER") {
    return absl::StrCat(text("tier.previousTier"), " -> ", text("tier.tier"));
  }
  return absl::StrCat(FormatEnum(Text(event, "message.what"), "WHAT_"), " ",
                      text("message.message"));
}

void AddTimeline(const Command& group) {
  const Command timeline =
      group.Add("timeline", "Lists what happened with a customer, the latest first.",
                "regularsctl customer timeline 06g1x7k3vq8s5e0h4m2n9p1r3t --kind order");
  const auto id = timeline.Word("CUSTOMER", "Id or name of the customer");
  const auto kinds = timeline.Texts("--kind", "KIND",
                                    "order, behaviour, consent, segment, points, tier or message");
  const ListFlags flags = AddListFlags(timeline);
  timeline.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const std::string path, Customers().PathOf(*id));
    Query query;
    for (const std::string& kind : *kinds) {
      query.emplace_back("kinds", absl::StrCat("KIND_", absl::AsciiStrToUpper(kind)));
    }
    const std::vector<Column> columns = {
        TimeColumn("TIME", "eventTime"), EnumColumn("KIND", "kind", "KIND_"),
        Column{{"WHAT", Align::kLeft, true},
               [](const Json& event, absl::TimeZone) { return Describe(event); }}};
    return PrintList(context, columns, "events", flags, path + "/timeline", query);
  });
}

void AddErase(const Command& group) {
  const Command erase = group.Add("erase", "Takes a person out of every service, for good.",
                                  "regularsctl customer erase 06g1x7k3vq8s5e0h4m2n9p1r3t --yes");
  const auto id = erase.Word("CUSTOMER", "Id or name of the customer");
  const auto yes = erase.Switch("-y,--yes", "Does not ask");
  erase.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const std::string path, Customers().PathOf(*id));
    ABSL_ASSIGN_OR_RETURN(const std::string name, Customers().NameOf(*id));
    if (!*yes) {
      ABSL_RETURN_IF_ERROR(context.Confirm(absl::StrCat("This erases ", name, " for good.")));
    }
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json erasure, client->Post(absl::StrCat(path, ":erase"),
                                                           {{"requestId", NewRequestId()}}));
    PrintResource(context, Erasure(), erasure);
    return absl::OkStatus();
  });
}

void AddExport(const Command& group) {
  const Command command =
      group.Add("export", "Writes all that all services hold about a customer, as JSON.",
                "regularsctl customer export 06g1x7k3vq8s5e0h4m2n9p1r3t --output ann.json");
  const auto id = command.Word("CUSTOMER", "Id or name of the customer");
  const auto output = command.File("--output",
                                   "Writes it there, for its owner only; '-' for the "
                                   "standard output");
  command.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const std::string path, Customers().PathOf(*id));
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json file, client->Get(absl::StrCat(path, ":export")));
    if (output.given() && !IsStandardOutput(*output)) {
      return WritePrivateFile(*output, file.dump(2) + "\n");
    }
    context.out() << file.dump(2) << '\n';
    return absl::OkStatus();
  });
}

}  // namespace

void AddPersonCommands(const Command& customer) {
  AddTimeline(customer);
  AddExport(customer);
  AddErase(customer);
}

void AddErasureCommands(const Command& root) {
  const Command group = root.Group("erasure", "Persons who were erased.");
  AddGet(group, Erasure(), "regularsctl erasure get 06g1x7k3vq8s5e0h4m2n9p1r3t");
  AddList(group, Erasure(),
          {.summary = "Lists erasures, the latest first.", .example = "regularsctl erasure list"});
}

}  // namespace regulars::cli
