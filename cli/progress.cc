#include "cli/progress.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace regulars::cli {
namespace {

constexpr int kBarWidth = 24;
constexpr absl::Duration kRedraw = absl::Milliseconds(100);
constexpr char kWipe[] = "\r\x1b[K";  // To the line's beginning; erase to its end (ECMA-48).

}  // namespace

void WipeProgress(World& world) {
  if (world.in_progress_line) world.err << kWipe << std::flush;
  world.in_progress_line = false;
}

std::string ProgressLine(const std::string& what, const ProgressState& state) {
  std::string line = what;
  if (state.total > 0) {
    const double share =
        std::clamp(static_cast<double>(state.done) / static_cast<double>(state.total), 0.0, 1.0);
    const int filled = static_cast<int>(share * kBarWidth);
    absl::StrAppend(&line, "  [", std::string(filled, '#'), std::string(kBarWidth - filled, '-'),
                    absl::StrFormat("]  %3d%%", static_cast<int>(share * 100)));
  }
  if (!state.remark.empty()) absl::StrAppend(&line, "  ", state.remark);
  return line;
}

void Progress::Update(const ProgressState& state) {
  if (!world_.err_is_terminal || world_.clock.Now() - drawn_ < kRedraw) return;
  drawn_ = world_.clock.Now();
  world_.err << kWipe << ProgressLine(what_, state) << std::flush;
  world_.in_progress_line = true;
}

}  // namespace regulars::cli
