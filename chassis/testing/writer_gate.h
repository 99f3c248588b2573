// Keeps a store's writer busy, for tests: what is queued meanwhile waits, and forms one group.
//
//   WriterGate gate(store->writer());
//   …  // Submit changes; none runs.
//   gate.Release();
#ifndef CHASSIS_TESTING_WRITER_GATE_H_
#define CHASSIS_TESTING_WRITER_GATE_H_

#include <cstdint>
#include <future>
#include <utility>

#include "absl/status/status.h"
#include "chassis/base/check.h"
#include "chassis/storage/writer.h"

namespace regulars::testing {

class WriterGate {
 public:
  // Returns once the writer is in the change that Release() ends.
  explicit WriterGate(Writer& writer) {
    Change change;
    change.run = [this](Transaction&) {
      entered_.set_value();
      open_.get_future().wait();
      return absl::OkStatus();
    };
    change.done = [](const absl::Status&, int64_t) {};
    CHECK(writer.Submit(std::move(change)).ok());
    entered_.get_future().wait();
  }
  void Release() { open_.set_value(); }

 private:
  std::promise<void> entered_;
  std::promise<void> open_;
};

}  // namespace regulars::testing

#endif  // CHASSIS_TESTING_WRITER_GATE_H_
