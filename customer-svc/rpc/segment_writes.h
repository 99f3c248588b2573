// The methods of SegmentService that change segments.
#ifndef CUSTOMER_SVC_RPC_SEGMENT_WRITES_H_
#define CUSTOMER_SVC_RPC_SEGMENT_WRITES_H_

#include <google/protobuf/empty.pb.h>

#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "regulars/customer/v1/segment_service.pb.h"

namespace regulars::customer {

absl::StatusOr<v1::Segment> CreateSegment(Transaction& tx, const v1::CreateSegmentRequest& request);
absl::StatusOr<v1::Segment> UpdateSegment(Transaction& tx, const v1::UpdateSegmentRequest& request);
absl::StatusOr<google::protobuf::Empty> DeleteSegment(Transaction& tx,
                                                      const v1::DeleteSegmentRequest& request);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_SEGMENT_WRITES_H_
