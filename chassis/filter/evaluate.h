// Asks an expression about one record in memory, and until when the answer stands:
//
//   const Evaluation evaluation = Evaluate(expression, CustomerRecord(customer), tx.now(), zone);
//   if (evaluation.matches) …
//   Remember(customer.id, evaluation.next_change);  // Look again then, if no fact comes before.
//
// Pure and thread-safe, as far as the record is.
#ifndef CHASSIS_FILTER_EVALUATE_H_
#define CHASSIS_FILTER_EVALUATE_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "chassis/filter/expression.h"
#include "chassis/filter/schema.h"
#include "chassis/filter/value.h"

namespace regulars::filter {

struct WindowValue {
  Value value;
  // The first time after the window's `now` at which the value is another if no fact comes; may be
  // earlier than that, never later.
  absl::Time next_change = absl::InfiniteFuture();
};

// The facts of one record, by the handles that its schema declares. Implemented by the schema's
// owner, usually around a struct that outlives it.
class Record {
 public:
  virtual ~Record() = default;

  // The value, in the alternative that the field's type takes: a missing value is std::monostate.
  // For enums what EnumValue declares.
  virtual Value Get(const FieldRef& field) const = 0;

  // The elements of a list. Only schemas with lists need it.
  virtual std::vector<std::string> GetList(const FieldRef& field) const;

  // A figure over a window. Only schemas with window calls need it.
  virtual WindowValue GetOver(const FieldRef& field, const Window& window) const;
};

struct Evaluation {
  bool matches = false;
  // The answer stays as it is from `now` until just before this time unless a fact changes. Where
  // only times of the record decide, it is the very microsecond; where windows do, as exact as the
  // record says. InfiniteFuture if time changes nothing.
  absl::Time next_change = absl::InfiniteFuture();
};

// `now` counts in whole microseconds; what is below is cut off. `zone` is the company's.
Evaluation Evaluate(const Expression& expression, const Record& record, absl::Time now,
                    absl::TimeZone zone);

}  // namespace regulars::filter

#endif  // CHASSIS_FILTER_EVALUATE_H_
