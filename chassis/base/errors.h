// Errors as other systems see them: an absl::Status that carries one reason code and, where the
// caller can mend something, the fields at fault. The rpc layer turns it into a google.rpc.Status
// with an ErrorInfo (domain "regulars") and a BadRequest (AIP-193); errors.cc has the table of
// codes.
//
//   return FieldError("customer.emails[0].address", "INVALID_EMAIL", "has no '@'");
//   return NotFound("CUSTOMER_NOT_FOUND", StrCat("no customer '", id, "'"));
#ifndef CHASSIS_BASE_ERRORS_H_
#define CHASSIS_BASE_ERRORS_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace regulars {

struct FieldViolation {
  // Path from the request message, e.g. "customer.emails[0].address".
  std::string field;
  // A sentence part that reads well after the field's name, e.g. "has no '@'".
  std::string description;
};

struct ErrorDetails {
  // UPPER_SNAKE, at most 63 characters; never changes once released.
  std::string reason;
  std::vector<FieldViolation> violations;
  // Variables of the message, by camelCase key.
  std::vector<std::pair<std::string, std::string>> metadata;
  // When it makes sense to try again (RetryInfo).
  std::optional<absl::Duration> retry_after;
};

// An error with details. `code` must not be OK.
absl::Status Error(absl::StatusCode code, absl::string_view message, const ErrorDetails& details);

// Short forms for the usual cases.
absl::Status FieldError(absl::string_view field, absl::string_view reason,
                        absl::string_view description);
absl::Status InvalidArgument(absl::string_view reason, absl::string_view message);
absl::Status NotFound(absl::string_view reason, absl::string_view message);
absl::Status AlreadyExists(absl::string_view reason, absl::string_view message);
absl::Status FailedPrecondition(absl::string_view reason, absl::string_view message);
absl::Status Aborted(absl::string_view reason, absl::string_view message);
absl::Status PermissionDenied(absl::string_view reason, absl::string_view message);
absl::Status Unauthenticated(absl::string_view reason, absl::string_view message);
absl::Status OutOfRange(absl::string_view reason, absl::string_view message);
absl::Status Unavailable(absl::string_view reason, absl::string_view message,
                         absl::Duration retry_after);
absl::Status ResourceExhausted(absl::string_view reason, absl::string_view message,
                               absl::Duration retry_after);

// The details that `status` carries; without any, a reason made from its code ("NOT_FOUND").
ErrorDetails GetErrorDetails(const absl::Status& status);

// The same error with `prefix` put before each field: a check written for a message serves wherever
// the message is nested.
absl::Status PrefixFields(absl::Status status, absl::string_view prefix);

// The canonical name of a code: "INVALID_ARGUMENT".
absl::string_view CodeName(absl::StatusCode code);

// The HTTP status of a code, as google/rpc/code.proto maps them.
int HttpStatus(absl::StatusCode code);

}  // namespace regulars

#endif  // CHASSIS_BASE_ERRORS_H_
