// Segments and memberships as messages, and what all their methods check alike.
#ifndef CUSTOMER_SVC_RPC_SEGMENT_MESSAGES_H_
#define CUSTOMER_SVC_RPC_SEGMENT_MESSAGES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/auth/caller.h"
#include "chassis/storage/transaction.h"
#include "customer-svc/domain/segment.h"
#include "regulars/customer/v1/segment.pb.h"

namespace regulars::customer {

// As `caller` may see it: who is limited to stores sees no count.
v1::Segment ToMessage(const Segment& segment, const auth::Caller& caller);

v1::SegmentMember MemberMessage(absl::string_view segment_id, absl::string_view customer_id,
                                absl::Time enter_time);

// Version mark of what callers set.
std::string EtagOf(const Segment& segment);

// The segment of this id. NOT_FOUND with SEGMENT_NOT_FOUND.
absl::StatusOr<Segment> FindSegment(Snapshot& db, absl::string_view id);
absl::Status SegmentNotFound(absl::string_view id);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_SEGMENT_MESSAGES_H_
