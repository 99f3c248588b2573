// member get|list|enrol|close: who is in the programme; points statement|adjust|verify: the ledger.
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/resource.h"

namespace regulars::cli {
namespace {

constexpr char kApi[] = "/api/loyalty/v1";
// Pages of the ledger that are verified at most: 100 million members.
constexpr int kMaxPages = 100'000;

const Resource& Member() {
  static const Resource& member = *new Resource{
      .service = "loyalty",
      .collection = "members",
      .noun = "member",
      .columns = {IdColumn(), IdColumn("CUSTOMER", "customer"), CountColumn("POINTS", "balance"),
                  CountColumn("QUALIFYING", "qualifyingPoints"), TextColumn("TIER", "tier"),
                  EnumColumn("STATE", "state", "STATE_"), TimeColumn("SINCE", "createTime")},
      .more = {TimeColumn("ORDERS COUNT FROM", "countedFromTime"),
               CountColumn("POSTINGS", "postingCount"), TimeColumn("CLOSED", "closeTime")}};
  return member;
}

const Resource& Posting() {
  static const Resource& posting = *new Resource{
      .service = "loyalty",
      .collection = "postings",
      .noun = "posting",
      .columns = {IdColumn("NO"), TimeColumn("TIME", "createTime"),
                  EnumColumn("KIND", "kind", "KIND_"), CountColumn("POINTS", "points"),
                  CountColumn("BALANCE", "balanceAfter"), TextColumn("SOURCE", "orderSource"),
                  TextColumn("RECEIPT", "orderReceiptNumber"), TextColumn("REASON", "reasonCode"),
                  TextColumn("REFERENCE", "reference")}};
  return posting;
}

// A flag or a word that says who.
struct WhoFlags {
  Flag<std::string> member;
  Flag<std::string> customer;
};

WhoFlags AddWho(const Command& command) {
  return {command.OptionalWord("MEMBER", "Id or name of the member"),
          command.Text("--customer", "CUSTOMER", "The member that this customer is")};
}

absl::StatusOr<std::string> CustomerName(absl::string_view id) {
  return NameIn("customers", "customer", id);
}

// The member that the flags mean.
absl::StatusOr<Json> FindMember(Client& client, const WhoFlags& who) {
  if (who.member.given() == who.customer.given()) {
    return UsageError("give a member's id, or --customer");
  }
  if (who.member.given()) {
    ABSL_ASSIGN_OR_RETURN(const std::string path, Member().PathOf(*who.member));
    return client.Get(path);
  }
  ABSL_ASSIGN_OR_RETURN(const std::string customer, CustomerName(*who.customer));
  return client.Get(absl::StrCat(Member().Path(), ":lookup"), {{"customer", customer}});
}

void AddMemberGet(const Command& group) {
  const Command get = group.Add("get", "Shows one member.",
                                "regularsctl member get --customer 06g1x7k3vq8s5e0h4m2n9p1r3t");
  const WhoFlags who = AddWho(get);
  get.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json member, FindMember(*client, who));
    PrintResource(context, Member(), member);
    return absl::OkStatus();
  });
}

void AddMemberEnrol(const Command& group) {
  const Command enrol = group.Add("enrol", "Makes a customer a member.",
                                  "regularsctl member enrol 06g1x7k3vq8s5e0h4m2n9p1r3t");
  const auto customer = enrol.Word("CUSTOMER", "Id or name of the customer");
  const auto from =
      enrol.Text("--from", "TIME", "Orders from this time on count (RFC 3339); default: from now");
  enrol.Means("customer", "CUSTOMER").Means("counted_from_time", "--from");
  enrol.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const std::string name, CustomerName(*customer));
    Json request = {{"customer", name}, {"requestId", NewRequestId()}};
    if (from.given()) request["countedFromTime"] = *from;
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json member,
                          client->Post(absl::StrCat(Member().Path(), ":enrol"), request));
    PrintResource(context, Member(), member);
    return absl::OkStatus();
  });
}

void AddMemberClose(const Command& group) {
  const Command close = group.Add("close", "Ends a membership for good; the points are lost.",
                                  "regularsctl member close 06g1x7k3vq8s5e0h4m2n9p1r3t --yes");
  const auto id = close.Word("MEMBER", "Id or name of the member");
  const auto yes = close.Switch("-y,--yes", "Does not ask");
  close.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const std::string name, Member().NameOf(*id));
    ABSL_ASSIGN_OR_RETURN(const std::string path, Member().PathOf(*id));
    if (!*yes) {
      ABSL_RETURN_IF_ERROR(context.Confirm(
          absl::StrCat("This ends the membership ", name, " for good; its points are lost.")));
    }
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json member, client->Post(absl::StrCat(path, ":close"),
                                                          {{"requestId", NewRequestId()}}));
    PrintResource(context, Member(), member);
    return absl::OkStatus();
  });
}

void AddStatement(const Command& group) {
  const Command statement =
      group.Add("statement", "Lists a member's postings, the newest first.",
                "regularsctl points statement --customer 06g1x7k3vq8s5e0h4m2n9p1r3t");
  const WhoFlags who = AddWho(statement);
  const ListFlags flags = AddListFlags(statement);
  statement.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json member, FindMember(*client, who));
    const std::string path = absl::StrCat(kApi, "/", Text(member, "name"), "/postings");
    return PrintList(context, Posting().columns, "postings", flags, path, {});
  });
}

void AddAdjust(const Command& group) {
  const Command adjust =
      group.Add("adjust", "Gives points to a member, or takes some.",
                "regularsctl points adjust 06g1x7k3vq8s5e0h4m2n9p1r3t --points 50 "
                "--reason GOODWILL --reference ticket-4711");
  const WhoFlags who = AddWho(adjust);
  const auto points = adjust.Number("--points", "Points to give; negative: to take", 0,
                                    -1'000'000'000, 1'000'000'000);
  points.option()->required();
  const auto reason = adjust.Text("--reason", "CODE", "Why, in a word of yours: GOODWILL");
  reason.option()->required();
  const auto reference =
      adjust.Text("--reference", "TEXT", "What it belongs to: a ticket's number");
  const auto qualifying = adjust.Switch("--qualifying", "The points count for the tier too");
  const auto negative =
      adjust.Switch("--allow-negative", "Takes more than there is; the rest is owed");
  adjust.Means("points", "--points").Means("reason_code", "--reason");
  adjust.Means("reference", "--reference");
  adjust.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json member, FindMember(*client, who));
    const std::string path = absl::StrCat(kApi, "/", Text(member, "name"), ":adjustPoints");
    ABSL_ASSIGN_OR_RETURN(const Json posting,
                          client->Post(path, {{"points", absl::StrCat(*points)},
                                              {"reasonCode", *reason},
                                              {"reference", *reference},
                                              {"qualifying", *qualifying},
                                              {"allowNegativeBalance", *negative},
                                              {"requestId", NewRequestId()}}));
    PrintResource(context, Posting(), posting);
    return absl::OkStatus();
  });
}

void AddVerify(const Command& group) {
  const Command verify = group.Add("verify", "Works out all balances anew and tells what differs.",
                                   "regularsctl points verify");
  verify.Run([](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    Table table({{"RESOURCE"}, {"WHAT"}, {"KEPT", Align::kRight}, {"WORKED OUT", Align::kRight}});
    Json found = Json::array();
    int64_t members = 0;
    int64_t postings = 0;
    std::string token;
    for (int pages = 0; pages < kMaxPages; ++pages) {
      ABSL_ASSIGN_OR_RETURN(const Json page,
                            client->Get(absl::StrCat(kApi, "/ledger:verify"),
                                        {{"pageSize", "10000"}, {"pageToken", token}}));
      members += Int(page, "checkedMembers");
      postings += Int(page, "checkedPostings");
      for (const Json& each : Items(page, "discrepancies")) {
        found.push_back(each);
        table.Add({Safe(Text(each, "resource")), Safe(Text(each, "what")),
                   FormatCount(Int(each, "kept")), FormatCount(Int(each, "recomputed"))});
      }
      token = Text(page, "nextPageToken");
      if (token.empty()) break;
    }
    if (context.json()) {
      context.out() << Json{{"checkedMembers", members},
                            {"checkedPostings", postings},
                            {"discrepancies", found}}
                           .dump()
                    << '\n';
    } else {
      if (!found.empty()) table.Print(context.out(), context.world().out_width);
      context.out() << FormatCount(members) << " members and " << FormatCount(postings)
                    << " postings were checked; "
                    << (found.empty() ? "all is well" : "the above is wrong") << ".\n";
    }
    if (found.empty()) return absl::OkStatus();
    return absl::DataLossError("the ledger does not add up");
  });
}

}  // namespace

void AddMemberCommands(const Command& root) {
  const Command members = root.Group("member", "Who is in the loyalty programme.");
  AddMemberGet(members);
  AddList(members, Member(),
          {.summary = "Lists the members, by joining.",
           .example = "regularsctl member list --filter 'tier = \"gold\" AND balance > 1000'",
           .filter_help = "Condition on tier, balance, qualifying_points, state and create_time"});
  AddMemberEnrol(members);
  AddMemberClose(members);

  const Command points = root.Group("points", "What members earned, and why.");
  AddStatement(points);
  AddAdjust(points);
  AddVerify(points);
}

}  // namespace regulars::cli
