#include "loyalty-svc/rpc/member_service.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/page_token.h"
#include "chassis/rpc/timestamps.h"
#include "loyalty-svc/domain/adjustment.h"
#include "loyalty-svc/rpc/member_changes.h"
#include "loyalty-svc/rpc/messages.h"
#include "loyalty-svc/rpc/receipt_changes.h"
#include "loyalty-svc/store/members.h"
#include "loyalty-svc/store/programmes.h"
#include "regulars/loyalty/v1/member_service.grpc.pb.h"

namespace regulars::loyalty {
namespace {

constexpr int kMaxBatch = 1000;

absl::StatusOr<v1::Member> EnrolMember(Transaction& tx, const v1::EnrolMemberRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  ABSL_ASSIGN_OR_RETURN(const std::string customer,
                        rpc::ParseMadeName("customers", request.customer(), "customer"));
  absl::Time counted_from = tx.now();
  if (request.has_counted_from_time()) {
    ABSL_ASSIGN_OR_RETURN(counted_from,
                          rpc::FromTimestamp(request.counted_from_time(), "counted_from_time"));
  }
  ABSL_ASSIGN_OR_RETURN(const auto known, members::FindByCustomer(tx, customer));
  if (known) {
    return Error(absl::StatusCode::kAlreadyExists, "the customer is a member, or was",
                 {.reason = "MEMBER_EXISTS", .metadata = {{"member", MemberName(known->id)}}});
  }
  ABSL_ASSIGN_OR_RETURN(const auto holder, members::FindOrAddHolder(tx, customer));
  if (!holder) return NotFound("CUSTOMER_ERASED", "the customer was erased");
  ABSL_ASSIGN_OR_RETURN(const Programme programme, programmes::Load(tx));
  ABSL_ASSIGN_OR_RETURN(const Member made,
                        MakeMember(tx, programme, *holder, customer, counted_from));
  ABSL_RETURN_IF_ERROR(CountKnownOrders(tx, programme, made, /*except=*/0));
  ABSL_ASSIGN_OR_RETURN(const auto member, members::FindByKey(tx, *holder));
  return WriteMember(member.value_or(made));
}

absl::StatusOr<v1::Member> GetMember(Snapshot& db, const v1::GetMemberRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const Member member, FindMember(db, request.name(), "name"));
  return WriteMember(member);
}

absl::StatusOr<v1::Member> LookupMember(Snapshot& db, const v1::LookupMemberRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const std::string customer,
                        rpc::ParseName("customers", request.customer(), "customer"));
  ABSL_ASSIGN_OR_RETURN(const auto member, members::FindByCustomer(db, customer));
  if (!member) return NotFound("MEMBER_NOT_FOUND", "the customer is no member");
  return WriteMember(*member);
}

absl::StatusOr<v1::BatchGetMembersResponse> BatchGetMembers(
    Snapshot& db, const v1::BatchGetMembersRequest& request) {
  if (request.customers().empty() || request.customers_size() > kMaxBatch) {
    return FieldError("customers", "INVALID_BATCH_SIZE", "must be 1 to 1000 names");
  }
  v1::BatchGetMembersResponse response;
  for (int i = 0; i < request.customers_size(); ++i) {
    ABSL_ASSIGN_OR_RETURN(
        const std::string customer,
        rpc::ParseName("customers", request.customers(i), absl::StrCat("customers[", i, "]")));
    ABSL_ASSIGN_OR_RETURN(const auto member, members::FindByCustomer(db, customer));
    auto& result = *response.add_results();
    result.set_customer(request.customers(i));
    if (member) *result.mutable_member() = WriteMember(*member);
  }
  return response;
}

absl::StatusOr<v1::ListMembersResponse> ListMembers(Snapshot& db,
                                                    const v1::ListMembersRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(db.caller()));
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now()));
  ABSL_ASSIGN_OR_RETURN(const auto filter, members::CompileMemberFilter(request.filter()));
  ABSL_ASSIGN_OR_RETURN(const auto found, members::List(db, filter, page.after_id(), page.size));
  v1::ListMembersResponse response;
  for (const Member& member : found.members) *response.add_members() = WriteMember(member);
  if (!found.next.empty()) {
    response.set_next_page_token(rpc::NextPageToken(request, db.now(), {found.next}));
  }
  return response;
}

absl::StatusOr<v1::Member> CloseMember(Transaction& tx, const v1::CloseMemberRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  ABSL_ASSIGN_OR_RETURN(Member member, FindMember(tx, request.name(), "name"));
  ABSL_ASSIGN_OR_RETURN(const Programme programme, programmes::Load(tx));
  ABSL_RETURN_IF_ERROR(CloseMembership(tx, programme, member));
  return WriteMember(member);
}

absl::StatusOr<v1::Posting> AdjustPoints(Transaction& tx, const v1::AdjustPointsRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  const Adjustment adjustment{.points = request.points(),
                              .reason_code = request.reason_code(),
                              .reference = request.reference(),
                              .allow_negative_balance = request.allow_negative_balance()};
  ABSL_RETURN_IF_ERROR(CheckAdjustment(adjustment));
  ABSL_ASSIGN_OR_RETURN(Member member, FindMember(tx, request.member(), "member"));
  ABSL_RETURN_IF_ERROR(CheckAdjustable(member, adjustment));
  ABSL_ASSIGN_OR_RETURN(const Programme programme, programmes::Load(tx));
  ledger::ReadPosting read;
  ABSL_ASSIGN_OR_RETURN(read.posting,
                        Post(tx, programme, member,
                             {.kind = PostingKind::kAdjustment,
                              .points = adjustment.points,
                              .qualifying = request.qualifying() ? adjustment.points : 0,
                              .reason_code = adjustment.reason_code,
                              .reference = adjustment.reference},
                             /*order_id=*/""));
  return WritePosting(member, read);
}

}  // namespace

absl::StatusOr<Member> FindMember(Snapshot& db, absl::string_view name, absl::string_view field) {
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("members", name, field));
  ABSL_ASSIGN_OR_RETURN(auto member, members::FindById(db, id));
  if (!member) {
    return NotFound("MEMBER_NOT_FOUND", absl::StrCat("there is no '", EscapeForLog(name), "'"));
  }
  return *std::move(member);
}

std::unique_ptr<rpc::Service> RegisterMembers(const rpc::Environment& environment) {
  auto service =
      std::make_unique<rpc::Service>(environment, v1::MemberService::service_full_name());
  service->Write("EnrolMember", EnrolMember);
  service->Read("GetMember", GetMember);
  service->Read("LookupMember", LookupMember);
  service->Read("BatchGetMembers", BatchGetMembers);
  service->Read("ListMembers", ListMembers);
  service->Write("CloseMember", CloseMember);
  service->Write("AdjustPoints", AdjustPoints);
  service->Finish();
  return service;
}

}  // namespace regulars::loyalty
