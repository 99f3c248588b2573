#include "chassis/filter/request.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/filter/check.h"

namespace regulars::filter {

absl::Status InvalidFilter(absl::string_view field, absl::string_view position,
                           absl::string_view cause, absl::string_view description) {
  return Error(absl::StatusCode::kInvalidArgument, absl::StrCat("filter ", description),
               {.reason = "INVALID_FILTER",
                .violations = {{std::string(field), std::string(description)}},
                .metadata = {{"position", std::string(position)}, {"cause", std::string(cause)}}});
}

absl::StatusOr<Expression> CompileRequest(absl::string_view text, const Schema& schema,
                                          absl::string_view field) {
  absl::StatusOr<Expression> compiled = Compile(text, schema);
  if (compiled.ok()) return compiled;
  const ErrorDetails details = GetErrorDetails(compiled.status());
  std::string position = "1";
  for (const auto& [key, value] : details.metadata) {
    if (key == "column") position = value;
  }
  return InvalidFilter(field, position, details.reason,
                       details.violations.empty() ? std::string(compiled.status().message())
                                                  : details.violations[0].description);
}

}  // namespace regulars::filter
