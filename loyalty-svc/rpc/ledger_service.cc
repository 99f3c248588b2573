#include "loyalty-svc/rpc/ledger_service.h"

#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/page_token.h"
#include "loyalty-svc/rpc/member_service.h"
#include "loyalty-svc/rpc/messages.h"
#include "loyalty-svc/rpc/verify_ledger.h"
#include "loyalty-svc/store/ledger.h"
#include "regulars/loyalty/v1/ledger_service.grpc.pb.h"

namespace regulars::loyalty {
namespace {

absl::StatusOr<v1::ListPostingsResponse> ListPostings(Snapshot& db,
                                                      const v1::ListPostingsRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(db.caller()));
  ABSL_ASSIGN_OR_RETURN(const Member member, FindMember(db, request.parent(), "parent"));
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now()));
  ABSL_ASSIGN_OR_RETURN(const int64_t before, rpc::PositionOf(page));
  ABSL_ASSIGN_OR_RETURN(const auto found,
                        ledger::NewestFirst(db, member.key, before, page.size + 1));
  v1::ListPostingsResponse response;
  for (size_t i = 0; i < found.size(); ++i) {
    if (static_cast<int64_t>(i) == page.size) {
      response.set_next_page_token(
          rpc::NextPageToken(request, db.now(), {absl::StrCat(found[i - 1].posting.number)}));
      break;
    }
    *response.add_postings() = WritePosting(member, found[i]);
  }
  return response;
}

absl::Status NoSuchPosting(absl::string_view name) {
  return NotFound("POSTING_NOT_FOUND", absl::StrCat("there is no '", EscapeForLog(name), "'"));
}

absl::StatusOr<v1::Posting> GetPosting(Snapshot& db, const v1::GetPostingRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(db.caller()));
  ABSL_ASSIGN_OR_RETURN(const auto ids,
                        rpc::ParseNestedName({"members", "postings"}, request.name()));
  const auto member = FindMember(db, MemberName(ids[0]), "name");
  if (!member.ok() && !absl::IsNotFound(member.status())) return member.status();
  int64_t number = 0;
  if (!member.ok() || !absl::SimpleAtoi(ids[1], &number) || absl::StrCat(number) != ids[1] ||
      number < 1 || number > member->balance.posting_count) {
    return NoSuchPosting(request.name());
  }
  ABSL_ASSIGN_OR_RETURN(const auto found, ledger::NewestFirst(db, member->key, number + 1, 1));
  if (found.empty() || found[0].posting.number != number) return NoSuchPosting(request.name());
  return WritePosting(*member, found[0]);
}

}  // namespace

std::unique_ptr<rpc::Service> RegisterLedger(const rpc::Environment& environment) {
  auto service =
      std::make_unique<rpc::Service>(environment, v1::LedgerService::service_full_name());
  service->Read("ListPostings", ListPostings);
  service->Read("GetPosting", GetPosting);
  service->Read("VerifyLedger", VerifyLedger);
  service->Finish();
  return service;
}

}  // namespace regulars::loyalty
