// Where in a request a value stands, as BadRequest.FieldViolation names it:
// "customer.emails[0].address", "book.labels[\"k\"]". Frames live on the stack of whoever descends
// and are put together only when there is an error to tell.
#ifndef GATEWAY_TRANSCODE_FIELD_PATH_H_
#define GATEWAY_TRANSCODE_FIELD_PATH_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace regulars::gateway {

struct FieldPath {
  // Null at the top, which has no name.
  const FieldPath* parent = nullptr;
  // The name of a field, or an element of a list, or a key of a map.
  absl::string_view name;
  int64_t index = -1;
  const std::string* key = nullptr;

  std::string ToString() const;

  // FieldError() for this place. The top has no name to give; there it speaks of the body.
  absl::Status Error(absl::string_view reason, absl::string_view problem) const;
};

}  // namespace regulars::gateway

#endif  // GATEWAY_TRANSCODE_FIELD_PATH_H_
