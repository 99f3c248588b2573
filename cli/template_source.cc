#include "cli/template_source.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "chassis/base/status_macros.h"
#include "cli/resource.h"

namespace regulars::cli {

absl::StatusOr<TemplateSource> TemplateSourceOf(absl::string_view id) {
  const Resource resource{.service = "campaign", .collection = "templates", .noun = "template"};
  const size_t end = std::min(id.find("/versions/"), id.size());
  const absl::string_view version = id.substr(end);
  ABSL_ASSIGN_OR_RETURN(const std::string name, resource.NameOf(id.substr(0, end)));
  ABSL_ASSIGN_OR_RETURN(const std::string path, resource.PathOf(id.substr(0, end)));
  uint32_t number = 0;
  if (!version.empty() && !absl::SimpleAtoi(absl::StripPrefix(version, "/versions/"), &number)) {
    return UsageError(absl::StrCat("'", id, "' is no version; give ", name, "/versions/<number>"));
  }
  const std::string tail = version.empty() ? "" : absl::StrCat("/versions/", number);
  return TemplateSource{name + tail, path + tail};
}

}  // namespace regulars::cli
