#include "loyalty-svc/rpc/verify_ledger.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chassis/auth/caller.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/page_token.h"
#include "loyalty-svc/domain/replay.h"
#include "loyalty-svc/rpc/messages.h"
#include "loyalty-svc/store/ledger.h"
#include "loyalty-svc/store/members.h"
#include "loyalty-svc/store/receipts.h"

namespace regulars::loyalty {
namespace {

constexpr int kMaxDiscrepancies = 1000;

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

void AddAccount(const std::string& name, int64_t kept, int64_t recomputed, Findings& findings,
                v1::VerifyLedgerResponse& response) {
  v1::VerifyLedgerResponse::Account& account = *response.add_accounts();
  account.set_name(name);
  account.set_balance(kept);
  account.set_recomputed_balance(recomputed);
  findings.Compare(name, "balance", kept, recomputed);
}

absl::Status VerifyAccounts(Snapshot& db, Findings& findings, v1::VerifyLedgerResponse& response) {
  ABSL_ASSIGN_OR_RETURN(const auto accounts, ledger::Accounts(db));
  ABSL_ASSIGN_OR_RETURN(const auto members, ledger::SumMembers(db));
  int64_t sum = members.kept;
  for (const ledger::AccountBalance& account : accounts) {
    AddAccount(AccountName(AccountId(account.account)), account.kept, account.recomputed, findings,
               response);
    sum += account.kept;
  }
  AddAccount(AccountName("members"), members.kept, members.recomputed, findings, response);
  findings.Compare(AccountName("members"), "sum", sum, 0);
  return absl::OkStatus();
}

// What stands for the member's orders, by the receipts and by the ledger. Nothing moves with a
// closed member, so there the receipts may say otherwise.
absl::Status VerifyReceipts(Snapshot& db, const Member& member, const Replay& replay,
                            Findings& findings) {
  if (!member.is_active()) return absl::OkStatus();
  for (const auto& [key, points] : replay.by_receipt()) {
    ABSL_ASSIGN_OR_RETURN(const auto receipt, receipts::FindByKey(db, key));
    const bool stands = receipt && receipt->standing_member == member.key;
    findings.Compare(MemberName(member.id), "receipts", stands ? receipt->standing : 0, points);
  }
  return absl::OkStatus();
}

absl::Status VerifyMember(Snapshot& db, const Member& member, Findings& findings,
                          v1::VerifyLedgerResponse& response) {
  Replay replay;
  ABSL_RETURN_IF_ERROR(ledger::EachPosting(db, member.key, [&](const Posting& posting) {
    return replay.Add({posting.points, posting.qualifying, posting.receipt}, posting.number,
                      posting.balance_after);
  }));
  ABSL_ASSIGN_OR_RETURN(const auto lots, ledger::AllLots(db, member.key));
  const std::string name = MemberName(member.id);
  const Balance& played = replay.balance();
  findings.Compare(name, "balance", member.balance.points, played.points);
  findings.Compare(name, "qualifying_points", member.balance.qualifying, played.qualifying);
  findings.Compare(name, "posting_count", member.balance.posting_count, played.posting_count);
  findings.Compare(name, "balance_after", replay.wrong_postings(), 0);
  findings.Compare(name, "lots", SumOf(lots), SumOf(replay.lots()));
  // Lots of the right sum may still be the wrong ones; then their numbers are told.
  if (lots != replay.lots()) {
    findings.Add(name, "lots", static_cast<int64_t>(lots.size()),
                 static_cast<int64_t>(replay.lots().size()));
  }
  response.set_checked_members(response.checked_members() + 1);
  response.set_checked_postings(response.checked_postings() + played.posting_count);
  return VerifyReceipts(db, member, replay, findings);
}

}  // namespace

absl::StatusOr<v1::VerifyLedgerResponse> VerifyLedger(Snapshot& db,
                                                      const v1::VerifyLedgerRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(db.caller()));
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page,
                        rpc::ReadPage(request, db.now(), {.default_size = 100}));
  ABSL_ASSIGN_OR_RETURN(const int64_t after, rpc::PositionOf(page));
  v1::VerifyLedgerResponse response;
  Findings findings(response);
  if (page.after.empty()) ABSL_RETURN_IF_ERROR(VerifyAccounts(db, findings, response));
  ABSL_ASSIGN_OR_RETURN(const auto keys, members::KeysAfter(db, after, page.size));
  for (const int64_t key : keys) {
    ABSL_ASSIGN_OR_RETURN(const auto member, members::FindByKey(db, key));
    if (member) ABSL_RETURN_IF_ERROR(VerifyMember(db, *member, findings, response));
  }
  if (static_cast<int64_t>(keys.size()) == page.size) {
    response.set_next_page_token(
        rpc::NextPageToken(request, db.now(), {absl::StrCat(keys.back())}));
  }
  return response;
}

}  // namespace regulars::loyalty
