// Compiles an expression to a condition for a WHERE clause, with the meaning that Evaluate() has:
//
//   const SqlFragment where = ToSql(expression, now, zone);
//   statement = StrCat("SELECT c.id FROM customer c WHERE ", where.sql);
//
// It is true or false for every row, never NULL, so that it may stand under any operator. Values
// are bound: int64_t as they are, absl::Time as microseconds, bool as 0 or 1.
#ifndef CHASSIS_FILTER_SQL_H_
#define CHASSIS_FILTER_SQL_H_

#include "absl/time/time.h"
#include "chassis/filter/expression.h"
#include "chassis/filter/value.h"

namespace regulars::filter {

using SqlCondition = SqlFragment;

// Every field of the expression must have been declared with SQL.
SqlCondition ToSql(const Expression& expression, absl::Time now, absl::TimeZone zone);

}  // namespace regulars::filter

#endif  // CHASSIS_FILTER_SQL_H_
