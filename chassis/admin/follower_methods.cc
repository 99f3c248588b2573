#include "chassis/admin/follower_methods.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "chassis/base/errors.h"
#include "chassis/base/text.h"
#include "chassis/feed/follow_tables.h"
#include "chassis/feed/follower.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/page_token.h"
#include "chassis/rpc/status_proto.h"
#include "chassis/rpc/timestamps.h"

namespace regulars::admin {
namespace {

constexpr char kFollowers[] = "followers";

absl::StatusOr<v1::Follower> Show(Snapshot& db, const rpc::Environment& environment,
                                  const follow::Cursor& cursor) {
  v1::Follower shown;
  shown.set_name(rpc::Name(kFollowers, cursor.upstream));
  shown.set_state(cursor.state == follow::State::kFollowing ? v1::Follower::STATE_FOLLOWING
                                                            : v1::Follower::STATE_REBUILDING);
  shown.set_epoch(cursor.epoch);
  shown.set_position(cursor.position);
  if (rpc::FollowedFeed* feed = environment.followed->Find(cursor.upstream); feed != nullptr) {
    // What it has come past without an effect is written now and then only.
    shown.set_position(std::max(cursor.position, feed->followed.position()));
    shown.set_connected(feed->connected);
    shown.set_head_position(feed->head);
    shown.set_trouble(feed->trouble());
  }
  shown.set_lag(std::max<int64_t>(0, shown.head_position() - shown.position()));
  if (cursor.event_time) *shown.mutable_event_time() = rpc::ToTimestamp(*cursor.event_time);
  ABSL_ASSIGN_OR_RETURN(const int64_t parked, follow::CountParked(db, cursor.upstream));
  shown.set_parked_count(parked);
  shown.set_rebuild_count(cursor.generation);
  for (const auto type : absl::StrSplit(cursor.types, ' ', absl::SkipEmpty())) {
    shown.add_types(std::string(type));
  }
  return shown;
}

v1::ParkedEvent::State StateOf(const follow::Parked& parked) {
  if (parked.due) return v1::ParkedEvent::STATE_DUE;
  return parked.reason == follow::kBehindAnother ? v1::ParkedEvent::STATE_WAITING
                                                 : v1::ParkedEvent::STATE_FAILED;
}

v1::ParkedEvent Show(const follow::Parked& parked) {
  v1::ParkedEvent shown;
  shown.set_name(absl::StrCat(kFollowers, "/", parked.upstream, "/parkedEvents/", parked.position));
  shown.set_state(StateOf(parked));
  shown.mutable_event()->ParseFromString(parked.event);
  if (parked.attempts > 0) {
    *shown.mutable_error() = ToProto(
        Error(absl::StatusCode::kFailedPrecondition, parked.message, {.reason = parked.reason}));
  }
  shown.set_attempts(static_cast<int32_t>(parked.attempts));
  *shown.mutable_park_time() = rpc::ToTimestamp(parked.park_time);
  return shown;
}

absl::StatusOr<follow::Cursor> Load(Snapshot& db, const std::string& name,
                                    absl::string_view field) {
  ABSL_ASSIGN_OR_RETURN(const std::string upstream, rpc::ParseName(kFollowers, name, field));
  ABSL_ASSIGN_OR_RETURN(std::optional<follow::Cursor> cursor, follow::Find(db, upstream));
  if (cursor) return *std::move(cursor);
  return NotFound("FOLLOWER_NOT_FOUND",
                  absl::StrCat("this service does not follow '", EscapeForLog(upstream), "'"));
}

}  // namespace

absl::StatusOr<v1::Follower> GetFollower(Snapshot& db, const rpc::Environment& environment,
                                         const v1::GetFollowerRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const follow::Cursor cursor, Load(db, request.name(), "name"));
  return Show(db, environment, cursor);
}

absl::StatusOr<v1::ListFollowersResponse> ListFollowers(Snapshot& db,
                                                        const rpc::Environment& environment,
                                                        const v1::ListFollowersRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now()));
  // As many as there are services.
  ABSL_ASSIGN_OR_RETURN(const std::vector<follow::Cursor> cursors, follow::List(db));
  v1::ListFollowersResponse response;
  for (const follow::Cursor& cursor : cursors) {
    if (cursor.upstream <= page.after_id()) continue;
    if (response.followers_size() == page.size) {
      const std::string& last = response.followers(response.followers_size() - 1).name();
      ABSL_ASSIGN_OR_RETURN(const std::string id, rpc::ParseName(kFollowers, last));
      response.set_next_page_token(rpc::NextPageToken(request, db.now(), {id}));
      break;
    }
    ABSL_ASSIGN_OR_RETURN(*response.add_followers(), Show(db, environment, cursor));
  }
  return response;
}

absl::StatusOr<v1::ListParkedEventsResponse> ListParkedEvents(
    Snapshot& db, const v1::ListParkedEventsRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const follow::Cursor cursor, Load(db, request.parent(), "parent"));
  ABSL_ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(request, db.now()));
  ABSL_ASSIGN_OR_RETURN(const int64_t after, rpc::PositionOf(page));
  ABSL_ASSIGN_OR_RETURN(
      const follow::ParkedPage found,
      follow::ListParked(db, cursor.upstream, after, page.size, rpc::kMaxPageBytes));
  v1::ListParkedEventsResponse response;
  if (found.more) {
    response.set_next_page_token(
        rpc::NextPageToken(request, db.now(), {absl::StrCat(found.parked.back().position)}));
  }
  for (const follow::Parked& one : found.parked) *response.add_parked_events() = Show(one);
  return response;
}

absl::StatusOr<v1::RetryParkedEventsResponse> RetryParkedEvents(
    Transaction& tx, const v1::RetryParkedEventsRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const follow::Cursor cursor, Load(tx, request.name(), "name"));
  std::optional<absl::string_view> subject;
  if (!request.subject().empty()) subject = request.subject();
  v1::RetryParkedEventsResponse response;
  ABSL_ASSIGN_OR_RETURN(const int64_t count, follow::MakeDue(tx, cursor.upstream, subject));
  response.set_event_count(count);
  tx.Ring(FollowerBell(cursor.upstream));
  return response;
}

absl::StatusOr<v1::ParkedEvent> SkipParkedEvent(Transaction& tx,
                                                const v1::SkipParkedEventRequest& request) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                        rpc::ParseNestedName({kFollowers, "parkedEvents"}, request.name()));
  int64_t position = 0;
  std::optional<follow::Parked> parked;
  if (absl::SimpleAtoi(ids[1], &position)) {
    ABSL_ASSIGN_OR_RETURN(parked, follow::FindParked(tx, ids[0], position));
  }
  if (!parked) {
    return NotFound("PARKED_EVENT_NOT_FOUND",
                    absl::StrCat("no parked event '", EscapeForLog(request.name()), "'"));
  }
  ABSL_RETURN_IF_ERROR(follow::Unpark(tx, *parked));
  tx.Ring(FollowerBell(parked->upstream));
  return Show(*parked);
}

}  // namespace regulars::admin
