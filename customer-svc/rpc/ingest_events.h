// BehaviourService.IngestEvents. Errors as behaviour_service.proto says.
#ifndef CUSTOMER_SVC_RPC_INGEST_EVENTS_H_
#define CUSTOMER_SVC_RPC_INGEST_EVENTS_H_

#include "absl/status/statusor.h"
#include "chassis/storage/transaction.h"
#include "regulars/customer/v1/behaviour_service.pb.h"

namespace regulars::customer {

absl::StatusOr<v1::IngestEventsResponse> IngestEvents(Transaction& tx,
                                                      const v1::IngestEventsRequest& request);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_INGEST_EVENTS_H_
