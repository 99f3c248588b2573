// demo fill.
#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"
#include "cli/commands.h"
#include "cli/demo/fill.h"
#include "cli/format.h"
#include "cli/operations.h"
#include "cli/progress.h"

namespace regulars::cli {
namespace {

using demo::FillCounts;
using demo::Filler;
using demo::FillOptions;
using demo::FillSummary;

constexpr int64_t kMostCustomers = 100'000'000;
constexpr int64_t kMostSeed = 1'000'000;
constexpr int64_t kMostConnections = 64;

double PerSecond(int64_t count, absl::Duration time) {
  return static_cast<double>(count) / std::max(absl::ToDoubleSeconds(time), 1e-3);
}

Json ToJson(const FillCounts& counts) {
  return {
      {"created", counts.created}, {"updated", counts.updated}, {"unchanged", counts.unchanged}};
}

void PrintSummary(Context& context, const FillSummary& summary, absl::Duration time) {
  const double customers = PerSecond(summary.customers.all(), time);
  const double lines = PerSecond(summary.lines, time);
  if (context.json()) {
    return context.PrintJson({{"customers", ToJson(summary.customers)},
                              {"orders", ToJson(summary.orders)},
                              {"lines", summary.lines},
                              {"events", ToJson(summary.events)},
                              {"consents", ToJson(summary.consents)},
                              {"seconds", absl::ToDoubleSeconds(time)},
                              {"customersPerSecond", customers},
                              {"linesPerSecond", lines}});
  }
  const auto line = [&](const char* what, const FillCounts& counts) {
    context.out() << what << FormatCount(counts.all()) << " (" << FormatCount(counts.created)
                  << " new, " << FormatCount(counts.updated) << " changed, "
                  << FormatCount(counts.unchanged) << " as they were)\n";
  };
  line("Customers: ", summary.customers);
  line("Orders:    ", summary.orders);
  line("Events:    ", summary.events);
  line("Consents:  ", summary.consents);
  context.out() << "Lines:     " << FormatCount(summary.lines) << '\n'
                << absl::StrCat(
                       "Sent in ", absl::FormatDuration(absl::Trunc(time, absl::Milliseconds(1))),
                       ": ", FormatCount(static_cast<int64_t>(customers)), " customers/s, ",
                       FormatCount(static_cast<int64_t>(lines)), " lines/s\n");
}

absl::Status Score(Context& context, Client& client) {
  Progress progress(context.world(), "scoring");
  ABSL_ASSIGN_OR_RETURN(Json operation, client.Post("/api/customer/v1/rfmTable:compute",
                                                    {{"requestId", NewRequestId()}}));
  return WaitForOperation(context, client, "customer", std::move(operation),
                          [&](const Json& state) {
                            progress.Update({.done = Int(state, "metadata.progress.done"),
                                             .total = Int(state, "metadata.progress.total")});
                          })
      .status();
}

absl::Status Fill(Context& context, const FillOptions& options) {
  ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
  Filler filler(
      *client, [&] { return context.ConnectAgain(); }, options);
  ABSL_RETURN_IF_ERROR(filler.SetUp());
  Progress progress(context.world(), "filling");
  ABSL_RETURN_IF_ERROR(filler.SendAll([&](const FillSummary& summary) {
    progress.Update({.done = summary.customers.all(),
                     .total = options.customers,
                     .remark = absl::StrCat(FormatCount(summary.orders.all()), " orders, ",
                                            FormatCount(summary.lines), " lines")});
  }));
  const absl::Duration time = progress.elapsed();
  progress.Wipe();
  const FillSummary summary = filler.summary();
  ABSL_ASSIGN_OR_RETURN(const int64_t segments, filler.MakeSegments());
  if (summary.customers.changed() || summary.orders.changed() || segments > 0) {
    ABSL_RETURN_IF_ERROR(Score(context, *client));
  }
  PrintSummary(context, summary, time);
  return absl::OkStatus();
}

}  // namespace

void AddDemoCommands(const Command& root) {
  const Command group = root.Group("demo", "A shop to try Regulars with.");
  const Command fill =
      group.Add("fill",
                "Makes a shop with two years of history, segments and scores. The same again "
                "changes nothing.",
                "regularsctl demo fill --customers 2000");
  const auto customers =
      fill.Number("--customers", "How many customers", FillOptions().customers, 1, kMostCustomers);
  const auto seed =
      fill.Number("--seed", "Another number is another shop", FillOptions().seed, 1, kMostSeed);
  const auto connections = fill.Number("--connections", "Connections to send over",
                                       FillOptions().connections, 1, kMostConnections);
  fill.Run([=](Context& context) {
    return Fill(context, {.customers = *customers, .seed = *seed, .connections = *connections});
  });
}

}  // namespace regulars::cli
