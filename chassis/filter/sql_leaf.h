// The SQL of a single condition. Internal to this folder.
#ifndef CHASSIS_FILTER_SQL_LEAF_H_
#define CHASSIS_FILTER_SQL_LEAF_H_

#include "absl/time/time.h"
#include "chassis/filter/expression.h"
#include "chassis/filter/value.h"

namespace regulars::filter {

// The condition or its contrary: true or false, never NULL. An operand of AND or OR as it stands.
SqlFragment ConditionSql(const Condition& condition, bool negated, absl::Time now,
                         absl::TimeZone zone);

// The least text, in byte order, above all texts that begin with `prefix`; empty if there is none.
std::string AfterPrefix(std::string prefix);

}  // namespace regulars::filter

#endif  // CHASSIS_FILTER_SQL_LEAF_H_
