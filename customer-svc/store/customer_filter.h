// The fields of customers that filters can name: in segments, and wherever customers are listed.
//
//   ABSL_ASSIGN_OR_RETURN(const filter::Expression filter, CompileCustomerFilter(db, text));
//   const filter::SqlFragment where = filter::ToSql(filter, db.now(), settings.zone);
//   // … FROM customer c WHERE <where>, see AppendParameters()
//
// Names are those of the Customer message: `purchases.order_count`, `rfm.recency`, `tags`. Beside
// them stand `attributes.<id>` for each declared attribute and figures over the last days of the
// company, today included: `orders("90d").revenue`. Money is in the base currency; the empty text
// is a missing value. domain/customer_record.h gives the same fields of a customer in memory.
#ifndef CUSTOMER_SVC_STORE_CUSTOMER_FILTER_H_
#define CUSTOMER_SVC_STORE_CUSTOMER_FILTER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chassis/filter/expression.h"
#include "chassis/filter/schema.h"
#include "chassis/filter/value.h"
#include "chassis/storage/filtered.h"
#include "chassis/storage/transaction.h"

namespace regulars::customer {

inline constexpr size_t kMaxFilterCharacters = 4000;

// The fields as they stand now. In SQL the customer is `c`.
absl::StatusOr<filter::Schema> LoadCustomerSchema(Snapshot& db);

// A text that differs between two schemas with different fields.
absl::StatusOr<std::string> DescribeCustomerSchema(Snapshot& db);

// Reads a filter. INVALID_ARGUMENT with INVALID_FILTER for `field` of the request; metadata
// `position` is the character at fault, from 1, and `cause` the filter library's own reason.
absl::StatusOr<filter::Expression> CompileCustomerFilter(absl::string_view text,
                                                         const filter::Schema& schema,
                                                         absl::string_view field = "filter");
absl::StatusOr<filter::Expression> CompileCustomerFilter(Snapshot& db, absl::string_view text,
                                                         absl::string_view field = "filter");

// INVALID_ARGUMENT with INVALID_FILTER if there is nothing but space: where a filter is required,
// everybody cannot be meant.
absl::Status RequireFilter(absl::string_view text, absl::string_view field);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_STORE_CUSTOMER_FILTER_H_
