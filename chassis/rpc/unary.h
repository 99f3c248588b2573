// Unary calls, without their types: service.h puts the types back.
#ifndef CHASSIS_RPC_UNARY_H_
#define CHASSIS_RPC_UNARY_H_

#include <google/protobuf/message.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "chassis/rpc/environment.h"
#include "chassis/rpc/method.h"
#include "chassis/storage/transaction.h"

namespace regulars::rpc {

using google::protobuf::Message;

using ReadFunction = std::function<absl::Status(Snapshot&, const Message&, Message&)>;
using WriteFunction = std::function<absl::Status(Transaction&, const Message&, Message&)>;
// Puts an answer that needs no change into the reply; false where there is none. On gRPC's thread:
// it must not wait.
using EarlyFunction = std::function<bool(const Message&, Message&)>;
// Asks others what the change needs to know, on a thread that may wait, and answers with the
// change. An error is told those alone whose request_id is new: a repeat gets the first answer,
// whatever others say by now.
using GatherFunction = std::function<absl::StatusOr<WriteFunction>(const Origin&, const Message&)>;

// What a write function answers when the caller is refused and what it has done is to stay all the
// same, such as the end of a session whose token was stolen: the change is committed, then the call
// ends with `why`, an error. Such a call is neither audited nor remembered by its request_id; what
// the audit is to hold, the function writes itself. For unary calls alone: elsewhere it undoes the
// change as any error does.
absl::Status RefuseAndKeep(absl::Status why);

// Each starts a call and returns the reactor that ends it. Request and reply belong to gRPC and
// live until the reactor is done.
grpc::ServerUnaryReactor* StartRead(const Environment& environment, const Method& method,
                                    const ReadFunction& read, grpc::CallbackServerContext& context,
                                    const Message& request, Message& response);
grpc::ServerUnaryReactor* StartWrite(const Environment& environment, const Method& method,
                                     const EarlyFunction& early, const WriteFunction& write,
                                     grpc::CallbackServerContext& context, const Message& request,
                                     Message& response);
grpc::ServerUnaryReactor* StartGather(const Environment& environment, const Method& method,
                                      const GatherFunction& gather,
                                      grpc::CallbackServerContext& context, const Message& request,
                                      Message& response);

// The change that a write call makes: the function, once per request_id, and its audit row.
absl::Status RunWrite(Transaction& tx, const Method& method, const WriteFunction& write,
                      const Message& request, Message& response);

}  // namespace regulars::rpc

#endif  // CHASSIS_RPC_UNARY_H_
