// The methods of SegmentService that read what is stored: no filter is evaluated here.
#ifndef CUSTOMER_SVC_RPC_SEGMENT_READS_H_
#define CUSTOMER_SVC_RPC_SEGMENT_READS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "chassis/rpc/pages.h"
#include "chassis/storage/transaction.h"
#include "regulars/customer/v1/segment_service.pb.h"

namespace regulars::customer {

absl::StatusOr<v1::Segment> GetSegment(Snapshot& db, const v1::GetSegmentRequest& request);
absl::StatusOr<v1::ListSegmentsResponse> ListSegments(Snapshot& db,
                                                      const v1::ListSegmentsRequest& request);
absl::StatusOr<v1::SegmentMember> GetSegmentMember(Snapshot& db,
                                                   const v1::GetSegmentMemberRequest& request);
absl::StatusOr<v1::ListSegmentMembersResponse> ListSegmentMembers(
    Snapshot& db, const v1::ListSegmentMembersRequest& request);
absl::StatusOr<rpc::PageEnd> ExportSegmentMembers(
    Snapshot& db, const v1::ExportSegmentMembersRequest& request, std::string& cursor,
    std::vector<v1::ExportSegmentMembersResponse>& page);
absl::StatusOr<v1::ListCustomerSegmentsResponse> ListCustomerSegments(
    Snapshot& db, const v1::ListCustomerSegmentsRequest& request);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_SEGMENT_READS_H_
