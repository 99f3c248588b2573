// Rows of a benchmark: a figure, the limit it is held against, measured in the same run, and the
// target for their ratio.
#ifndef BENCH_REPORT_H_
#define BENCH_REPORT_H_

#include <optional>
#include <string>
#include <vector>

namespace regulars::bench {

struct Row {
  std::string name;
  double value = 0;
  std::string unit;
  // What bounds the value: the same work without ours. Without one, the target is for the value.
  std::optional<double> limit;
  // The ratio value / limit (or the value) must be at least this, or, with `at_most`, at most.
  double target = 0;
  bool at_most = false;

  double Measured() const { return limit ? value / *limit : value; }
  bool Met() const { return at_most ? Measured() <= target : Measured() >= target; }
};

class Report {
 public:
  // Prints the head of the table.
  Report();
  // Prints the row as it comes.
  void Add(Row row);
  // A row that cannot be measured here, and why. It is not met.
  void Skip(const std::string& name, const std::string& why);
  // The rows as JSON: name, value, unit, limit, ratio, target, met; one that was skipped has its
  // name, "skipped" with the reason, and met.
  std::string Json() const;
  // Whether there are rows, and all are met.
  bool AllMet() const;

 private:
  struct Skipped {
    std::string name, why;
  };
  std::vector<Row> rows_;
  std::vector<Skipped> skipped_;
};

// The middle of an odd number of figures.
double Median(std::vector<double> figures);

}  // namespace regulars::bench

#endif  // BENCH_REPORT_H_
