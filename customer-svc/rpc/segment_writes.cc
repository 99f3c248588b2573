#include "customer-svc/rpc/segment_writes.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "chassis/auth/caller.h"
#include "chassis/base/errors.h"
#include "chassis/base/etag.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"
#include "chassis/rpc/names.h"
#include "customer-svc/domain/text_rules.h"
#include "customer-svc/rpc/events.h"
#include "customer-svc/rpc/segment_messages.h"
#include "customer-svc/rpc/segment_moves.h"
#include "customer-svc/rpc/segment_plan.h"
#include "customer-svc/store/customer_filter.h"
#include "customer-svc/store/segment_sets.h"
#include "customer-svc/store/segments.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::customer {
namespace {

constexpr size_t kMaxDisplayName = 200;
constexpr size_t kMaxDescription = 2000;

absl::Status CheckTexts(const Segment& segment) {
  const auto fault = [](absl::string_view field, size_t max) {
    return FieldError(
        field, "INVALID_TEXT",
        absl::StrCat("must be text of at most ", max, " characters, without control characters"));
  };
  if (!IsText(segment.display_name, kMaxDisplayName)) {
    return fault("segment.display_name", kMaxDisplayName);
  }
  if (!IsProse(segment.description, kMaxDescription)) {
    return fault("segment.description", kMaxDescription);
  }
  return absl::OkStatus();
}

absl::Status CheckFilter(Snapshot& db, const Segment& segment) {
  constexpr char kField[] = "segment.filter";
  ABSL_RETURN_IF_ERROR(RequireFilter(segment.filter, kField));
  return CompileCustomerFilter(db, segment.filter, kField).status();
}

void PublishUpdated(Transaction& tx, const Segment& segment) {
  v1::SegmentUpdated event;
  event.set_segment(rpc::Name("segments", segment.id));
  tx.Publish(PackEvent(event.segment(), "", event));
}

// Makes `segment`, whose id is known to be free.
absl::StatusOr<v1::Segment> Make(Transaction& tx, Segment segment) {
  if (segment.display_name.empty()) segment.display_name = segment.id;
  ABSL_RETURN_IF_ERROR(CheckTexts(segment));
  ABSL_RETURN_IF_ERROR(CheckFilter(tx, segment));
  ABSL_ASSIGN_OR_RETURN(const int64_t count, segments::Count(tx));
  if (count >= kMaxSegments) {
    return Error(
        absl::StatusCode::kResourceExhausted,
        absl::StrCat("there are ", kMaxSegments, " segments already, the most there may be"),
        {.reason = "TOO_MANY_SEGMENTS"});
  }
  segment.create_time = segment.update_time = tx.now();
  ABSL_RETURN_IF_ERROR(segments::Insert(tx, segment));
  // The members of the filter before: none.
  ABSL_RETURN_IF_ERROR(segment_sets::Insert(tx, segment.key, "", SetRole::kLive).status());
  ABSL_RETURN_IF_ERROR(StageSegment(tx, segment));
  ABSL_RETURN_IF_ERROR(RefreshPlan(tx));
  PublishUpdated(tx, segment);
  return ToMessage(segment, tx.caller());
}

absl::StatusOr<Segment> NewSegment(const std::string& id, const v1::Segment& message,
                                   absl::string_view id_field) {
  if (!IsSlug(id)) {
    return FieldError(id_field, "INVALID_SEGMENT_ID",
                      "must be 1 to 63 lower-case letters, digits and '-', begin with a letter and "
                      "end with a letter or digit");
  }
  return Segment{.id = id,
                 .display_name = message.display_name(),
                 .description = message.description(),
                 .filter = message.filter()};
}

// Takes over the field that a path of an update mask names.
absl::Status Take(const v1::Segment& message, absl::string_view path, Segment& segment) {
  if (path == "display_name") {
    segment.display_name = message.display_name().empty() ? segment.id : message.display_name();
  } else if (path == "description") {
    segment.description = message.description();
  } else if (path == "filter") {
    segment.filter = message.filter();
  } else if (v1::Segment::descriptor()->FindFieldByName(std::string(path)) == nullptr) {
    return FieldError("update_mask", "INVALID_UPDATE_MASK",
                      absl::StrCat("names '", EscapeForLog(path), "', which is no field"));
  }
  return absl::OkStatus();  // Fields that only the service writes are ignored.
}

absl::Status TakeAll(const v1::UpdateSegmentRequest& request, Segment& segment) {
  const v1::Segment& message = request.segment();
  const auto& paths = request.update_mask().paths();
  const bool everything = paths.size() == 1 && paths[0] == "*";
  if (!everything && !paths.empty()) {
    for (const std::string& path : paths) ABSL_RETURN_IF_ERROR(Take(message, path, segment));
    return absl::OkStatus();
  }
  if (everything || !message.display_name().empty()) {
    ABSL_RETURN_IF_ERROR(Take(message, "display_name", segment));
  }
  if (everything || !message.description().empty()) {
    ABSL_RETURN_IF_ERROR(Take(message, "description", segment));
  }
  if (everything || !message.filter().empty()) segment.filter = message.filter();
  return absl::OkStatus();
}

absl::StatusOr<v1::Segment> Change(Transaction& tx, const Segment& before, Segment segment) {
  const bool refilter = segment.filter != before.filter || before.state == SegmentState::kFailed;
  if (!refilter && segment.display_name == before.display_name &&
      segment.description == before.description) {
    return ToMessage(before, tx.caller());
  }
  ABSL_RETURN_IF_ERROR(CheckTexts(segment));
  ++segment.version;
  segment.update_time = tx.now();
  if (refilter) {
    ABSL_RETURN_IF_ERROR(CheckFilter(tx, segment));
    ABSL_RETURN_IF_ERROR(StageSegment(tx, segment));
  }
  ABSL_RETURN_IF_ERROR(segments::Update(tx, segment));
  if (refilter) ABSL_RETURN_IF_ERROR(RefreshPlan(tx));
  PublishUpdated(tx, segment);
  return ToMessage(segment, tx.caller());
}

}  // namespace

absl::StatusOr<v1::Segment> CreateSegment(Transaction& tx,
                                          const v1::CreateSegmentRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  if (!request.segment().name().empty()) {
    return FieldError("segment.name", "INVALID_NAME", "must be empty: see segment_id");
  }
  Segment segment;
  if (request.segment_id().empty()) {
    // A letter first, as in ids that callers choose.
    ABSL_ASSIGN_OR_RETURN(
        segment, NewSegment(absl::StrCat("s", tx.NewId()), request.segment(), "segment_id"));
  } else {
    ABSL_ASSIGN_OR_RETURN(segment,
                          NewSegment(request.segment_id(), request.segment(), "segment_id"));
  }
  ABSL_ASSIGN_OR_RETURN(const auto taken, segments::Find(tx, segment.id));
  if (taken) {
    return AlreadyExists("SEGMENT_EXISTS", absl::StrCat("there is a segment '", segment.id, "'"));
  }
  return Make(tx, std::move(segment));
}

absl::StatusOr<v1::Segment> UpdateSegment(Transaction& tx,
                                          const v1::UpdateSegmentRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  ABSL_ASSIGN_OR_RETURN(const std::string id,
                        rpc::ParseName("segments", request.segment().name(), "segment.name"));
  ABSL_ASSIGN_OR_RETURN(const auto before, segments::Find(tx, id));
  if (!before) {
    if (!request.allow_missing()) return SegmentNotFound(id);
    ABSL_ASSIGN_OR_RETURN(Segment segment, NewSegment(id, request.segment(), "segment.name"));
    return Make(tx, std::move(segment));
  }
  ABSL_RETURN_IF_ERROR(CheckEtag(request.segment().etag(), EtagOf(*before)));
  Segment segment = *before;
  ABSL_RETURN_IF_ERROR(TakeAll(request, segment));
  return Change(tx, *before, std::move(segment));
}

absl::StatusOr<google::protobuf::Empty> DeleteSegment(Transaction& tx,
                                                      const v1::DeleteSegmentRequest& request) {
  ABSL_RETURN_IF_ERROR(auth::RefuseStoreLimited(tx.caller()));
  ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName("segments", request.name()));
  ABSL_ASSIGN_OR_RETURN(const auto segment, segments::Find(tx, id));
  if (!segment) {
    if (request.allow_missing()) return google::protobuf::Empty();
    return SegmentNotFound(id);
  }
  ABSL_RETURN_IF_ERROR(CheckEtag(request.etag(), EtagOf(*segment)));
  ABSL_RETURN_IF_ERROR(segment_sets::KillAll(tx, segment->key));
  ABSL_RETURN_IF_ERROR(segments::Delete(tx, segment->key));
  ABSL_RETURN_IF_ERROR(RefreshPlan(tx));
  ABSL_RETURN_IF_ERROR(WakeUpkeep(tx, tx.now()));
  v1::SegmentDeleted event;
  event.set_segment(request.name());
  tx.Publish(PackEvent(event.segment(), "", event));
  return google::protobuf::Empty();
}

}  // namespace regulars::customer
