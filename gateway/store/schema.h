// The numbered schema changes of the gateway's store, compiled in. See store/schema/.
#ifndef GATEWAY_STORE_SCHEMA_H_
#define GATEWAY_STORE_SCHEMA_H_

#include "absl/types/span.h"
#include "chassis/storage/migrations.h"

namespace regulars::gateway {

absl::Span<const Migration> GatewayMigrations();

}  // namespace regulars::gateway

#endif  // GATEWAY_STORE_SCHEMA_H_
