// The text forms of google.protobuf.Timestamp, Duration and FieldMask in JSON. Pure functions; safe
// from any thread.
#ifndef GATEWAY_TRANSCODE_WELL_KNOWN_H_
#define GATEWAY_TRANSCODE_WELL_KNOWN_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace regulars::gateway {

// RFC 3339 with 'T' and 'Z' or an offset, up to nine digits of a second, years 0001 to 9999.
bool ParseTimestamp(absl::string_view text, int64_t* seconds, int32_t* nanos);
// Quoted, in UTC, with 0, 3, 6 or 9 digits of a second. False if out of range.
bool AppendTimestamp(int64_t seconds, int32_t nanos, std::string* out);

// "-1.5s"; up to nine digits of a second, at most 10,000 years either way.
bool ParseDuration(absl::string_view text, int64_t* seconds, int32_t* nanos);
// Quoted. False if out of range or if the signs differ.
bool AppendDuration(int64_t seconds, int32_t nanos, std::string* out);

// One path of a mask as JSON has it ("displayName.firstLine", "*") to the names of fields
// ("display_name.first_line"). Names that are in that form already stay, and so does what stands
// in backticks (odd map keys, AIP-161). False if it is no path.
bool ParseMaskPath(absl::string_view text, std::string* path);
// The other way, without quotes; a path that would not come back as it was is left as it is.
void AppendMaskPath(absl::string_view path, std::string* out);

}  // namespace regulars::gateway

#endif  // GATEWAY_TRANSCODE_WELL_KNOWN_H_
