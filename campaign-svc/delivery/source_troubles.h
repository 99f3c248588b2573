// Which services could not be asked, the last time that they were, about those who are written to:
// a line in the log once a minute for each, and a warning in /readyz. Thread-safe.
#ifndef CAMPAIGN_SVC_DELIVERY_SOURCE_TROUBLES_H_
#define CAMPAIGN_SVC_DELIVERY_SOURCE_TROUBLES_H_

#include <map>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "chassis/base/clock.h"
#include "chassis/observe/log.h"
#include "chassis/observe/log_limit.h"

namespace regulars::campaign {

class SourceTroubles {
 public:
  // `source` is "loyalty", "recommendations".
  void Answered(const std::string& source) {
    const std::lock_guard lock(mutex_);
    sources_[source].why.clear();
  }

  void Failed(const std::string& source, const absl::Status& error) {
    const std::lock_guard lock(mutex_);
    Source& asked = sources_[source];
    asked.why = error.ToString();
    asked.failed_at = Monotonic();
    if (!asked.lines.Passes()) return;
    LogWarning("messages go out with fallbacks for what cannot be asked",
               {{"source", source}, {"error", asked.why}});
  }

  // For Warnings; "" while all is well.
  std::string Line() const {
    const std::lock_guard lock(mutex_);
    std::string line;
    for (const auto& [source, asked] : sources_) {
      if (asked.why.empty() || Monotonic() - asked.failed_at > kTold) continue;
      absl::StrAppend(&line, line.empty() ? "messages go out with fallbacks: " : "; ", source, ": ",
                      asked.why);
    }
    return line;
  }

 private:
  // Nobody knows any more by then, where nobody asked again.
  static constexpr absl::Duration kTold = absl::Hours(1);

  struct Source {
    std::string why;  // Of the last question; "" when it was answered.
    absl::Duration failed_at;
    LogLimit lines;
  };

  mutable std::mutex mutex_;
  std::map<std::string, Source> sources_;  // Guarded by mutex_.
};

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_DELIVERY_SOURCE_TROUBLES_H_
