// Movements of points: what a posting does to a member's balance and lots.
//
// Each posting that gives points makes a lot; each that takes some takes from the lots of its own
// receipt first, then from the oldest. What no lot covers makes the balance negative: the member
// owes it, and what is given next pays it first. So
//
//   the lots' remaining points together = max(balance, 0)
//
// holds always, and no point is taken twice.
//
//   ABSL_ASSIGN_OR_RETURN(const Moved moved, Move(balance, lots, {.points = -30, .receipt = 7}));
//
// Plain values and pure functions.
#ifndef LOYALTY_SVC_DOMAIN_LEDGER_H_
#define LOYALTY_SVC_DOMAIN_LEDGER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace regulars::loyalty {

// No balance and no count of qualifying points is beyond this, either way.
inline constexpr int64_t kMaxBalance = 1'000'000'000'000'000'000;
// Nor is an account of the programme beyond this: all of them together, and so all members, fit
// into 64 bits.
inline constexpr int64_t kMaxAccountBalance = 3'000'000'000'000'000'000;

// Numbers are stored, and equal those of the public interface.
enum class PostingKind : int64_t {
  kEarn = 1,
  kReturn = 2,
  kCancellation = 3,
  kCorrection = 4,
  kAdjustment = 5,
  kClose = 6,
};

// The programme's accounts: the other side of every posting. Numbers are stored.
enum class ProgrammeAccount : int64_t { kIssued = 1, kAdjustments = 2, kForfeited = 3 };
inline constexpr ProgrammeAccount kProgrammeAccounts[] = {
    ProgrammeAccount::kIssued, ProgrammeAccount::kAdjustments, ProgrammeAccount::kForfeited};

// Id of the account's resource name: "issued".
absl::string_view AccountId(ProgrammeAccount account);
ProgrammeAccount AccountOf(PostingKind kind);

// What a sum outside those bounds is: FAILED_PRECONDITION with BALANCE_OUT_OF_RANGE.
absl::Status BalanceOutOfRange();

// What a member has.
struct Balance {
  int64_t points = 0;
  int64_t qualifying = 0;
  // Number of the latest posting.
  int64_t posting_count = 0;

  friend bool operator==(const Balance&, const Balance&) = default;
};

// Points that are left of what one posting gave. More than 0.
struct Lot {
  // Number of that posting: older lots have smaller ones.
  int64_t number = 0;
  // The receipt that earned them.
  std::optional<int64_t> receipt;
  int64_t remaining = 0;

  friend bool operator==(const Lot&, const Lot&) = default;
};

struct Movement {
  // What the member gets; negative for what goes. Not 0.
  int64_t points = 0;
  // What of it goes to the qualifying points.
  int64_t qualifying = 0;
  // The receipt whose points these are.
  std::optional<int64_t> receipt;
};

// What a posting leaves behind.
struct Moved {
  Balance after;
  // The lot that it made, if any.
  std::optional<Lot> made;
  // Lots that it took from, as they are now; used up where nothing remains.
  std::vector<Lot> taken;
};

// `open` are the lots to take from, in that order: those of the movement's own receipt, then the
// oldest of the others, until they cover what goes, or all there are. They are looked at only when
// points are taken. FAILED_PRECONDITION with BALANCE_OUT_OF_RANGE.
absl::StatusOr<Moved> Move(const Balance& before, absl::Span<const Lot> open,
                           const Movement& movement);

// A member's lots in memory.
class OpenLots {
 public:
  // Those that Move() wants.
  std::vector<Lot> ToTake(const Movement& movement) const;
  // Takes in what Move() left.
  void Settle(const Moved& moved);
  // All by number.
  std::vector<Lot> All() const;

 private:
  std::map<int64_t, Lot> lots_;
  std::map<int64_t, std::set<int64_t>> of_receipts_;  // Numbers of lots.
};

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_DOMAIN_LEDGER_H_
