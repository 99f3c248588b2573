#include "customer-svc/rpc/segment_service.h"

#include "customer-svc/rpc/preview_segment.h"
#include "customer-svc/rpc/segment_moves.h"
#include "customer-svc/rpc/segment_reads.h"
#include "customer-svc/rpc/segment_tasks.h"
#include "customer-svc/rpc/segment_writes.h"
#include "regulars/customer/v1/segment_service.grpc.pb.h"

namespace regulars::customer {

std::unique_ptr<rpc::Service> RegisterSegments(const rpc::Environment& environment,
                                               TaskRunner& runner) {
  runner.Add(kScanTask, SegmentScanTask(*environment.store));
  runner.Add(kUpkeepTask, SegmentUpkeepTask());
  auto service =
      std::make_unique<rpc::Service>(environment, v1::SegmentService::service_full_name());
  service->Write("CreateSegment", CreateSegment);
  service->Read("GetSegment", GetSegment);
  service->Read("ListSegments", ListSegments);
  service->Write("UpdateSegment", UpdateSegment);
  service->Write("DeleteSegment", DeleteSegment);
  service->Read("PreviewSegment", PreviewSegment);
  service->Read("GetSegmentMember", GetSegmentMember);
  service->Read("ListSegmentMembers", ListSegmentMembers);
  service->Pages("ExportSegmentMembers", ExportSegmentMembers);
  service->Read("ListCustomerSegments", ListCustomerSegments);
  service->Finish();
  return service;
}

}  // namespace regulars::customer
