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
  return BalanceOutOfRange();
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

absl::Status BalanceOutOfRange() {
  return FailedPrecondition("BALANCE_OUT_OF_RANGE",
                            "no balance goes beyond 10^18 points, and no account beyond 3 * 10^18");
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
  int64_t wanted = -movement.points;
  for (const Lot& lot : open) {
    if (wanted == 0) break;
    const int64_t points = std::min(wanted, lot.remaining);
    moved.taken.push_back({lot.number, lot.receipt, lot.remaining - points});
    wanted -= points;
  }
  return moved;
}

std::vector<Lot> OpenLots::ToTake(const Movement& movement) const {
  std::vector<Lot> lots;
  if (movement.points >= 0) return lots;
  int64_t wanted = -movement.points;
  const auto take = [&](const Lot& lot) {
    lots.push_back(lot);
    wanted -= std::min(wanted, lot.remaining);
  };
  if (const auto own = of_receipts_.find(movement.receipt.value_or(0));
      movement.receipt && own != of_receipts_.end()) {
    for (auto number = own->second.begin(); number != own->second.end() && wanted > 0; ++number) {
      take(lots_.at(*number));
    }
  }
  for (auto lot = lots_.begin(); lot != lots_.end() && wanted > 0; ++lot) {
    if (!movement.receipt || lot->second.receipt != movement.receipt) take(lot->second);
  }
  return lots;
}

void OpenLots::Settle(const Moved& moved) {
  for (const Lot& taken : moved.taken) {
    if (taken.remaining > 0) {
      lots_[taken.number] = taken;
      continue;
    }
    lots_.erase(taken.number);
    if (!taken.receipt) continue;
    const auto own = of_receipts_.find(*taken.receipt);
    own->second.erase(taken.number);
    if (own->second.empty()) of_receipts_.erase(own);
  }
  if (!moved.made) return;
  lots_[moved.made->number] = *moved.made;
  if (moved.made->receipt) of_receipts_[*moved.made->receipt].insert(moved.made->number);
}

std::vector<Lot> OpenLots::All() const {
  std::vector<Lot> all;
  all.reserve(lots_.size());
  for (const auto& [number, lot] : lots_) all.push_back(lot);
  return all;
}

}  // namespace regulars::loyalty
