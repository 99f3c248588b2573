// Lets few in at once, lets few wait, and turns the rest away.
//
//   Gate gate(/*places=*/2, /*max_waiting=*/16);
//   ABSL_ASSIGN_OR_RETURN(const Gate::Pass pass, gate.Enter());   // blocks while both are taken
//   …                                                              // left when `pass` ends
//
// Thread-safe; outlives its passes.
#ifndef CHASSIS_AUTH_GATE_H_
#define CHASSIS_AUTH_GATE_H_

#include <condition_variable>
#include <memory>
#include <mutex>

#include "absl/status/statusor.h"

namespace regulars::auth {

class Gate {
 public:
  Gate(int places, int max_waiting) : places_(places), max_waiting_(max_waiting) {}
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  struct Leave {
    void operator()(Gate* gate) const { gate->GiveBack(); }
  };
  using Pass = std::unique_ptr<Gate, Leave>;

  // RESOURCE_EXHAUSTED (GATE_FULL) at once when all places are taken and `max_waiting` wait.
  absl::StatusOr<Pass> Enter();

  int waiting() const;

 private:
  void GiveBack();

  const int places_;
  const int max_waiting_;
  mutable std::mutex mutex_;
  std::condition_variable given_back_;
  int inside_ = 0;   // Guarded by mutex_.
  int waiting_ = 0;  // Guarded by mutex_.
};

}  // namespace regulars::auth

#endif  // CHASSIS_AUTH_GATE_H_
