// A line on a terminal that says how far something long has come; nothing elsewhere.
//
//   Progress progress(world, "importing");
//   progress.Update({.done = 5, .total = 20, .remark = "120,000 lines, 45,000/s"});
//
// The line is wiped when the object ends. Used by one thread.
#ifndef CLI_PROGRESS_H_
#define CLI_PROGRESS_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "cli/terminal.h"

namespace regulars::cli {

struct ProgressState {
  int64_t done = 0;
  int64_t total = 0;  // 0 while unknown.
  std::string remark;
};

// "importing  [########------------]  40%  120,000 lines"
std::string ProgressLine(const std::string& what, const ProgressState& state);

// Wipes the line of progress, if one is shown.
void WipeProgress(World& world);

class Progress {
 public:
  Progress(World& world, std::string what) : world_(world), what_(std::move(what)) {}
  ~Progress() { Wipe(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Redraws, but not more than ten times a second.
  void Update(const ProgressState& state);
  void Wipe() { WipeProgress(world_); }

  absl::Duration elapsed() const { return world_.clock.Now() - start_; }

 private:
  World& world_;
  const std::string what_;
  const absl::Time start_ = world_.clock.Now();
  absl::Time drawn_ = absl::InfinitePast();
};

}  // namespace regulars::cli

#endif  // CLI_PROGRESS_H_
