// A filter as a request carries it: what is wrong with it is said in the words of the public
// interface.
#ifndef CHASSIS_FILTER_REQUEST_H_
#define CHASSIS_FILTER_REQUEST_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/filter/expression.h"
#include "chassis/filter/schema.h"

namespace regulars::filter {

// Compile(), with INVALID_ARGUMENT INVALID_FILTER for `field` of the request for every error;
// metadata `position` is the character at fault, from 1, and `cause` the reason that Compile()
// gives.
absl::StatusOr<Expression> CompileRequest(absl::string_view text, const Schema& schema,
                                          absl::string_view field = "filter");

// That error.
absl::Status InvalidFilter(absl::string_view field, absl::string_view position,
                           absl::string_view cause, absl::string_view description);

}  // namespace regulars::filter

#endif  // CHASSIS_FILTER_REQUEST_H_
