// Makes feed events out of the messages of events.proto.
//
//   tx.Publish(PackEvent(Name("customers", id), home_store, created));
#ifndef CUSTOMER_SVC_RPC_EVENTS_H_
#define CUSTOMER_SVC_RPC_EVENTS_H_

#include <google/protobuf/message.h>

#include "absl/strings/string_view.h"
#include "chassis/storage/transaction.h"

namespace regulars::customer {

// The type follows from the payload's: OrderRecorded is "regulars.customer.order_recorded.v1".
// `realm` is the store it belongs to: the customer's home_store, the order's store, or "".
Event PackEvent(absl::string_view subject, absl::string_view realm,
                const google::protobuf::Message& payload);

}  // namespace regulars::customer

#endif  // CUSTOMER_SVC_RPC_EVENTS_H_
