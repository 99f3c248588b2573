#include "customer-svc/rpc/segment_messages.h"

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/etag.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/status_proto.h"
#include "chassis/rpc/timestamps.h"
#include "customer-svc/store/segments.h"

namespace regulars::customer {

v1::Segment ToMessage(const Segment& segment, const auth::Caller& caller) {
  v1::Segment message;
  message.set_name(rpc::Name("segments", segment.id));
  message.set_display_name(segment.display_name);
  message.set_description(segment.description);
  message.set_filter(segment.filter);
  message.set_state(static_cast<v1::Segment::State>(segment.state));
  // Counts of customers are not for those who may see some of them only.
  if (caller.realms.empty()) message.set_member_count(segment.member_count);
  if (caller.realms.empty() && segment.state == SegmentState::kComputing) {
    message.mutable_progress()->set_done(segment.scanned_count);
    message.mutable_progress()->set_total(segment.scan_total);
  }
  if (segment.state == SegmentState::kFailed) {
    *message.mutable_error() =
        ToProto(Error(segment.error_code, segment.error_message, {.reason = segment.error_reason}));
  }
  if (segment.ready_time) *message.mutable_ready_time() = rpc::ToTimestamp(*segment.ready_time);
  *message.mutable_create_time() = rpc::ToTimestamp(segment.create_time);
  *message.mutable_update_time() = rpc::ToTimestamp(segment.update_time);
  message.set_etag(EtagOf(segment));
  return message;
}

v1::SegmentMember MemberMessage(absl::string_view segment_id, absl::string_view customer_id,
                                absl::Time enter_time) {
  v1::SegmentMember message;
  message.set_segment(rpc::Name("segments", segment_id));
  message.set_customer(rpc::Name("customers", customer_id));
  message.set_name(absl::StrCat(message.segment(), "/members/", customer_id));
  *message.mutable_enter_time() = rpc::ToTimestamp(enter_time);
  return message;
}

std::string EtagOf(const Segment& segment) {
  return MakeEtag(segment.version, segment.update_time);
}

absl::StatusOr<Segment> FindSegment(Snapshot& db, absl::string_view id) {
  ABSL_ASSIGN_OR_RETURN(auto segment, segments::Find(db, id));
  if (!segment) return SegmentNotFound(id);
  return *std::move(segment);
}

absl::Status SegmentNotFound(absl::string_view id) {
  return NotFound("SEGMENT_NOT_FOUND", absl::StrCat("no segment '", EscapeForLog(id), "'"));
}

}  // namespace regulars::customer
