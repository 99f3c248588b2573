#include "customer-svc/rpc/segment_reads.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/page_token.h"
#include "customer-svc/rpc/segment_messages.h"
#include "customer-svc/store/customers.h"
#include "customer-svc/store/segment_sets.h"
#include "customer-svc/store/segments.h"

namespace regulars::customer {
namespace {

using segment_sets::Member;

constexpr int64_t kExportPage = 1000;
// Members looked at for one page. Callers limited to stores may get short pages, or empty ones with
// a token, where most members are none of theirs.
constexpr int64_t kMaxLooks = 5000;

absl::StatusOr<int64_t> LiveSet(Snapshot& db, const Segment& segment) {
  ABSL_ASSIGN_OR_RETURN(const auto live, segment_sets::FindByRole(db, segment.key, SetRole::kLive));
  return live ? live->key : 0;
}

absl::StatusOr<bool> MaySeeCustomer(Snapshot& db, absl::string_view customer_id) {
  if (db.caller().realms.empty()) return true;
  ABSL_ASSIGN_OR_RETURN(const auto customer, customers::FindById(db, customer_id));
  return customer && auth::MaySee(db.caller(), customer->home_store);
}

struct MemberPage {
  std::vector<Member> members;
  // Where the next page begins; "" at the end.
  std::string next;
};

// The next members after `after` that the caller may see.
absl::StatusOr<MemberPage> ReadMembers(Snapshot& db, const Segment& segment, std::string after,
                                       int64_t size) {
  ABSL_ASSIGN_OR_RETURN(const int64_t set, LiveSet(db, segment));
  MemberPage page;
  for (int64_t looks = 0; looks < kMaxLooks;) {
    const int64_t missing = size - static_cast<int64_t>(page.members.size());
    // One more than is needed tells whether there is a next page.
    ABSL_ASSIGN_OR_RETURN(auto batch, segment_sets::ListMembers(db, set, after, missing + 1));
    const bool more = static_cast<int64_t>(batch.size()) > missing;
    if (more) batch.pop_back();
    looks += static_cast<int64_t>(batch.size());
    if (!batch.empty()) after = batch.back().customer_id;
    for (Member& member : batch) {
      ABSL_ASSIGN_OR_RETURN(const bool visible, MaySeeCustomer(db, member.customer_id));
      if (visible) page.members.push_back(std::move(member));
    }
    if (!more) return page;
    if (static_cast<int64_t>(page.members.size()) == size) break;
  }
  page.next = after;
  return page;
}

template <typename Response>
void AddMembers(const Segment& segment, const std::vector<Member>& members, Response& response) {
  for (const Member& member : members) {
    *response.add_members() = MemberMessage(segment.id, member.customer_id, member.enter_time);
  }
}

}  // namespace

absl::StatusOr<v1::Segment> GetSegment(Snapshot& db, const v1::GetSegmentRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("segments", request.name()));
  ABSL_ASSIGN_OR_RETURN(const Segment segment, FindSegment(db, id));
  return ToMessage(segment, db.caller());
}

absl::StatusOr<v1::ListSegmentsResponse> ListSegments(Snapshot& db,
                                                      const v1::ListSegmentsRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now()));
  const std::string after = page.after_id();
  ABSL_ASSIGN_OR_RETURN(auto found, segments::List(db, after, page.size + 1));
  v1::ListSegmentsResponse response;
  if (static_cast<int64_t>(found.size()) > page.size) {
    found.pop_back();
    response.set_next_page_token(rpc::NextPageToken(request, db.now(), {found.back().id}));
  }
  for (const Segment& segment : found) *response.add_segments() = ToMessage(segment, db.caller());
  return response;
}

absl::StatusOr<v1::SegmentMember> GetSegmentMember(Snapshot& db,
                                                   const v1::GetSegmentMemberRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const auto ids,
                        rpc::ParseNestedName({"segments", "members"}, request.name()));
  ABSL_ASSIGN_OR_RETURN(const Segment segment, FindSegment(db, ids[0]));
  ABSL_ASSIGN_OR_RETURN(const int64_t set, LiveSet(db, segment));
  ABSL_ASSIGN_OR_RETURN(const auto member, segment_sets::FindMember(db, set, ids[1]));
  ABSL_ASSIGN_OR_RETURN(const bool visible, MaySeeCustomer(db, ids[1]));
  if (!member || !visible) {
    return NotFound("SEGMENT_MEMBER_NOT_FOUND",
                    absl::StrCat("'", EscapeForLog(ids[1]), "' is not in this segment"));
  }
  return MemberMessage(segment.id, member->customer_id, member->enter_time);
}

absl::StatusOr<v1::ListSegmentMembersResponse> ListSegmentMembers(
    Snapshot& db, const v1::ListSegmentMembersRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const std::string id,
                        rpc::ParseName("segments", request.parent(), "parent"));
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now()));
  ABSL_ASSIGN_OR_RETURN(const Segment segment, FindSegment(db, id));
  ABSL_ASSIGN_OR_RETURN(const MemberPage read,
                        ReadMembers(db, segment, page.after_id(), page.size));
  v1::ListSegmentMembersResponse response;
  AddMembers(segment, read.members, response);
  if (!read.next.empty())
    response.set_next_page_token(rpc::NextPageToken(request, db.now(), {read.next}));
  return response;
}

absl::StatusOr<rpc::PageEnd> ExportSegmentMembers(
    Snapshot& db, const v1::ExportSegmentMembersRequest& request, std::string& cursor,
    std::vector<v1::ExportSegmentMembersResponse>& page) {
  ABSL_ASSIGN_OR_RETURN(const std::string id,
                        rpc::ParseName("segments", request.parent(), "parent"));
  ABSL_ASSIGN_OR_RETURN(const Segment segment, FindSegment(db, id));
  ABSL_ASSIGN_OR_RETURN(MemberPage read, ReadMembers(db, segment, cursor, kExportPage));
  if (!read.members.empty()) AddMembers(segment, read.members, page.emplace_back());
  cursor = std::move(read.next);
  return rpc::PageEnd{cursor.empty() ? rpc::PageEnd::kDone : rpc::PageEnd::kMore};
}

absl::StatusOr<v1::ListCustomerSegmentsResponse> ListCustomerSegments(
    Snapshot& db, const v1::ListCustomerSegmentsRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const std::string id,
                        rpc::ParseName("customers", request.parent(), "parent"));
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now()));
  ABSL_ASSIGN_OR_RETURN(const auto customer, customers::FindById(db, id));
  if (!customer || !auth::MaySee(db.caller(), customer->home_store)) {
    return NotFound("CUSTOMER_NOT_FOUND", absl::StrCat("no customer '", EscapeForLog(id), "'"));
  }
  ABSL_ASSIGN_OR_RETURN(auto found,
                        segment_sets::ListSegmentsOf(db, id, page.after_id(), page.size + 1));
  v1::ListCustomerSegmentsResponse response;
  if (static_cast<int64_t>(found.size()) > page.size) {
    found.pop_back();
    response.set_next_page_token(rpc::NextPageToken(request, db.now(), {found.back().segment_id}));
  }
  for (const segment_sets::SegmentOf& membership : found) {
    *response.add_members() = MemberMessage(membership.segment_id, id, membership.enter_time);
  }
  return response;
}

}  // namespace regulars::customer
