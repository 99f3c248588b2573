// The numbered schema changes of loyalty-svc's store, compiled in. See store/schema/.
#ifndef LOYALTY_SVC_STORE_SCHEMA_H_
#define LOYALTY_SVC_STORE_SCHEMA_H_

#include "absl/types/span.h"
#include "chassis/storage/migrations.h"

namespace regulars::loyalty {

absl::Span<const Migration> LoyaltyMigrations();

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_STORE_SCHEMA_H_
