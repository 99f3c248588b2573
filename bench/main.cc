// regulars-bench: measures, prints and writes the figures that `./dev bench` shows.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "bench/benches.h"

int main(int argc, char** argv) {
  CLI::App app("Measures Regulars against limits taken in the same run");
  std::string json;
  std::string folder = "build/bench-data";
  std::vector<std::string> only;
  app.add_option("--json", json, "File for the figures");
  app.add_option("--only", only,
                 "Run these alone: follow, points, chassis, suite, customers, import, recommend, "
                 "campaign");
  app.add_option("--folder", folder, "Folder for stores, on a real disk; emptied first")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  std::printf("%-44s %14s %-10s %14s %7s  %s\n", "row", "value", "unit", "limit", "ratio",
              "target");
  regulars::bench::Report report;
  using Bench = void (*)(const std::string&, regulars::bench::Report&);
  // Those that fork servers first: that is not to be done once this process has used gRPC.
  const std::pair<std::string, Bench> benches[] = {
      {"follow", regulars::bench::BenchFollow},       {"points", regulars::bench::BenchPoints},
      {"chassis", regulars::bench::BenchChassis},     {"suite", regulars::bench::BenchSuite},
      {"customers", regulars::bench::BenchCustomers}, {"import", regulars::bench::BenchImport},
      {"recommend", regulars::bench::BenchRecommend}, {"campaign", regulars::bench::BenchCampaign}};
  const auto wanted = [&](const std::string& name) {
    return only.empty() || std::find(only.begin(), only.end(), name) != only.end();
  };
  if (wanted("recommend")) regulars::bench::PrepareRecommend();
  for (const auto& [name, bench] : benches) {
    if (!wanted(name)) continue;
    bench(folder, report);
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
  }
  if (!json.empty()) std::ofstream(json) << report.Json();
  std::filesystem::remove_all(folder);
  return report.AllMet() ? 0 : 1;
}
