// Checks a filter against a schema:
//
//   ABSL_ASSIGN_OR_RETURN(const Expression expression,
//                         Compile("country = GB AND orders(\"90d\").revenue > 100", schema));
//
// docs/reference/filters.md describes the language to those who write it.
#ifndef CHASSIS_FILTER_CHECK_H_
#define CHASSIS_FILTER_CHECK_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/filter/expression.h"
#include "chassis/filter/schema.h"

namespace regulars::filter {

// Every error is an INVALID_ARGUMENT of the field "filter" that says at which column (in
// characters, from 1; also metadata "column") and what was expected there. Reasons:
//   INVALID_FILTER    not a sentence of the language
//   FILTER_TOO_LONG, FILTER_TOO_DEEP   over kMaxFilterBytes, kMaxFilterDepth
//   UNKNOWN_FIELD, UNKNOWN_FUNCTION
//   TYPE_MISMATCH     a value or comparison that the field's type does not have
//   INVALID_VALUE     a value of the right kind that cannot be: an unknown enum name, a window out
//                     of range
absl::StatusOr<Expression> Compile(absl::string_view text, const Schema& schema);

}  // namespace regulars::filter

#endif  // CHASSIS_FILTER_CHECK_H_
