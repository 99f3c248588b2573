#include "bench/report.h"

#include <algorithm>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace regulars::bench {

Report::Report() {
  std::printf("%-44s %14s %-10s %14s %7s  %s\n", "row", "value", "unit", "limit", "ratio",
              "target");
}

void Report::Add(Row row) {
  const std::string limit =
      row.limit ? absl::StrFormat("%14.1f", *row.limit) : std::string(14, ' ');
  const std::string ratio = row.limit ? absl::StrFormat("%7.2f", row.Measured()) : "       ";
  std::printf("%-44s %14.1f %-10s %s %s  %s %-8g %s\n", row.name.c_str(), row.value,
              row.unit.c_str(), limit.c_str(), ratio.c_str(), row.at_most ? "<=" : ">=", row.target,
              row.Met() ? "met" : "NOT MET");
  std::fflush(stdout);
  rows_.push_back(std::move(row));
}

void Report::Skip(const std::string& name, const std::string& why) {
  std::printf("%-44s skipped: %s  NOT MET\n", name.c_str(), why.c_str());
  std::fflush(stdout);
  skipped_.push_back({name, why});
}

std::string Report::Json() const {
  std::vector<std::string> lines;
  for (const Row& row : rows_) {
    const std::string limit = row.limit ? absl::StrFormat("%.3f", *row.limit) : "null";
    const std::string ratio = row.limit ? absl::StrFormat("%.4f", row.Measured()) : "null";
    lines.push_back(absl::StrFormat(
        R"(  {"name": "%s", "value": %.3f, "unit": "%s", "limit": %s, "ratio": %s, "target": %g, "met": %s})",
        row.name, row.value, row.unit, limit, ratio, row.target, row.Met() ? "true" : "false"));
  }
  for (const Skipped& row : skipped_) {
    lines.push_back(
        absl::StrFormat(R"(  {"name": "%s", "skipped": "%s", "met": false})", row.name, row.why));
  }
  return absl::StrCat("[\n", absl::StrJoin(lines, ",\n"), "\n]\n");
}

bool Report::AllMet() const {
  return !rows_.empty() && skipped_.empty() &&
         std::all_of(rows_.begin(), rows_.end(), [](const Row& row) { return row.Met(); });
}

double Median(std::vector<double> figures) {
  std::sort(figures.begin(), figures.end());
  return figures[figures.size() / 2];
}

}  // namespace regulars::bench
