// The feed as other systems read it: regulars.feed.v1.FeedService over the store's feed table.
#ifndef CHASSIS_FEED_FEED_SERVICE_H_
#define CHASSIS_FEED_FEED_SERVICE_H_

#include <memory>
#include <string>
#include <vector>

#include "chassis/rpc/service.h"
#include "chassis/storage/transaction.h"
#include "regulars/feed/v1/feed_service.pb.h"

namespace regulars {

std::unique_ptr<rpc::Service> MakeFeedService(const rpc::Environment& environment);

// One page of a subscription, as the service sends it: `cursor` is "" at first and moves. `source`
// names the service in the events: "/regulars/customer".
absl::StatusOr<rpc::PageEnd> ReadFeed(Snapshot& db, const std::string& source,
                                      const feed::v1::SubscribeRequest& request,
                                      std::string& cursor,
                                      std::vector<feed::v1::SubscribeResponse>& page);

// Where the feed stands.
absl::StatusOr<feed::v1::FeedState> ReadFeedState(Snapshot& db);

// Removes events older than `time`, at most `limit` and never the newest, whose position tells
// where the feed goes on; how many there were.
absl::StatusOr<int64_t> PruneFeed(Transaction& tx, absl::Time time, int64_t limit);

}  // namespace regulars

#endif  // CHASSIS_FEED_FEED_SERVICE_H_
