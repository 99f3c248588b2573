// What the programme's accounts must hold, added up member by member over many pages, each at a
// time of its own, while points go on moving. Every posting has a number within its account; what
// was posted after the first page is told by it and left out. So the sums are those of one moment.
//
//   LedgerTotals totals = LedgerTotals::Begin(accounts);   // First page.
//   totals.AddBalance(balance); totals.AddPosting(…);      // For each member and posting.
//   std::string text = totals.Encode();                    // Between pages.
//   totals.accounts(), totals.members()                    // After the last.
//
// Belongs to one thread.
#ifndef LOYALTY_SVC_DOMAIN_LEDGER_TOTALS_H_
#define LOYALTY_SVC_DOMAIN_LEDGER_TOTALS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "loyalty-svc/domain/ledger.h"

namespace regulars::loyalty {

// An account of the programme as it is kept.
struct KeptAccount {
  ProgrammeAccount account;
  int64_t balance = 0;
  int64_t posting_count = 0;
};

class LedgerTotals {
 public:
  // Sums of damaged books may be anything, and are shown as the nearest number of 64 bits.
  struct Sums {
    __int128 kept = 0;
    __int128 recomputed = 0;
  };
  struct Account {
    KeptAccount kept;  // When it began.
    __int128 recomputed = 0;
    int64_t recomputed_count = 0;
  };

  static LedgerTotals Begin(const std::vector<KeptAccount>& accounts);
  // nullopt for what Encode() did not write.
  static std::optional<LedgerTotals> Decode(absl::string_view text);
  std::string Encode() const;

  // A posting of the member whose AddBalance() comes next or came before.
  void AddPosting(ProgrammeAccount account, int64_t account_number, int64_t points);
  void AddBalance(int64_t kept) { kept_members_ += kept; }

  const std::vector<Account>& accounts() const { return accounts_; }
  // The members together.
  Sums members() const;

 private:
  std::vector<Account> accounts_;
  __int128 kept_members_ = 0;  // Without what was posted after the beginning.
};

// The nearest number of 64 bits.
int64_t ToInt64(__int128 sum);

}  // namespace regulars::loyalty

#endif  // LOYALTY_SVC_DOMAIN_LEDGER_TOTALS_H_
