// What the calls of one process share. Made once at start, outlives every service.
#ifndef CHASSIS_RPC_ENVIRONMENT_H_
#define CHASSIS_RPC_ENVIRONMENT_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/auth/caller.h"
#include "chassis/base/clock.h"
#include "chassis/base/thread_pool.h"
#include "chassis/observe/metrics.h"
#include "chassis/observe/warnings.h"
#include "chassis/rpc/followed_feeds.h"
#include "chassis/rpc/refusals.h"
#include "chassis/rpc/spool.h"
#include "chassis/storage/store.h"

namespace regulars::rpc {

// Turns the bearer token of a call into its caller, or refuses it (UNAUTHENTICATED). Runs on gRPC
// threads: it must not wait.
using Authenticator =
    std::function<absl::StatusOr<std::shared_ptr<const auth::Caller>>(absl::string_view token)>;

// How long the store keeps what it does not need itself; zero: for ever.
struct Retention {
  absl::Duration feed = absl::Hours(24 * 30);
  absl::Duration audit = absl::Hours(24 * 400);
};

struct Environment {
  // "customer": the first part of scopes, and the name in position metadata.
  std::string service;
  Store* store = nullptr;
  Metrics* metrics = nullptr;
  Authenticator authenticate;
  // For calls that wait: on other services, or on the spool. Null where there are none.
  ThreadPool* blocking_pool = nullptr;
  // Where uploads are kept; null where there are none.
  Spool* spool = nullptr;
  // Set when the process begins to stop: streams that would wait end instead.
  const std::atomic<bool>* draining = nullptr;
  // The clock that AdvanceClock moves; null but in a sandbox.
  SandboxClock* sandbox_clock = nullptr;
  // Where backups of the store go; empty: nowhere.
  std::string backup_folder;
  Retention retention = {};
  // What this process follows; never null.
  std::shared_ptr<FollowedFeeds> followed = std::make_shared<FollowedFeeds>();
  // What /readyz warns of; never null.
  std::shared_ptr<Warnings> warnings = std::make_shared<Warnings>();
  // Refused calls that are to be recorded; never null.
  std::shared_ptr<Refusals> refusals = std::make_shared<Refusals>();
};

}  // namespace regulars::rpc

#endif  // CHASSIS_RPC_ENVIRONMENT_H_
