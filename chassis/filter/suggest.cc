#include "chassis/filter/suggest.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace regulars::filter {
namespace {

constexpr size_t kMaxWrittenBytes = 64;  // Nothing that long is a slip of the finger.
constexpr size_t kMaxWrongLetters = 3;
constexpr size_t kMaxListed = 8;

// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b` (optimal
// string alignment).
size_t Distance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> before_last, last, row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    before_last = std::move(last);
    last = std::move(row);
    row.assign(b.size() + 1, i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

}  // namespace

std::string Nearest(absl::string_view written, const std::vector<std::string>& candidates) {
  if (written.empty() || written.size() > kMaxWrittenBytes) return "";
  const std::string lower = absl::AsciiStrToLower(written);
  size_t best_distance = std::clamp<size_t>(written.size() / 3, 1, kMaxWrongLetters) + 1;
  std::string best;
  for (const std::string& candidate : candidates) {
    const std::string other = absl::AsciiStrToLower(candidate);
    const size_t distance =
        absl::EndsWith(other, absl::StrCat(".", lower)) ? 1 : Distance(lower, other);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string Suggestion(absl::string_view written, const std::vector<std::string>& candidates) {
  if (const std::string nearest = Nearest(written, candidates); !nearest.empty()) {
    return absl::StrCat("; did you mean '", nearest, "'?");
  }
  if (candidates.empty()) return "";
  const size_t listed = std::min(candidates.size(), kMaxListed);
  return absl::StrCat(
      "; there is ", absl::StrJoin(candidates.begin(), candidates.begin() + listed, ", "),
      listed < candidates.size() ? absl::StrCat(" and ", candidates.size() - listed, " more") : "");
}

}  // namespace regulars::filter
