#ifndef CUSTOMER_SVC_RPC_PREVIEW_SEGMENT_H_
#define CUSTOMER_SVC_RPC_PREVIEW_SEGMENT_H_

#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "regulars/customer/v1/segment_service.pb.h"

namespace regulars::customer {

// SegmentService.PreviewSegment.
absl::StatusOr<v1::PreviewSegmentResponse> PreviewSegment(Snapshot& db,
                                                          const v1::PreviewSegmentRequest& request);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_PREVIEW_SEGMENT_H_
