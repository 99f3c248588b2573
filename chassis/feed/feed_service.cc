#include "chassis/feed/feed_service.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "chassis/base/check.h"
#include "chassis/base/errors.h"
#include "regulars/feed/v1/feed_service.grpc.pb.h"

namespace regulars {
namespace {

using feed::v1::FeedState;
using feed::v1::SubscribeRequest;
using feed::v1::SubscribeResponse;
using rpc::PageEnd;

constexpr int64_t kEventsPerBatch = 1000;
constexpr size_t kBytesPerBatch = 1 << 20;
constexpr int kMaxSubscribers = 256;
constexpr int kMaxTypes = 50;
constexpr absl::Duration kHeartbeat = absl::Seconds(15);

// Where the feed stands in one snapshot.
struct Bounds {
  std::string epoch;
  int64_t head = 0;
  int64_t pruned = 0;  // Events up to here are gone.
  std::optional<absl::Time> head_time;
};

absl::StatusOr<Bounds> ReadBounds(Snapshot& db) {
  Bounds bounds;
  ABSL_ASSIGN_OR_RETURN(auto epoch, db.Sql("SELECT epoch FROM store_meta").First<std::string>());
  bounds.epoch = epoch.value_or("");
  ABSL_ASSIGN_OR_RETURN(auto newest,
                        db.Sql("SELECT position, time FROM feed ORDER BY position DESC LIMIT 1")
                            .First<int64_t, absl::Time>());
  if (!newest) return bounds;
  std::tie(bounds.head, bounds.head_time) = *newest;
  ABSL_ASSIGN_OR_RETURN(
      auto oldest, db.Sql("SELECT position FROM feed ORDER BY position LIMIT 1").First<int64_t>());
  bounds.pruned = oldest.value_or(1) - 1;
  return bounds;
}

absl::Status RangeError(absl::string_view reason, absl::string_view message, const Bounds& bounds) {
  return Error(absl::StatusCode::kOutOfRange, message,
               {.reason = std::string(reason),
                .metadata = {{"epoch", bounds.epoch},
                             {"headPosition", absl::StrCat(bounds.head)},
                             {"prunedPosition", absl::StrCat(bounds.pruned)}}});
}

bool IsTypePattern(absl::string_view want) {
  return !want.empty() && want.substr(0, want.size() - 1).find('*') == absl::string_view::npos;
}

// The position to begin after.
absl::StatusOr<int64_t> Begin(const SubscribeRequest& request, const Bounds& bounds) {
  if (request.after() < 0) return FieldError("after", "INVALID_POSITION", "must not be negative");
  if (request.types_size() > kMaxTypes) {
    return FieldError("types", "TOO_MANY_TYPES", "may hold at most 50 types");
  }
  if (!std::all_of(request.types().begin(), request.types().end(), IsTypePattern)) {
    return FieldError("types", "INVALID_TYPE",
                      "must hold names, each with no '*' but one at its end");
  }
  if (request.from_head()) {
    if (request.after() != 0) {
      return FieldError("after", "INVALID_POSITION", "must be 0 with from_head");
    }
    return bounds.head;
  }
  if (request.epoch().empty() && request.after() != 0) {
    return FieldError("epoch", "EPOCH_MISSING", "must be given with a position");
  }
  if (!request.epoch().empty() && request.epoch() != bounds.epoch) {
    return RangeError("EPOCH_UNKNOWN", "the feed has begun a new epoch: rebuild, then follow",
                      bounds);
  }
  if (request.after() > bounds.head) {
    return RangeError("POSITION_AHEAD", "the feed is not that far", bounds);
  }
  if (request.after() < bounds.pruned) {
    return RangeError("POSITION_PRUNED",
                      "events after that position are gone: rebuild, then follow", bounds);
  }
  return request.after();
}

bool Wanted(const SubscribeRequest& request, absl::string_view type) {
  if (request.types().empty()) return true;
  return std::any_of(request.types().begin(), request.types().end(), [&](const std::string& want) {
    absl::string_view prefix = want;
    return absl::ConsumeSuffix(&prefix, "*") ? absl::StartsWith(type, prefix) : type == want;
  });
}

// Whether the caller may see events of this realm; a limited caller sees none that have none.
bool Visible(const auth::Caller& caller, absl::string_view realm) {
  return caller.realms.empty() || (!realm.empty() && auth::MaySee(caller, realm));
}

// What the cursor of a stream holds between pages.
struct Progress {
  int64_t position = 0;
  int64_t goal = 0;  // The head when the stream began, for stop_at_head.
};

std::string Encode(const Progress& p) { return absl::StrCat(p.position, " ", p.goal); }

Progress Decode(const std::string& cursor) {
  Progress progress;
  const size_t space = cursor.find(' ');
  // The cursor is this file's own.
  CHECK(absl::SimpleAtoi(cursor.substr(0, space), &progress.position) &&
        absl::SimpleAtoi(cursor.substr(space + 1), &progress.goal));
  return progress;
}

// Reads the next batch into `batch`; whether events are left after it.
absl::StatusOr<bool> ReadBatch(Snapshot& db, const std::string& source,
                               const SubscribeRequest& request, const Bounds& bounds,
                               Progress& progress, SubscribeResponse& batch) {
  size_t bytes = 0;
  int64_t scanned = 0;
  bool full = false;
  const absl::Status walked =
      db.Sql(
            "SELECT position, type, subject, realm, time, correlation_id, hops, payload FROM feed "
            "WHERE position > ? ORDER BY position LIMIT ?",
            progress.position, kEventsPerBatch)
          .Each<int64_t, std::string, std::string, std::string, absl::Time, std::string, int64_t,
                Bytes>([&](int64_t position, std::string type, std::string subject,
                           const std::string& realm, absl::Time time, std::string correlation_id,
                           int64_t hops, const Bytes& payload) -> absl::Status {
            ++scanned;
            progress.position = position;
            if (!Wanted(request, type) || !Visible(db.caller(), realm)) return absl::OkStatus();
            feed::v1::Event& event = *batch.add_events();
            event.set_position(position);
            event.set_id(absl::StrCat(bounds.epoch, "-", position));
            event.set_source(source);
            event.set_type(std::move(type));
            event.set_subject(std::move(subject));
            *event.mutable_time() =
                google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
            event.mutable_data()->ParseFromString(payload.value);
            event.set_correlation_id(std::move(correlation_id));
            event.set_hops(static_cast<int32_t>(hops));
            event.set_store(realm);
            bytes += payload.value.size() + 200;
            full = bytes >= kBytesPerBatch;
            // What does not fit is not even read.
            return full ? absl::CancelledError("the batch is full") : absl::OkStatus();
          });
  if (!walked.ok() && !full) return walked;
  return full || scanned == kEventsPerBatch;
}

absl::StatusOr<FeedState> GetFeedState(Snapshot& db, const feed::v1::GetFeedStateRequest& request) {
  if (request.name() != "feed") return NotFound("FEED_NOT_FOUND", "the name is 'feed'");
  return ReadFeedState(db);
}

}  // namespace

absl::StatusOr<PageEnd> ReadFeed(Snapshot& db, const std::string& source,
                                 const SubscribeRequest& request, std::string& cursor,
                                 std::vector<SubscribeResponse>& page) {
  ABSL_ASSIGN_OR_RETURN(const Bounds bounds, ReadBounds(db));
  Progress progress;
  if (cursor.empty()) {
    ABSL_ASSIGN_OR_RETURN(progress.position, Begin(request, bounds));
    progress.goal = bounds.head;
  } else {
    progress = Decode(cursor);
    if (progress.position < bounds.pruned) {
      return RangeError("POSITION_PRUNED", "the subscriber fell behind what is kept", bounds);
    }
  }
  SubscribeResponse batch;
  ABSL_ASSIGN_OR_RETURN(const bool more, ReadBatch(db, source, request, bounds, progress, batch));
  cursor = Encode(progress);
  batch.set_epoch(bounds.epoch);
  batch.set_position(progress.position);
  batch.set_head_position(bounds.head);
  // An empty batch is a sign of life, and tells a follower that what it left out is behind it.
  page.push_back(std::move(batch));
  if (request.stop_at_head() && progress.position >= progress.goal) return PageEnd{PageEnd::kDone};
  if (more) return PageEnd{PageEnd::kMore};
  return PageEnd{PageEnd::kWait, progress.position, kHeartbeat};
}

absl::StatusOr<FeedState> ReadFeedState(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(const Bounds bounds, ReadBounds(db));
  FeedState state;
  state.set_name("feed");
  state.set_epoch(bounds.epoch);
  state.set_head_position(bounds.head);
  state.set_pruned_position(bounds.pruned);
  if (bounds.head_time) {
    *state.mutable_head_time() = google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(
        absl::ToUnixMicros(*bounds.head_time));
  }
  return state;
}

std::unique_ptr<rpc::Service> MakeFeedService(const rpc::Environment& environment) {
  auto service =
      std::make_unique<rpc::Service>(environment, feed::v1::FeedService::service_full_name());
  const std::string source = absl::StrCat("/regulars/", environment.service);
  service->Pages(
      "Subscribe",
      [source](Snapshot& db, const SubscribeRequest& request, std::string& cursor,
               std::vector<SubscribeResponse>& page) {
        return ReadFeed(db, source, request, cursor, page);
      },
      kMaxSubscribers);
  service->Read("GetFeedState", GetFeedState);
  service->Finish();
  return service;
}

absl::StatusOr<int64_t> PruneFeed(Transaction& tx, absl::Time time, int64_t limit) {
  ABSL_RETURN_IF_ERROR(
      tx.Sql("DELETE FROM feed WHERE position IN (SELECT position FROM feed ORDER BY position "
             "LIMIT ?) AND time < ? AND position < (SELECT MAX(position) FROM feed)",
             limit, time)
          .Run());
  return tx.Changes();
}

}  // namespace regulars
