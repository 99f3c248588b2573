// The numbered schema changes of recommend-svc's store, compiled in. See store/schema/.
#ifndef RECOMMEND_SVC_STORE_SCHEMA_H_
#define RECOMMEND_SVC_STORE_SCHEMA_H_

#include "absl/types/span.h"
#include "chassis/storage/migrations.h"

namespace regulars::recommend {

absl::Span<const Migration> RecommendMigrations();

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_STORE_SCHEMA_H_
