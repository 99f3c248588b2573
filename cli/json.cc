#include "cli/json.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "chassis/base/errors.h"

namespace regulars::cli {

absl::StatusOr<Json> ParseJson(absl::string_view text) {
  Json json = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return InvalidArgument("INVALID_JSON", "this is not JSON");
  return json;
}

std::string Write(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string WriteIndented(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

absl::StatusOr<std::string> WriteExactly(const Json& json) {
  try {
    return json.dump();
  } catch (const Json::type_error&) {  // All that it throws for: a text that is not UTF-8.
    return InvalidArgument("USAGE", "this text is not UTF-8, and nothing was sent");
  }
}

const Json* Find(const Json& json, absl::string_view path) {
  const Json* at = &json;
  for (absl::string_view key : absl::StrSplit(path, '.')) {
    if (!at->is_object()) return nullptr;
    const auto found = at->find(std::string(key));
    if (found == at->end()) return nullptr;
    at = &*found;
  }
  return at;
}

std::string Text(const Json& json, absl::string_view path) {
  const Json* found = Find(json, path);
  if (found == nullptr) return "";
  if (found->is_string()) return found->get<std::string>();
  if (found->is_number() || found->is_boolean()) return Write(*found);
  return "";
}

std::optional<int64_t> MaybeInt(const Json& json, absl::string_view path) {
  int64_t value = 0;
  if (!absl::SimpleAtoi(Text(json, path), &value)) return std::nullopt;
  return value;
}

int64_t Int(const Json& json, absl::string_view path) { return MaybeInt(json, path).value_or(0); }

bool IsTrue(const Json& json, absl::string_view path) { return Text(json, path) == "true"; }

const Json& Items(const Json& json, absl::string_view path) {
  static const Json& empty = *new Json(Json::array());
  const Json* found = Find(json, path);
  return found != nullptr && found->is_array() ? *found : empty;
}

}  // namespace regulars::cli
