// The feed as other systems read it: regulars.feed.v1.FeedService over the store's feed table.
#ifndef CHASSIS_FEED_FEED_SERVICE_H_
#define CHASSIS_FEED_FEED_SERVICE_H_

#include <memory>

#include "chassis/rpc/service.h"
#include "chassis/storage/transaction.h"

namespace regulars {

std::unique_ptr<rpc::Service> MakeFeedService(const rpc::Environment& environment);

// Removes events older than `time`, at most `limit` and never the newest, whose position tells
// where the feed goes on; how many there were.
absl::StatusOr<int64_t> PruneFeed(Transaction& tx, absl::Time time, int64_t limit);

}  // namespace regulars

#endif  // CHASSIS_FEED_FEED_SERVICE_H_
