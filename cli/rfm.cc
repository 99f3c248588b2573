// rfm [show]|compute: how customers spread over the scores.
#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "chassis/base/money.h"
#include "chassis/base/status_macros.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/operations.h"
#include "cli/progress.h"
#include "cli/resource.h"
#include "cli/table.h"

namespace regulars::cli {
namespace {

constexpr char kRfmPath[] = "/api/customer/v1/rfmTable";
constexpr int kScores = 5;
constexpr int64_t kBarWidth = 30;

// Sums over the cells of the table; index 0 holds the sums of all scores.
struct Sums {
  std::array<std::array<int64_t, kScores + 1>, kScores + 1> customers = {};  // [recency][frequency]
  std::array<std::array<int64_t, kScores + 1>, kScores + 1> revenue = {};
  std::array<std::array<int64_t, kScores + 1>, 3> by_score = {};  // Customers: [dimension][score].
  std::string currency;
};

Sums SumUp(const Json& rfm) {
  Sums sums;
  for (const Json& cell : Items(rfm, "cells")) {
    const std::array<int64_t, 3> scores = {Int(cell, "recency"), Int(cell, "frequency"),
                                           Int(cell, "monetary")};
    const int64_t customers = Int(cell, "customerCount");
    const int64_t revenue = Int(cell, "revenue.micros");
    if (sums.currency.empty()) sums.currency = Text(cell, "revenue.currencyCode");
    for (size_t dimension = 0; dimension < scores.size(); ++dimension) {
      if (scores[dimension] < 1 || scores[dimension] > kScores) return sums;
      sums.by_score[dimension][scores[dimension]] += customers;
    }
    for (const int64_t recency : {int64_t{0}, scores[0]}) {
      for (const int64_t frequency : {int64_t{0}, scores[1]}) {
        sums.customers[recency][frequency] += customers;
        sums.revenue[recency][frequency] += revenue;
      }
    }
  }
  return sums;
}

void PrintGrid(Context& context, const Sums& sums, bool revenue) {
  std::vector<TableColumn> columns = {{"", Align::kLeft}};
  for (int frequency = 1; frequency <= kScores; ++frequency) {
    columns.push_back({absl::StrCat("F", frequency), Align::kRight});
  }
  columns.push_back({"ALL", Align::kRight});
  Table table(columns);
  const auto cell = [&](int recency, int frequency) {
    if (!revenue) return FormatCount(sums.customers[recency][frequency]);
    return FormatRoundedMoney({{"currencyCode", sums.currency},
                               {"micros", absl::StrCat(sums.revenue[recency][frequency])}});
  };
  for (int recency = kScores; recency >= 0; --recency) {
    std::vector<std::string> row = {recency == 0 ? "ALL" : absl::StrCat("R", recency)};
    for (int frequency = 1; frequency <= kScores; ++frequency)
      row.push_back(cell(recency, frequency));
    row.push_back(cell(recency, 0));
    table.Add(std::move(row));
  }
  table.Print(context.out(), 0);
}

// Customers of each score, as bars.
void PrintBars(Context& context, const Sums& sums) {
  Table table({{"SCORE"}, {"", Align::kLeft}, {"CUSTOMERS", Align::kRight}});
  const std::array<const char*, 3> names = {"recency", "frequency", "monetary"};
  int64_t most = 1;
  for (const auto& scores : sums.by_score) {
    most = std::max(most, *std::max_element(scores.begin(), scores.end()));
  }
  for (size_t dimension = 0; dimension < names.size(); ++dimension) {
    for (int score = kScores; score >= 1; --score) {
      const int64_t customers = sums.by_score[dimension][score];
      // At least a mark for those who are there.
      const int64_t width = customers == 0 ? 0 : std::max<int64_t>(1, customers * kBarWidth / most);
      table.Add({absl::StrCat(names[dimension], " ", score), std::string(width, '#'),
                 FormatCount(customers)});
    }
  }
  table.Print(context.out(), 0);
}

void PrintCells(Context& context, const Json& rfm) {
  Table table({{"R-F-M"}, {"CUSTOMERS", Align::kRight}, {"REVENUE", Align::kRight}});
  for (const Json& cell : Items(rfm, "cells")) {
    const Json* revenue = Find(cell, "revenue");
    table.Add({absl::StrCat(Int(cell, "recency"), "-", Int(cell, "frequency"), "-",
                            Int(cell, "monetary")),
               FormatCount(Int(cell, "customerCount")),
               revenue ? FormatRoundedMoney(*revenue) : ""});
  }
  table.Print(context.out(), 0);
}

void PrintRfm(Context& context, const Json& rfm, const std::string& by) {
  if (context.json()) return context.PrintJson(rfm);
  context.out() << "Customers: " << FormatCount(Int(rfm, "customerCount")) << ", scored for "
                << Safe(Text(rfm, "asOf")) << " at "
                << FormatApiTime(Text(rfm, "computeTime"), context.zone()) << "\n\n";
  if (by == "cells") return PrintCells(context, rfm);
  const Sums sums = SumUp(rfm);
  if (by == "scores") return PrintBars(context, sums);
  context.out() << (by == "revenue" ? "Revenue" : "Customers")
                << " by recency (R) and frequency (F); 5 is best\n";
  PrintGrid(context, sums, by == "revenue");
}

Flag<std::string> AddByFlag(const Command& command) {
  return command.Choice("--by", {"customers", "revenue", "scores", "cells"},
                        "What to show: a grid of customers (default) or of revenue, customers of "
                        "each score, or all triples",
                        "customers");
}

absl::Status Show(Context& context, const std::string& by) {
  ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
  ABSL_ASSIGN_OR_RETURN(const Json rfm, client->Get(kRfmPath));
  PrintRfm(context, rfm, by);
  return absl::OkStatus();
}

}  // namespace

void AddRfmCommands(const Command& root) {
  const Command group = root.Add("rfm",
                                 "How customers spread over recency, frequency and monetary value; "
                                 "without a command it shows the table.",
                                 "regularsctl rfm --by revenue");
  const auto group_by = AddByFlag(group);
  group.Run([=](Context& context) { return Show(context, *group_by); });

  const Command show =
      group.Add("show", "Shows the table of the last scoring.", "regularsctl rfm show --by scores");
  const auto show_by = AddByFlag(show);
  show.Run([=](Context& context) { return Show(context, *show_by); });

  const Command compute = group.Add("compute", "Works the scores of all customers out.",
                                    "regularsctl rfm compute --day after-last-order");
  const auto day = compute.Choice("--day", {"settings", "today", "after-last-order"},
                                  "Day to score for (default: as the settings say)", "settings");
  const auto no_wait = compute.Switch("--no-wait", "Does not wait for the result");
  compute.Run([=](Context& context) -> absl::Status {
    Json body = {{"requestId", NewRequestId()}};
    if (*day == "today") body["day"] = "RFM_DAY_TODAY";
    if (*day == "after-last-order") body["day"] = "RFM_DAY_AFTER_LAST_ORDER";
    ABSL_ASSIGN_OR_RETURN(Client * client, context.Connect());
    ABSL_ASSIGN_OR_RETURN(Json operation, client->Post(absl::StrCat(kRfmPath, ":compute"), body));
    if (*no_wait) {
      PrintStarted(context, operation);
      return absl::OkStatus();
    }
    Progress progress(context.world(), "scoring");
    ABSL_RETURN_IF_ERROR(WaitForOperation(context, *client, "customer", std::move(operation),
                                          [&](const Json& state) {
                                            progress.Update(
                                                {.done = Int(state, "metadata.progress.done"),
                                                 .total = Int(state, "metadata.progress.total")});
                                          })
                             .status());
    progress.Wipe();
    return Show(context, "customers");
  });
}

}  // namespace regulars::cli
