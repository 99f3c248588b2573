// Another service, as far as its followers and callers can tell: a feed on the wire, and whatever
// services the test adds.
//
//   FakeUpstream customer("customer", "loyalty");
//   Follower follower(environment, &customer.peer(), {.upstream = "customer"}, handlers);
//   follower.Start();
//   const int64_t position = customer.Publish("customers/1", order_recorded);
#ifndef CHASSIS_TESTING_FAKE_UPSTREAM_H_
#define CHASSIS_TESTING_FAKE_UPSTREAM_H_

#include <atomic>
#include <functional>
#include <string>
#include <utility>

#include "chassis/base/check.h"
#include "chassis/feed/event.h"
#include "chassis/feed/feed_service.h"
#include "chassis/peers/peer.h"
#include "chassis/testing/test_server.h"

namespace regulars::testing {

class FakeUpstream {
 public:
  // `service` is who it is, `caller` who calls it. `more` makes what it answers besides its feed.
  FakeUpstream(const std::string& service, const std::string& caller,
               absl::Span<const Migration> migrations = {},
               std::function<TestServer::Services(const rpc::Environment&)> more = nullptr)
      : server_(migrations, service,
                [&](const rpc::Environment& environment) {
                  TestServer::Services services;
                  if (more) services = more(environment);
                  services.push_back(MakeFeedService(environment));
                  return services;
                }),
        peer_(service, server_.channel(),
              [this, principal = "services/" + caller,
               scope = service + ".read"]() -> absl::StatusOr<std::string> {
                if (!answers_) return Unavailable("DOWN", "down", absl::ZeroDuration());
                return TokenFor(server_, principal, scope, kTokenLifetime);
              }) {}

  // Publishes an event; its position.
  int64_t Publish(absl::string_view subject, const google::protobuf::Message& payload,
                  absl::string_view realm = "", const Origin& origin = {}) {
    const absl::Status written =
        server_.store()->writer().Write(Lane::kInteractive, origin, [&](Transaction& tx) {
          tx.Publish(PackEvent(subject, realm, payload));
          return absl::OkStatus();
        });
    CHECK(written.ok());  // A temporary store takes writes.
    return server_.store()->writer().position().position();
  }

  // From now on new calls fail before they are made, or go through again.
  void SetAnswers(bool answers) { answers_ = answers; }

  static constexpr absl::Duration kTokenLifetime = absl::Minutes(5);

  Peer& peer() { return peer_; }
  TestServer& server() { return server_; }

 private:
  std::atomic<bool> answers_{true};
  TestServer server_;
  Peer peer_;
};

}  // namespace regulars::testing

#endif  // CHASSIS_TESTING_FAKE_UPSTREAM_H_
