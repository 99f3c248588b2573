// The bytes that the bodies of all requests, or of all answers, may take in memory together. A
// connection claims what it holds, and gives it back when its request has been answered, however
// that went. Small bodies are let in always and do not count, so that those who send much, and
// slowly, keep nobody else out. One that is alone is let in however large it is.
//
//   BodyBudget budget(64 << 20, 16 << 10, "too many large requests are under way");
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
  // `refusal` is what those are told for whom there is no room.
  BodyBudget(uint64_t limit, uint64_t small, const char* refusal)
      : limit_(limit), small_(small), refusal_(refusal) {}

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
      const uint64_t before = budget_.used_.fetch_add(more);
      const bool alone = before == held_;
      if (!alone && before + more > budget_.limit_) {
        budget_.used_ -= more;
        return budget_.Refusal();
      }
      held_ = bytes;
      return absl::OkStatus();
    }

   private:
    BodyBudget& budget_;
    uint64_t held_ = 0;
  };

  uint64_t used() const { return used_; }
  absl::Status Refusal() const { return Unavailable("OVERLOADED", refusal_, absl::Seconds(1)); }

 private:
  const uint64_t limit_;
  const uint64_t small_;
  const char* const refusal_;
  std::atomic<uint64_t> used_{0};
};

}  // namespace regulars::gateway

#endif  // GATEWAY_HTTP_BODY_BUDGET_H_
