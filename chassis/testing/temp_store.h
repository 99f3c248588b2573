// A store in a temporary folder, for tests: real files, a real writer, a fake clock.
#ifndef CHASSIS_TESTING_TEMP_STORE_H_
#define CHASSIS_TESTING_TEMP_STORE_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "chassis/base/check.h"
#include "chassis/base/clock.h"
#include "chassis/storage/store.h"
#include "chassis/testing/temp_dir.h"

namespace regulars::testing {

class TempStore {
 public:
  explicit TempStore(absl::Span<const Migration> migrations, StoreOptions options = {})
      : migrations_(migrations), options_(std::move(options)) {
    Open();
  }

  Store& operator*() { return *store_; }
  Store* operator->() { return store_.get(); }
  FakeClock& clock() { return clock_; }
  const std::string& path() const { return options_.path; }
  const std::string& folder() const { return dir_.path(); }

  // Closes the store as an orderly shutdown does, and opens it again.
  void Reopen() {
    store_.reset();
    Open();
  }

  // Runs one change to its commit.
  absl::Status Write(const std::function<absl::Status(Transaction&)>& change) {
    return store_->writer().Write(Lane::kInteractive, origin_, change);
  }
  // Runs one read.
  absl::Status Read(const std::function<absl::Status(Snapshot&)>& read) {
    return store_->readers().Run(origin_, read);
  }
  // Who the writes and reads come from.
  Origin& origin() { return origin_; }

 private:
  void Open() {
    options_.path = dir_.File("store.db");
    options_.service = "test";
    options_.migrations = migrations_;
    options_.clock = &clock_;
    auto opened = Store::Open(options_);
    if (!opened.ok()) std::fprintf(stderr, "%s\n", opened.status().ToString().c_str());
    CHECK(opened.ok());  // A fresh folder takes a store.
    store_ = *std::move(opened);
  }

  TempDir dir_;
  FakeClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  const absl::Span<const Migration> migrations_;
  StoreOptions options_;
  Origin origin_{.caller = std::make_shared<auth::Caller>(auth::Caller{.principal = "users/test"}),
                 .correlation_id = "test"};
  std::unique_ptr<Store> store_;
};

}  // namespace regulars::testing

#endif  // CHASSIS_TESTING_TEMP_STORE_H_
