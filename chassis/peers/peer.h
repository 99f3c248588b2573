// Another service of the suite, as this one calls it: a channel, and for each call a token of this
// service's own, the rest of the caller's deadline, the hops and the trace.
//
//   Peer* customer = process->peer("customer");   // Null where --customer-svc was not given.
//   ABSL_ASSIGN_OR_RETURN(
//       const v1::BatchGetContactsResponse contacts,
//       customer->Call(origin, &v1::ConsentService::Stub::BatchGetContacts, request));
//
// Calls block, so they belong into gathers, rebuilds and effects: never into a change, never onto a
// gRPC thread. In tests the channel leads to a server of the test's own, which takes whatever token
// the test hands out (chassis/testing/test_server.h, fake_upstream.h).
//
// Thread-safe.
#ifndef CHASSIS_PEERS_PEER_H_
#define CHASSIS_PEERS_PEER_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/rpc/status_proto.h"
#include "chassis/storage/transaction.h"

namespace regulars {

class Peer {
 public:
  // How long a call may take unless it is told otherwise. A caller with less time left wins.
  static constexpr absl::Duration kTimeout = absl::Seconds(10);

  // Gives the bearer token for the next call; thread-safe and quick.
  using TokenSource = std::function<absl::StatusOr<std::string>()>;

  // `name` is the service behind the channel: "customer".
  Peer(std::string name, std::shared_ptr<grpc::Channel> channel, TokenSource token);

  const std::string& name() const { return name_; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  // Calls a unary method and waits for its reply, at most `timeout` and until `origin.deadline`.
  // The other side's errors come back as they are, reasons and all; UNAVAILABLE when it is out of
  // reach, CANCELLED after Close().
  template <typename Stub, typename Request, typename Reply>
  absl::StatusOr<Reply> Call(const Origin& origin,
                             grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                          Reply*),
                             const std::type_identity_t<Request>& request,
                             absl::Duration timeout = kTimeout) {
    Stub stub(channel_);
    Reply reply;
    const absl::Status status = Run(origin, timeout, [&](grpc::ClientContext& context) {
      return (stub.*method)(&context, request, &reply);
    });
    if (!status.ok()) return status;
    return reply;
  }

  // Fills the context of a call that is made by hand (a stream). CANCELLED after Close().
  absl::Status Prepare(grpc::ClientContext& context, const Origin& origin, absl::Time deadline);

  // Breaks off the calls under way and refuses new ones: for the end of the process.
  void Close();

 private:
  absl::Status Run(const Origin& origin, absl::Duration timeout,
                   const std::function<grpc::Status(grpc::ClientContext&)>& call);

  const std::string name_;
  const std::shared_ptr<grpc::Channel> channel_;
  const TokenSource token_;
  std::mutex mutex_;
  bool closed_ = false;                              // Guarded by mutex_.
  absl::flat_hash_set<grpc::ClientContext*> calls_;  // Guarded by mutex_. Under way.
};

}  // namespace regulars

#endif  // CHASSIS_PEERS_PEER_H_
