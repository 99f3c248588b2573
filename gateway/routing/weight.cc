#include "gateway/routing/weight.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace regulars::gateway {

double WeightIn(absl::string_view parameters) {
  for (absl::string_view parameter : absl::StrSplit(parameters, ';')) {
    parameter = absl::StripAsciiWhitespace(parameter);
    if (!absl::StartsWithIgnoreCase(parameter, "q=")) continue;
    double weight = 0;
    const bool valid = absl::SimpleAtod(parameter.substr(2), &weight) && weight >= 0 && weight <= 1;
    return valid ? weight : 0;
  }
  return 1;
}

}  // namespace regulars::gateway
