#include "chassis/base/etag.h"

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"

namespace regulars {

std::string MakeEtag(int64_t version, absl::Time update_time) {
  return absl::StrCat("\"", absl::Hex(version), "-", absl::Hex(absl::ToUnixMicros(update_time)),
                      "\"");
}

absl::Status CheckEtag(absl::string_view given, absl::string_view current) {
  if (given.empty() || given == current) return absl::OkStatus();
  return Aborted("ETAG_MISMATCH", "it was changed meanwhile: read it again and repeat the change");
}

}  // namespace regulars
