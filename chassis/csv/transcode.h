// Turns files of any charset that ICU knows into UTF-8, for those that the reader cannot read as
// they are.
//
//   if (IsKnownCharset("shift_jis")) …
//   ABSL_RETURN_IF_ERROR(Transcode(*source, "shift_jis", [&](absl::string_view utf8) {
//     return file.Append(utf8);
//   }));
//
// Thread-safe.
#ifndef CHASSIS_CSV_TRANSCODE_H_
#define CHASSIS_CSV_TRANSCODE_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "chassis/csv/byte_source.h"

namespace regulars::csv {

// Whether ICU has a converter of this name. Names are those of IANA and many more.
bool IsKnownCharset(const std::string& name);

// Reads the source to its end and hands it on piece by piece. What the charset does not allow
// becomes bytes that are not UTF-8. The charset must be known.
absl::Status Transcode(ByteSource& source, const std::string& charset,
                       const std::function<absl::Status(absl::string_view)>& write);

}  // namespace regulars::csv

#endif  // CHASSIS_CSV_TRANSCODE_H_
