#include "chassis/rpc/names.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "chassis/base/errors.h"
#include "chassis/base/ids.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"

namespace regulars::rpc {
namespace {

// Longer than any id of ours, short enough to be repeated in an error.
constexpr size_t kMaxIdBytes = 128;

// "segments/{segment}/members/{member}".
std::string Pattern(absl::Span<const absl::string_view> collections) {
  std::string pattern;
  for (const absl::string_view collection : collections) {
    absl::string_view stem = collection;
    const bool entries = absl::ConsumeSuffix(&stem, "ies");
    if (!entries) absl::ConsumeSuffix(&stem, "s");
    absl::StrAppend(&pattern, pattern.empty() ? "" : "/", collection, "/{", stem,
                    entries ? "y}" : "}");
  }
  return pattern;
}

}  // namespace

std::string Name(absl::string_view collection, absl::string_view id) {
  return absl::StrCat(collection, "/", id);
}

absl::StatusOr<std::string> ParseName(absl::string_view collection, absl::string_view name,
                                      absl::string_view field) {
  ABSL_ASSIGN_OR_RETURN(std::vector<std::string> ids, ParseNestedName({collection}, name, field));
  return std::move(ids[0]);
}

absl::StatusOr<std::string> ParseMadeName(absl::string_view collection, absl::string_view name,
                                          absl::string_view field) {
  ABSL_ASSIGN_OR_RETURN(std::string id, ParseName(collection, name, field));
  if (IsId(id)) return id;
  return FieldError(field, "INVALID_NAME",
                    absl::StrCat("must be '", Pattern({collection}),
                                 "' with an id of 26 lower-case letters and digits, as the "
                                 "service made it"));
}

absl::StatusOr<std::vector<std::string>> ParseNestedName(
    absl::Span<const absl::string_view> collections, absl::string_view name,
    absl::string_view field) {
  if (name.empty()) {
    return FieldError(field, "NAME_MISSING", absl::StrCat("must be '", Pattern(collections), "'"));
  }
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '/');
  std::vector<std::string> ids;
  bool good = parts.size() == 2 * collections.size() && IsValidUtf8(name);
  for (size_t i = 0; good && i < collections.size(); ++i) {
    const absl::string_view id = parts[2 * i + 1];
    good = parts[2 * i] == collections[i] && !id.empty() && id.size() <= kMaxIdBytes &&
           id.find('\0') == absl::string_view::npos;
    ids.emplace_back(id);
  }
  if (good) return ids;
  return FieldError(field, "INVALID_NAME",
                    absl::StrCat("is '", EscapeForLog(name, kMaxIdBytes), "' and must be '",
                                 Pattern(collections), "'"));
}

}  // namespace regulars::rpc
