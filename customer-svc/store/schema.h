// The numbered schema changes of customer-svc's store, compiled in. See store/schema/.
#ifndef CUSTOMER_SVC_STORE_SCHEMA_H_
#define CUSTOMER_SVC_STORE_SCHEMA_H_

#include "absl/types/span.h"
#include "chassis/storage/migrations.h"

namespace regulars::customer {

absl::Span<const Migration> CustomerMigrations();

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_STORE_SCHEMA_H_
