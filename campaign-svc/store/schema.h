// The numbered schema changes of campaign-svc's store, compiled in. See store/schema/.
#ifndef CAMPAIGN_SVC_STORE_SCHEMA_H_
#define CAMPAIGN_SVC_STORE_SCHEMA_H_

#include "absl/types/span.h"
#include "chassis/storage/migrations.h"

namespace regulars::campaign {

absl::Span<const Migration> CampaignMigrations();

}  // namespace regulars::campaign

#endif  // CAMPAIGN_SVC_STORE_SCHEMA_H_
