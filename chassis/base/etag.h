// Version marks (AIP-154): opaque to callers, quoted as RFC 7232 has them.
//
//   ABSL_RETURN_IF_ERROR(CheckEtag(request.etag(), MakeEtag(row.version, row.update_time)));
#ifndef CHASSIS_BASE_ETAG_H_
#define CHASSIS_BASE_ETAG_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace regulars {

// The mark of a row that counts its changes and knows the time of the last: made again under the
// same id, or restored from a backup and changed otherwise, it has another one.
std::string MakeEtag(int64_t version, absl::Time update_time);

// `given` may be empty: then the caller does not mind. ABORTED with ETAG_MISMATCH.
absl::Status CheckEtag(absl::string_view given, absl::string_view current);

}  // namespace regulars

#endif  // CHASSIS_BASE_ETAG_H_
