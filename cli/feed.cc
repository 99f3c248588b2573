// feed tail|state: what happened in a service, as it happens.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/resource.h"

namespace regulars::cli {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(500);
constexpr absl::Duration kLongestPause = absl::Seconds(10);
// How often a beginning is sought that is not pruned before it is reached.
constexpr int kMaxBeginnings = 3;

const Resource& FeedState() {
  static const Resource& state = *new Resource{
      .service = "customer",
      .collection = "feed",
      .noun = "feed",
      .columns = {TextColumn("EPOCH", "epoch"), PositionColumn("HEAD", "headPosition"),
                  PositionColumn("PRUNED UP TO", "prunedPosition"),
                  TimeColumn("HEAD TIME", "headTime")}};
  return state;
}

// One line: position, time, type, subject and what else the payload says.
void PrintEvent(Context& context, const Json& event) {
  if (context.json()) {
    context.out() << Write(event) << '\n';
    return;
  }
  Json data = event.value("data", Json::object());
  if (data.is_object()) data.erase("@type");
  context.out() << Safe(Text(event, "position")) << "  "
                << FormatApiTime(Text(event, "time"), context.zone()) << "  "
                << Safe(absl::StripPrefix(Text(event, "type"), "regulars.")) << "  "
                << Safe(Text(event, "subject")) << "  " << Write(data) << '\n';
}

// Of the services that have a feed: the gateway, which answers for "access", has none.
Flag<std::string> AddFeedFlag(const Command& command) {
  return command.Choice("--service", {"customer", "campaign", "loyalty", "recommend"},
                        "The service whose feed it is (default customer)", "customer");
}

struct TailFlags {
  Flag<int64_t> after;
  Flag<bool> from_start;
  Flag<bool> stop;
  Flag<std::string> epoch;
  Flag<std::vector<std::string>> types;
  Flag<std::string> service;
};

// Where a tail stands; a broken connection goes on from here.
struct Place {
  std::string epoch;
  std::string position;  // "" before the first message.
};

Query SubscribeQuery(const TailFlags& flags, const Place& place) {
  Query query;
  if (!place.position.empty()) {
    query = {{"epoch", place.epoch}, {"after", place.position}};
  } else if (flags.after.given()) {
    query = {{"after", absl::StrCat(*flags.after)}, {"epoch", place.epoch}};
  } else {
    query = {{"fromHead", "true"}};
  }
  for (const std::string& type : *flags.types) query.emplace_back("types", type);
  if (*flags.stop) query.emplace_back("stopAtHead", "true");
  return query;
}

// Before the first event that the service still has.
absl::StatusOr<Place> Beginning(Context& context, Client& client, const std::string& base) {
  ABSL_ASSIGN_OR_RETURN(const Json state, client.Get(base));
  const int64_t gone = Int(state, "prunedPosition");
  if (gone > 0) {
    context.Note(absl::StrCat("the first ", FormatCount(gone),
                              " events are gone; beginning with the oldest that is left"));
  }
  return Place{.epoch = Text(state, "epoch"), .position = absl::StrCat(gone)};
}

// Where a tail begins. A position means something within its epoch only; without one, today's is
// meant.
absl::StatusOr<Place> FirstPlace(Context& context, Client& client, const std::string& base,
                                 const TailFlags& flags) {
  if (*flags.from_start) return Beginning(context, client, base);
  Place place{.epoch = *flags.epoch};
  if (flags.after.given() && *flags.after > 0 && place.epoch.empty()) {
    ABSL_ASSIGN_OR_RETURN(const Json state, client.Get(base));
    place.epoch = Text(state, "epoch");
  }
  return place;
}

absl::Status Tail(Context& context, const TailFlags& flags) {
  ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
  const std::string base = absl::StrCat("/api/", *flags.service, "/v1/feed");
  ABSL_ASSIGN_OR_RETURN(Place place, FirstPlace(context, *client, base, flags));
  bool heard = false;
  int beginnings = 1;
  bool fresh = false;  // Whether this connection has brought something.
  absl::Duration pause = kFirstPause;
  while (true) {
    fresh = false;
    const absl::Status status = client->Stream(
        absl::StrCat(base, ":subscribe"), SubscribeQuery(flags, place), [&](const Json& batch) {
          for (const Json& event : Items(batch, "events")) PrintEvent(context, event);
          context.out().flush();
          place = {.epoch = Text(batch, "epoch"), .position = Text(batch, "position")};
          pause = kFirstPause;
          heard = fresh = true;
          return context.out().good();
        });
    if (!context.out().good() || (status.ok() && *flags.stop)) return absl::OkStatus();
    // Streams end with their token; the next one gets a new one.
    if (fresh && GetErrorDetails(status).reason == "TOKEN_EXPIRED") continue;
    const bool broken = status.ok() || status.code() == absl::StatusCode::kUnavailable;
    if (*flags.from_start && !heard && beginnings < kMaxBeginnings &&
        GetErrorDetails(status).reason == "POSITION_PRUNED") {
      ++beginnings;
      ABSL_ASSIGN_OR_RETURN(place, Beginning(context, *client, base));
      continue;
    }
    // A server that was never reached is a mistake in its address rather than a restart.
    if (!broken || (!heard && !status.ok())) return status;
    context.Note(absl::StrCat("the connection broke; going on after ", place.position));
    ABSL_RETURN_IF_ERROR(context.world().wait_for(pause));
    pause = std::min(pause * 2, kLongestPause);
  }
}

}  // namespace

void AddFeedCommands(const Command& root) {
  const Command group = root.Group("feed", "What happened in a service.");
  const Command tail =
      group.Add("tail",
                "Prints events as they happen, until Ctrl-C; a broken connection is taken up where "
                "it broke.",
                "regularsctl feed tail --from-start --type 'regulars.customer.order_*' --json");
  const TailFlags flags = {
      .after = tail.Number("--after", "Begins behind position N (default: behind the newest)", 0, 0,
                           INT64_MAX),
      .from_start = tail.Switch("--from-start", "Begins with the oldest event that is left"),
      .stop = tail.Switch("--stop", "Ends at the newest event instead of waiting"),
      .epoch = tail.Text("--epoch", "EPOCH", "Epoch of --after (default: the current one)"),
      .types =
          tail.Texts("--type", "TYPE", "Only events of this type; 'regulars.customer.order_*'"),
      .service = AddFeedFlag(tail)};
  flags.after.option()->excludes(flags.from_start.option());
  flags.epoch.option()->needs(flags.after.option());
  tail.Means("types", "--type").Means("after", "--after");
  tail.Run([=](Context& context) { return Tail(context, flags); });

  const Command state =
      group.Add("state", "Shows where a feed stands.", "regularsctl feed state --service customer");
  const auto service = AddFeedFlag(state);
  state.Run([=](Context& context) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(const Json now, client->Get(absl::StrCat("/api/", *service, "/v1/feed")));
    PrintResource(context, FeedState(), now);
    return absl::OkStatus();
  });
  AddFollowerCommands(group);
}

}  // namespace regulars::cli
