// "Did you mean": the candidate that someone most likely meant. Internal to this folder.
#ifndef CHASSIS_FILTER_SUGGEST_H_
#define CHASSIS_FILTER_SUGGEST_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace regulars::filter {

// The nearest of `candidates`, if any is near enough: few letters wrong (a third, at most 3; case
// counts for nothing), or `written` is what stands behind its last dot.
std::string Nearest(absl::string_view written, const std::vector<std::string>& candidates);

// A clause for the end of an error: "; did you mean 'country'?", or, where nothing is near, a few
// of what there is: "; there is age, country, name".
std::string Suggestion(absl::string_view written, const std::vector<std::string>& candidates);

}  // namespace regulars::filter

#endif  // CHASSIS_FILTER_SUGGEST_H_
