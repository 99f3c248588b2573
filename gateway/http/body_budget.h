// The bytes that the bodies of all requests together may take in memory. A connection claims what
// it holds, and gives it back when its request has been answered, however that went. Small bodies
// are let in always and do not count, so that those who send much, and slowly, keep nobody else
// out.
//
//   BodyBudget::Claim claim(budget);
//   ABSL_RETURN_IF_ERROR(claim.Hold(body.size()));
//
// Thread-safe; a claim belongs to one thread at a time.
#ifndef GATEWAY_HTTP_BODY_BUDGET_H_
#define GATEWAY_HTTP_BODY_BUDGET_H_

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "chassis/base/errors.h"

namespace regulars::gateway {

class BodyBudget {
 public:
  BodyBudget(uint64_t limit, uint64_t small) : limit_(limit), small_(small) {}

  class Claim {
   public:
    explicit Claim(BodyBudget& budget) : budget_(budget) {}
    ~Claim() { budget_.used_ -= held_; }
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;

    // Holds `bytes` in all, if it holds less. UNAVAILABLE OVERLOADED when there is no room; what it
    // held before, it still holds.
    absl::Status Hold(uint64_t bytes) {
      if (bytes <= budget_.small_ || bytes <= held_) return absl::OkStatus();
      const uint64_t more = bytes - held_;
      if (budget_.used_.fetch_add(more) + more > budget_.limit_) {
        budget_.used_ -= more;
        return Unavailable("OVERLOADED", "too many large requests are under way", absl::Seconds(1));
      }
      held_ = bytes;
      return absl::OkStatus();
    }

   private:
    BodyBudget& budget_;
    uint64_t held_ = 0;
  };

  uint64_t used() const { return used_; }

 private:
  const uint64_t limit_;
  const uint64_t small_;
  std::atomic<uint64_t> used_{0};
};

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_BODY_BUDGET_H_
