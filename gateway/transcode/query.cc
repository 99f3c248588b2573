#include "gateway/transcode/query.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "chassis/base/errors.h"
#include "gateway/json/quote.h"
#include "gateway/routing/percent.h"

namespace regulars::gateway {

absl::StatusOr<std::vector<QueryParameter>> ParseQuery(absl::string_view query) {
  std::vector<QueryParameter> parameters;
  for (absl::string_view part : absl::StrSplit(query, '&', absl::SkipEmpty())) {
    if (parameters.size() == kMaxQueryParameters) {
      return InvalidArgument("MALFORMED_QUERY", absl::StrCat("the query has more than ",
                                                             kMaxQueryParameters, " parameters"));
    }
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(part, absl::MaxSplits('=', 1));
    auto name = PercentDecode(pair.first, Decode::kForm);
    auto value = PercentDecode(pair.second, Decode::kForm);
    if (!name || !value) {
      return InvalidArgument(
          "MALFORMED_QUERY",
          absl::StrCat("the query parameter \"", json::Excerpt(part),
                       "\" has a '%' that two hexadecimal digits do not follow"));
    }
    parameters.push_back({*std::move(name), *std::move(value)});
  }
  return parameters;
}

}  // namespace regulars::gateway
