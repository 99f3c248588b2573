// What those who run a process should look at although it serves: shown by /readyz.
//
//   warnings.Add([&] { return parked > 0 ? "customer: events are parked" : ""; });
//
// Thread-safe. Sources are never removed: they live as long as the process.
#ifndef CHASSIS_OBSERVE_WARNINGS_H_
#define CHASSIS_OBSERVE_WARNINGS_H_

#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace regulars {

class Warnings {
 public:
  // `source` gives one line, or "" while all is well; it is called from any thread and is quick.
  void Add(std::function<std::string()> source) {
    const std::lock_guard lock(mutex_);
    sources_.push_back(std::move(source));
  }

  std::vector<std::string> Lines() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> lines;
    for (const auto& source : sources_) {
      if (std::string line = source(); !line.empty()) lines.push_back(std::move(line));
    }
    return lines;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::function<std::string()>> sources_;  // Guarded by mutex_.
};

}  // namespace regulars

#endif  // CHASSIS_OBSERVE_WARNINGS_H_
