// The process's metrics, in Prometheus' terms. One object a process, made first and passed to those
// who count. Thread-safe.
#ifndef CHASSIS_OBSERVE_METRICS_H_
#define CHASSIS_OBSERVE_METRICS_H_

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace regulars {

// What is counted of one kind of call: regulars_calls_total{method,code} and
// regulars_call_seconds{method}.
class CallMetrics {
 public:
  ~CallMetrics();
  void Count(absl::StatusCode code, absl::Duration took);

 private:
  friend class Metrics;
  struct Impl;
  explicit CallMetrics(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class Metrics {
 public:
  Metrics();
  ~Metrics();

  // The counters of one method; valid as long as this object. The same for the same name.
  CallMetrics& ForCalls(const std::string& method);

  // A value that is read when somebody asks for the metrics. `labels` as in "lane=\"tasks\"" pairs.
  void AddGauge(const std::string& name, const std::string& help,
                const std::map<std::string, std::string>& labels, std::function<double()> value);
  // The same for what only grows, from 0 at the start.
  void AddCounter(const std::string& name, const std::string& help,
                  const std::map<std::string, std::string>& labels, std::function<double()> value);

  // Everything, in the text format that Prometheus scrapes.
  std::string Text();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace regulars

#endif  // CHASSIS_OBSERVE_METRICS_H_
