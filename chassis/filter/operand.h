// Turns what stands right of a comparator into a value of the field's type. Internal to this
// folder.
#ifndef CHASSIS_FILTER_OPERAND_H_
#define CHASSIS_FILTER_OPERAND_H_

#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/filter/expression.h"
#include "chassis/filter/parse.h"

namespace regulars::filter {

// The condition `field comparator value`. `text` is the whole filter and `offset` where the
// condition begins in it, for errors: TYPE_MISMATCH, INVALID_VALUE, UNKNOWN_FUNCTION.
absl::StatusOr<Condition> BindCondition(absl::string_view text, size_t offset,
                                        const BoundField& field, Comparator comparator,
                                        const std::variant<Literal, Call>& value);

// The condition that a literal which stands alone sets: the field holds it anywhere.
absl::StatusOr<Condition> BindSearch(absl::string_view text, const BoundField& field,
                                     const Literal& literal);

}  // namespace regulars::filter

#endif  // CHASSIS_FILTER_OPERAND_H_
