#include "cli/import_query.h"

#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"
#include "cli/context.h"
#include "cli/customer_fields.h"

namespace regulars::cli {

absl::Status AppendOptions(const Json& options, const std::string& prefix, Query& query) {
  for (const auto& [key, value] : options.items()) {
    const std::string name = absl::StrCat(prefix, ".", key);
    if (value.is_object()) {
      ABSL_RETURN_IF_ERROR(AppendOptions(value, name, query));
      continue;
    }
    const Json list = value.is_array() ? value : Json::array({value});
    for (const Json& element : list) {
      const std::string text = Text({{"value", element}}, "value");
      if (text.empty() && !element.is_string()) {
        return UsageError(absl::StrCat(name, " must be a text, a number or true or false"));
      }
      query.emplace_back(name, text);
    }
  }
  return absl::OkStatus();
}

absl::Status AppendSettings(const std::vector<std::string>& settings, Query& query) {
  for (const std::string& setting : settings) {
    ABSL_ASSIGN_OR_RETURN(const auto pair, SplitPair("--set", setting));
    query.emplace_back(absl::StrCat("options.", pair.first), pair.second);
  }
  return absl::OkStatus();
}

}  // namespace regulars::cli
