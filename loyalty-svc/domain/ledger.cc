#include "loyalty-svc/domain/ledger.h"

#include <algorithm>

#include "chassis/base/check.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"

namespace regulars::loyalty {
namespace {

absl::StatusOr<int64_t> Add(int64_t sum, int64_t change) {
  int64_t added;
  if (!__builtin_add_overflow(sum, change, &added) && added <= kMaxBalance &&
      added >= -kMaxBalance) {
    return added;
  }
  return FailedPrecondition("BALANCE_OUT_OF_RANGE", "no balance goes beyond 10^18 points");
}

// Takes from those lots whose belonging to `receipt` is `own`; what is still wanted.
int64_t Take(absl::Span<const Lot> open, std::optional<int64_t> receipt, bool own, int64_t wanted,
             std::vector<Lot>& taken) {
  for (const Lot& lot : open) {
    if (wanted == 0) break;
    const bool is_own = receipt.has_value() && lot.receipt == receipt;
    if (is_own != own) continue;
    const int64_t points = std::min(wanted, lot.remaining);
    taken.push_back({lot.number, lot.receipt, lot.remaining - points});
    wanted -= points;
  }
  return wanted;
}

}  // namespace

absl::string_view AccountId(ProgrammeAccount account) {
  switch (account) {
    case ProgrammeAccount::kIssued:
      return "issued";
    case ProgrammeAccount::kAdjustments:
      return "adjustments";
    case ProgrammeAccount::kForfeited:
      return "forfeited";
  }
  return "";
}

ProgrammeAccount AccountOf(PostingKind kind) {
  switch (kind) {
    case PostingKind::kAdjustment:
      return ProgrammeAccount::kAdjustments;
    case PostingKind::kClose:
      return ProgrammeAccount::kForfeited;
    default:
      return ProgrammeAccount::kIssued;
  }
}

absl::StatusOr<Moved> Move(const Balance& before, absl::Span<const Lot> open,
                           const Movement& movement) {
  CHECK(movement.points != 0);  // Callers post nothing where nothing moves.
  Moved moved;
  ABSL_ASSIGN_OR_RETURN(moved.after.points, Add(before.points, movement.points));
  ABSL_ASSIGN_OR_RETURN(moved.after.qualifying, Add(before.qualifying, movement.qualifying));
  moved.after.posting_count = before.posting_count + 1;
  if (movement.points > 0) {
    // What was owed is paid first.
    const int64_t remaining = std::min(movement.points, moved.after.points);
    if (remaining > 0) moved.made = {moved.after.posting_count, movement.receipt, remaining};
    return moved;
  }
  const int64_t wanted = Take(open, movement.receipt, /*own=*/true, -movement.points, moved.taken);
  Take(open, movement.receipt, /*own=*/false, wanted, moved.taken);
  return moved;
}

void Settle(const Moved& moved, std::vector<Lot>& open) {
  for (const Lot& taken : moved.taken) {
    for (Lot& lot : open) {
      if (lot.number == taken.number) lot.remaining = taken.remaining;
    }
  }
  open.erase(
      std::remove_if(open.begin(), open.end(), [](const Lot& lot) { return lot.remaining == 0; }),
      open.end());
  if (moved.made) open.push_back(*moved.made);
}

}  // namespace regulars::loyalty
