// regulars-bench: measures, prints and writes the figures that `./dev bench` shows.
#include <linux/magic.h>
#include <sys/vfs.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "bench/benches.h"

namespace {

std::vector<std::string> Names() {
  std::vector<std::string> names;
  for (const auto& [name, bench] : regulars::bench::kBenches) names.emplace_back(name);
  return names;
}

bool IsOnDisk(const std::string& folder) {
  struct statfs system {};
  return statfs(folder.c_str(), &system) == 0 && system.f_type != TMPFS_MAGIC &&
         system.f_type != RAMFS_MAGIC;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures Regulars against limits taken in the same run");
  std::string json;
  std::string folder = "build/bench-data";
  std::vector<std::string> only;
  app.add_option("--json", json, "File for the figures");
  app.add_option("--only", only, "Run these alone")->check(CLI::IsMember(Names()));
  app.add_option("--folder", folder, "Folder for stores, on a real disk; emptied first")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  // Figures of an earlier run are not to be taken for those of one that is broken off.
  if (!json.empty()) std::filesystem::remove(json);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  if (!IsOnDisk(folder)) {
    std::fprintf(stderr, "regulars-bench: %s is in memory, where fsync is free\n", folder.c_str());
    return 2;
  }
  regulars::bench::Report report;
  const auto wanted = [&](const std::string& name) {
    return only.empty() || std::find(only.begin(), only.end(), name) != only.end();
  };
  if (wanted("recommend")) regulars::bench::PrepareRecommend();
  for (const auto& [name, bench] : regulars::bench::kBenches) {
    if (!wanted(name)) continue;
    bench(folder, report);
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
  }
  if (!json.empty()) std::ofstream(json) << report.Json();
  std::filesystem::remove_all(folder);
  return report.AllMet() ? 0 : 1;
}
