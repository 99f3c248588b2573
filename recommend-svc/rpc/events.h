// Makes feed events out of the messages of events.proto.
//
//   tx.Publish(PackEvent(ItemName(code), "", created));
#ifndef RECOMMEND_SVC_RPC_EVENTS_H_
#define RECOMMEND_SVC_RPC_EVENTS_H_

#include <google/protobuf/message.h>

#include "absl/strings/string_view.h"
#include "chassis/storage/transaction.h"

namespace regulars::recommend {

// The type follows from the payload's: ItemUpdated is "regulars.recommend.item_updated.v1".
// `realm` is the store it belongs to, or "".
Event PackEvent(absl::string_view subject, absl::string_view realm,
                const google::protobuf::Message& payload);

}  // namespace regulars::recommend

#endif  // RECOMMEND_SVC_RPC_EVENTS_H_
