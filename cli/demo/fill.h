// Sends the demo shop to a server through the public API, over several connections at once, a few
// hundred customers at a time: memory does not grow with their number.
//
//   Filler filler(client, connect, {.customers = 2000});
//   ABSL_RETURN_IF_ERROR(filler.SetUp());
//   ABSL_RETURN_IF_ERROR(filler.SendAll(on_progress));
//   ABSL_RETURN_IF_ERROR(filler.MakeSegments());
//
// Everything has a natural key, and the shop's history ends when its first attribute was declared
// at this server: the same seed again changes nothing, a larger number only adds.
#ifndef CLI_DEMO_FILL_H_
#define CLI_DEMO_FILL_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/client.h"
#include "cli/demo/setup.h"
#include "cli/demo/shop.h"

namespace regulars::demo {

struct FillOptions {
  int64_t customers = 2000;
  int64_t seed = 1;
  int64_t connections = 4;
};

// What became of what was sent.
struct FillCounts {
  int64_t created = 0;
  int64_t updated = 0;
  int64_t unchanged = 0;

  int64_t all() const { return created + updated + unchanged; }
  bool changed() const { return created + updated > 0; }
};

struct FillSummary {
  FillCounts customers;
  FillCounts orders;
  int64_t lines = 0;
  FillCounts events;
  FillCounts consents;
};

class Filler {
 public:
  // Makes a client for another thread. Called on the thread of SendAll().
  using Connect = std::function<absl::StatusOr<std::unique_ptr<cli::Client>>()>;

  Filler(cli::Client& client, Connect connect, const FillOptions& options)
      : client_(client), connect_(std::move(connect)), options_(options) {}

  // Settings of a company that has none yet, attributes, rates.
  absl::Status SetUp();
  // After SetUp(). Calls `on_progress` now and then, on the calling thread.
  absl::Status SendAll(const std::function<void(const FillSummary&)>& on_progress);
  // Those that are not there yet; how many were made.
  absl::StatusOr<int64_t> MakeSegments();

  FillSummary summary() const;

 private:
  absl::Status SetUpCompany();
  absl::Status Declare(const Attribute& attribute);
  absl::Status SetRates();
  absl::Status SendRates(const cli::Json& rates);
  // One thread's work, until nothing is left or something fails.
  absl::Status Work(cli::Client& client);
  absl::Status SendChunk(cli::Client& client, int64_t begin, int64_t end);
  absl::Status SendOrders(cli::Client& client, cli::Json orders);
  // What the customers from `begin` to before `end` did and said beside buying.
  absl::Status SendDoings(cli::Client& client, int64_t begin, int64_t end);
  // Sends items in batches; `key` is their field of the request.
  absl::Status SendItems(cli::Client& client, const std::string& path, const char* key,
                         const std::vector<cli::Json>& items, FillCounts& counts);
  void Fail(const absl::Status& status);

  cli::Client& client_;
  const Connect connect_;
  const FillOptions options_;
  std::string base_currency_;
  std::optional<Shop> shop_;

  std::atomic<int64_t> next_{0};
  std::atomic<int> working_{0};
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  FillSummary summary_;   // Guarded by mutex_.
  absl::Status failure_;  // Guarded by mutex_.
};

}  // namespace regulars::demo

#endif  // CLI_DEMO_FILL_H_
