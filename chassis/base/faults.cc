#include "chassis/base/faults.h"

#include "absl/strings/str_cat.h"

namespace regulars {

void Faults::Add(absl::string_view field, absl::string_view reason, absl::string_view description) {
  if (details_.violations.size() >= kMaxViolations) return;
  if (details_.reason.empty()) details_.reason = std::string(reason);
  details_.violations.push_back({std::string(field), std::string(description)});
}

absl::Status Faults::ToStatus() const {
  if (empty()) return absl::OkStatus();
  const FieldViolation& first = details_.violations[0];
  return Error(absl::StatusCode::kInvalidArgument,
               absl::StrCat(first.field, " ", first.description), details_);
}

}  // namespace regulars
