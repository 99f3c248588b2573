#include "loyalty-svc/domain/ledger_totals.h"

#include <algorithm>
#include <limits>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace regulars::loyalty {
namespace {

// The account's key, what is kept of it, and what was worked out.
constexpr size_t kNumbersPerAccount = 5;

}  // namespace

int64_t ToInt64(__int128 sum) {
  constexpr __int128 kMin = std::numeric_limits<int64_t>::min();
  constexpr __int128 kMax = std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(std::clamp(sum, kMin, kMax));
}

LedgerTotals LedgerTotals::Begin(const std::vector<KeptAccount>& accounts) {
  LedgerTotals totals;
  for (const KeptAccount& kept : accounts) totals.accounts_.push_back({.kept = kept});
  return totals;
}

std::optional<LedgerTotals> LedgerTotals::Decode(absl::string_view text) {
  std::vector<int64_t> numbers;
  for (const absl::string_view part : absl::StrSplit(text, ' ')) {
    if (!absl::SimpleAtoi(part, &numbers.emplace_back())) return std::nullopt;
  }
  if (numbers.size() != 1 + kNumbersPerAccount * std::size(kProgrammeAccounts)) {
    return std::nullopt;
  }
  LedgerTotals totals;
  totals.kept_members_ = numbers[0];
  for (size_t i = 1; i < numbers.size(); i += kNumbersPerAccount) {
    totals.accounts_.push_back({.kept = {.account = static_cast<ProgrammeAccount>(numbers[i]),
                                         .balance = numbers[i + 1],
                                         .posting_count = numbers[i + 2]},
                                .recomputed = numbers[i + 3],
                                .recomputed_count = numbers[i + 4]});
  }
  return totals;
}

std::string LedgerTotals::Encode() const {
  std::string text = absl::StrCat(ToInt64(kept_members_));
  for (const Account& account : accounts_) {
    absl::StrAppend(&text, " ", static_cast<int64_t>(account.kept.account), " ",
                    account.kept.balance, " ", account.kept.posting_count, " ");
    absl::StrAppend(&text, ToInt64(account.recomputed), " ", account.recomputed_count);
  }
  return text;
}

void LedgerTotals::AddPosting(ProgrammeAccount account, int64_t account_number, int64_t points) {
  for (Account& each : accounts_) {
    if (each.kept.account != account) continue;
    if (account_number > each.kept.posting_count) {
      kept_members_ -= points;
    } else {
      each.recomputed -= points;
      ++each.recomputed_count;
    }
  }
}

LedgerTotals::Sums LedgerTotals::members() const {
  Sums sums{.kept = kept_members_};
  for (const Account& account : accounts_) sums.recomputed -= account.recomputed;
  return sums;
}

}  // namespace regulars::loyalty
