#include "gateway/transcode/field_path.h"

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "gateway/json/quote.h"

namespace regulars::gateway {

std::string FieldPath::ToString() const {
  const std::string before = parent == nullptr ? "" : parent->ToString();
  if (index >= 0) return absl::StrCat(before, "[", index, "]");
  if (key != nullptr) return absl::StrCat(before, "[\"", json::Excerpt(*key), "\"]");
  if (name.empty()) return before;
  return absl::StrCat(before, before.empty() ? "" : ".", json::Excerpt(name));
}

absl::Status FieldPath::Error(absl::string_view reason, absl::string_view problem) const {
  const std::string path = ToString();
  if (!path.empty()) return FieldError(path, reason, problem);
  return InvalidArgument(reason, absl::StrCat("the body ", problem));
}

}  // namespace regulars::gateway
