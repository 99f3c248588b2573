// The text of a filter while it is read: makes errors that name the place, and knows its UTF-8.
// Internal to this folder.
#ifndef CHASSIS_FILTER_SOURCE_H_
#define CHASSIS_FILTER_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace regulars::filter {

// An INVALID_ARGUMENT for the field "filter" that opens with "at column N: ", where N counts the
// characters of `text` up to the byte `offset`, from 1. Metadata: column.
absl::Status ErrorAt(absl::string_view text, size_t offset, absl::string_view reason,
                     absl::string_view message);

// A user's words in an error: in single quotes, cut where they are long, controls replaced.
std::string Quoted(absl::string_view words);

// The offset of the first byte that is not well-formed UTF-8 (RFC 3629); npos if there is none.
size_t FindInvalidUtf8(absl::string_view text);

void AppendUtf8(uint32_t code_point, std::string& out);

}  // namespace regulars::filter

#endif  // CHASSIS_FILTER_SOURCE_H_
