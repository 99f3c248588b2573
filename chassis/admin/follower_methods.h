// The methods that show what a service follows, and what became of parked events.
#ifndef CHASSIS_ADMIN_FOLLOWER_METHODS_H_
#define CHASSIS_ADMIN_FOLLOWER_METHODS_H_

#include "absl/status/statusor.h"
#include "chassis/rpc/environment.h"
#include "chassis/storage/transaction.h"
#include "regulars/admin/v1/admin_service.pb.h"

namespace regulars::admin {

absl::StatusOr<v1::Follower> GetFollower(Snapshot& db, const rpc::Environment& environment,
                                         const v1::GetFollowerRequest& request);
absl::StatusOr<v1::ListFollowersResponse> ListFollowers(Snapshot& db,
                                                        const rpc::Environment& environment,
                                                        const v1::ListFollowersRequest& request);
absl::StatusOr<v1::ListParkedEventsResponse> ListParkedEvents(
    Snapshot& db, const v1::ListParkedEventsRequest& request);
absl::StatusOr<v1::RetryParkedEventsResponse> RetryParkedEvents(
    Transaction& tx, const v1::RetryParkedEventsRequest& request);
absl::StatusOr<v1::ParkedEvent> SkipParkedEvent(Transaction& tx,
                                                const v1::SkipParkedEventRequest& request);

}  // namespace regulars::admin

#endif  // CHASSIS_ADMIN_FOLLOWER_METHODS_H_
