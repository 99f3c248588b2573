// JSON as the API sends it, read without surprises: a field that is absent or of another type gives
// an empty value, never an exception.
//
//   Text(customer, "purchases.revenue.currencyCode")
#ifndef CLI_JSON_H_
#define CLI_JSON_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace regulars::cli {

// Keeps the order of keys, so that what is printed is what was sent.
using Json = nlohmann::ordered_json;

// INVALID_ARGUMENT (INVALID_JSON) for anything that is not one JSON value.
absl::StatusOr<Json> ParseJson(absl::string_view text);

// On one line, or indented; to be shown: what is not UTF-8 becomes U+FFFD.
std::string Write(const Json& json);
std::string WriteIndented(const Json& json);

// On one line, to be sent. INVALID_ARGUMENT (USAGE) if a text is not UTF-8.
absl::StatusOr<std::string> WriteExactly(const Json& json);

// What stands at "a.b.c"; null if nothing does.
const Json* Find(const Json& json, absl::string_view path);

// A text, a number or a truth value as text; "" for anything else.
std::string Text(const Json& json, absl::string_view path);

// Whole numbers, which the API writes as numbers (32 bits) or texts (64 bits).
std::optional<int64_t> MaybeInt(const Json& json, absl::string_view path);
int64_t Int(const Json& json, absl::string_view path);

// Whether `path` holds true.
bool IsTrue(const Json& json, absl::string_view path);

// The elements of an array; an empty array if it is none.
const Json& Items(const Json& json, absl::string_view path);

}  // namespace regulars::cli

#endif  // CLI_JSON_H_
