#include "loyalty-svc/rpc/verify_ledger.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chassis/auth/caller.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/page_token.h"
#include "loyalty-svc/domain/ledger_totals.h"
#include "loyalty-svc/domain/replay.h"
#include "loyalty-svc/rpc/messages.h"
#include "loyalty-svc/store/ledger.h"
#include "loyalty-svc/store/members.h"
#include "loyalty-svc/store/receipts.h"

namespace regulars::loyalty {
namespace {

constexpr int kMaxDiscrepancies = 1000;
constexpr int64_t kDefaultPostings = 1000;
constexpr int64_t kMaxPostings = 10'000;
constexpr int64_t kMembersAtOnce = 100;

// What a page has found so far.
class Findings {
 public:
  explicit Findings(v1::VerifyLedgerResponse& response) : response_(response) {}

  void Compare(const std::string& resource, absl::string_view what, int64_t kept,
               int64_t recomputed) {
    if (kept != recomputed) Add(resource, what, kept, recomputed);
  }

  void Add(const std::string& resource, absl::string_view what, int64_t kept, int64_t recomputed) {
    if (response_.discrepancies_size() >= kMaxDiscrepancies) return;
    v1::VerifyLedgerResponse::Discrepancy& found = *response_.add_discrepancies();
    found.set_resource(resource);
    found.set_what(std::string(what));
    found.set_kept(kept);
    found.set_recomputed(recomputed);
  }

 private:
  v1::VerifyLedgerResponse& response_;
};

void AddAccount(const std::string& name, const LedgerTotals::Sums& sums, Findings& findings,
                v1::VerifyLedgerResponse& response) {
  v1::VerifyLedgerResponse::Account& account = *response.add_accounts();
  account.set_name(name);
  account.set_balance(ToInt64(sums.kept));
  account.set_recomputed_balance(ToInt64(sums.recomputed));
  findings.Compare(name, "balance", ToInt64(sums.kept), ToInt64(sums.recomputed));
}

// What the members added up to, beside what the accounts held at the time of the first page.
void VerifyAccounts(const LedgerTotals& totals, Findings& findings,
                    v1::VerifyLedgerResponse& response) {
  const LedgerTotals::Sums members = totals.members();
  __int128 sum = members.kept;
  for (const LedgerTotals::Account& account : totals.accounts()) {
    const std::string name = AccountName(AccountId(account.kept.account));
    AddAccount(name, {account.kept.balance, account.recomputed}, findings, response);
    findings.Compare(name, "posting_count", account.kept.posting_count, account.recomputed_count);
    sum += account.kept.balance;
  }
  AddAccount(AccountName("members"), members, findings, response);
  findings.Compare(AccountName("members"), "sum", ToInt64(sum), 0);
}

// What stands for the member's orders, by the receipts and by the ledger. Nothing moves with a
// closed member, so there the receipts may say otherwise.
absl::Status VerifyReceipts(Snapshot& db, const Member& member, const Replay& replay,
                            Findings& findings) {
  if (!member.is_active()) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(auto standing, receipts::StandingWith(db, member.key));
  for (const auto& [key, points] : replay.by_receipt()) {
    const auto kept = standing.extract(key);
    findings.Compare(MemberName(member.id), "receipts", kept.empty() ? 0 : kept.mapped(), points);
  }
  // What no posting speaks of.
  for (const auto& [key, points] : standing) {
    findings.Compare(MemberName(member.id), "receipts", points, 0);
  }
  return absl::OkStatus();
}

absl::Status VerifyMember(Snapshot& db, const Member& member, LedgerTotals& totals,
                          Findings& findings, v1::VerifyLedgerResponse& response) {
  Replay replay;
  totals.AddBalance(member.balance.points);
  ABSL_RETURN_IF_ERROR(ledger::EachPosting(db, member.key, [&](const Posting& posting) {
    totals.AddPosting(AccountOf(posting.kind), posting.account_number, posting.points);
    return replay.Add({posting.points, posting.qualifying, posting.receipt}, posting.number,
                      posting.balance_after);
  }));
  ABSL_ASSIGN_OR_RETURN(const auto lots, ledger::AllLots(db, member.key));
  const std::string name = MemberName(member.id);
  const Balance& played = replay.balance();
  const std::vector<Lot> played_lots = replay.lots();
  findings.Compare(name, "balance", member.balance.points, played.points);
  findings.Compare(name, "qualifying_points", member.balance.qualifying, played.qualifying);
  findings.Compare(name, "posting_count", member.balance.posting_count, played.posting_count);
  findings.Compare(name, "balance_after", replay.wrong_postings(), 0);
  findings.Compare(name, "lots", SumOf(lots), SumOf(played_lots));
  // Lots of the right sum may still be the wrong ones; then their numbers are told.
  if (lots != played_lots) {
    findings.Add(name, "lots", static_cast<int64_t>(lots.size()),
                 static_cast<int64_t>(played_lots.size()));
  }
  response.set_checked_members(response.checked_members() + 1);
  response.set_checked_postings(response.checked_postings() + played.posting_count);
  return VerifyReceipts(db, member, replay, findings);
}

// What the pages before have added up, and the key of the last member that they looked at.
struct Progress {
  LedgerTotals totals;
  int64_t after = 0;
};

absl::StatusOr<Progress> ReadProgress(Snapshot& db, const rpc::Page& page) {
  Progress progress;
  if (page.after.empty()) {
    ABSL_ASSIGN_OR_RETURN(const auto accounts, ledger::Accounts(db));
    progress.totals = LedgerTotals::Begin(accounts);
    return progress;
  }
  ABSL_ASSIGN_OR_RETURN(progress.after, rpc::PositionOf(page));
  auto totals = LedgerTotals::Decode(page.after[1]);
  if (!totals) return rpc::InvalidPageToken();
  progress.totals = *std::move(totals);
  return progress;
}

// Looks at members until their postings fill the page, each member counting for one more; false at
// the end of the members.
absl::StatusOr<bool> VerifyPage(Snapshot& db, int64_t size, Progress& progress, Findings& findings,
                                v1::VerifyLedgerResponse& response) {
  while (true) {
    ABSL_ASSIGN_OR_RETURN(const auto keys, members::KeysAfter(db, progress.after, kMembersAtOnce));
    if (keys.empty()) return false;
    for (const int64_t key : keys) {
      if (response.checked_members() + response.checked_postings() >= size) return true;
      progress.after = key;
      ABSL_ASSIGN_OR_RETURN(const auto member, members::FindByKey(db, key));
      if (!member) continue;
      ABSL_RETURN_IF_ERROR(VerifyMember(db, *member, progress.totals, findings, response));
    }
  }
}

}  // namespace

absl::StatusOr<v1::VerifyLedgerResponse> VerifyLedger(Snapshot& db,
                                                      const v1::VerifyLedgerRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(db.caller()));
  ABSL_ASSIGN_OR_RETURN(
      const rpc::Page page,
      rpc::ReadPage(request, db.now(),
                    {.default_size = kDefaultPostings, .max_size = kMaxPostings, .parts = 2}));
  ABSL_ASSIGN_OR_RETURN(Progress progress, ReadProgress(db, page));
  v1::VerifyLedgerResponse response;
  Findings findings(response);
  ABSL_ASSIGN_OR_RETURN(const bool more, VerifyPage(db, page.size, progress, findings, response));
  if (more) {
    response.set_next_page_token(rpc::NextPageToken(
        request, db.now(), {absl::StrCat(progress.after), progress.totals.Encode()}));
  } else {
    VerifyAccounts(progress.totals, findings, response);
  }
  return response;
}

}  // namespace regulars::loyalty
