#include "chassis/feed/feed_applier.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "chassis/auth/service_identity.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"
#include "chassis/base/transient.h"
#include "chassis/observe/log.h"
#include "chassis/rpc/call.h"

namespace regulars {
namespace {

using follow::Cursor;
using follow::Parked;
using follow::State;
using google::protobuf::util::TimeUtil;

// A cursor that moved past events of other types alone is written this seldom.
constexpr int64_t kUnsavedPositions = 1000;
constexpr absl::Duration kUnsavedTime = absl::Minutes(1);

std::string NewCorrelationId() {
  Mixer mixer(SecureRandomSeed());
  return absl::StrCat(absl::Hex(mixer.Next(), absl::kZeroPad16),
                      absl::Hex(mixer.Next(), absl::kZeroPad16));
}

absl::Status TooManyHops() {
  return FailedPrecondition("TOO_MANY_HOPS",
                            "the event is more than 8 services from what caused it");
}

}  // namespace

bool IsTransientForFollower(const absl::Status& status) {
  // A damaged store is no event's fault.
  return IsTransient(status) || GetErrorDetails(status).reason == "STORE_CORRUPT";
}

FeedApplier::FeedApplier(Store& store, Options options, const FeedHandlers& handlers)
    : store_(store),
      options_(std::move(options)),
      handlers_(handlers),
      caller_(std::make_shared<auth::Caller>(
          auth::Caller{.principal = auth::ServicePrincipal(options_.service)})),
      correlation_id_(NewCorrelationId()) {}

Origin FeedApplier::OwnOrigin() const {
  return {.caller = caller_, .correlation_id = correlation_id_};
}

absl::Status FeedApplier::Write(const std::function<absl::Status(Transaction&)>& change) {
  return store_.writer().Write(Lane::kFollowing, OwnOrigin(), change);
}

std::string FeedApplier::TypesText() const { return absl::StrJoin(handlers_.types(), " "); }

void FeedApplier::SetCursor(Cursor cursor) {
  cursor_ = std::move(cursor);
  saved_at_ = absl::Now();
  stats_->position = cursor_.position;
  stats_->rebuilding = cursor_.state != State::kFollowing;
  stats_->event_time_us = cursor_.event_time ? absl::ToUnixMicros(*cursor_.event_time) : 0;
}

absl::Status FeedApplier::Open() {
  Cursor cursor;
  bool needs_rebuild = false;
  ABSL_RETURN_IF_ERROR(Write([&](Transaction& tx) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(const std::optional<Cursor> found, follow::Find(tx, options_.upstream));
    cursor = found.value_or(Cursor{.upstream = options_.upstream,
                                   .backfill_version = options_.backfill_version,
                                   .types = TypesText()});
    const std::vector<std::string> known = absl::StrSplit(cursor.types, ' ');
    const std::vector<std::string> types = handlers_.types();
    const bool has_new = std::any_of(types.begin(), types.end(), [&](const std::string& type) {
      return std::find(known.begin(), known.end(), type) == known.end();
    });
    needs_rebuild = handlers_.plan() != nullptr &&
                    (has_new || cursor.backfill_version < options_.backfill_version);
    if (needs_rebuild) return absl::OkStatus();
    if (found && cursor.types == TypesText() &&
        cursor.backfill_version == options_.backfill_version) {
      return absl::OkStatus();
    }
    cursor.types = TypesText();
    cursor.backfill_version = options_.backfill_version;
    return follow::Save(tx, cursor);
  }));
  SetCursor(std::move(cursor));
  needs_rebuild_ = needs_rebuild;
  return CountParked();
}

absl::Status FeedApplier::CountParked() {
  return store_.readers().Run(OwnOrigin(), [&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(stats_->parked, follow::CountParked(db, options_.upstream));
    return absl::OkStatus();
  });
}

feed::v1::SubscribeRequest FeedApplier::Request() const {
  feed::v1::SubscribeRequest request;
  request.set_epoch(cursor_.epoch);
  // Without an epoch there is no position but the beginning.
  if (!cursor_.epoch.empty()) request.set_after(stats_->position);
  for (const std::string& type : handlers_.types()) request.add_types(type);
  return request;
}

FeedBatch::Entry FeedApplier::DecodeEvent(const feed::v1::Event& event) const {
  FeedBatch::Entry entry{
      .about = {.position = event.position(),
                .id = event.id(),
                .type = event.type(),
                .subject = event.subject(),
                .realm = event.store(),
                .time = absl::FromUnixMicros(TimeUtil::TimestampToMicroseconds(event.time()))},
      .correlation_id = event.correlation_id(),
      .hops = event.hops(),
      .event = &event,
      .type = handlers_.Find(event.type())};
  if (entry.type != nullptr) entry.payload = entry.type->decode(event.data());
  return entry;
}

FeedBatch FeedApplier::Decode(feed::v1::SubscribeResponse response) const {
  FeedBatch batch;
  batch.response = std::make_shared<const feed::v1::SubscribeResponse>(std::move(response));
  batch.entries.reserve(static_cast<size_t>(batch.response->events_size()));
  for (const auto& event : batch.response->events()) batch.entries.push_back(DecodeEvent(event));
  return batch;
}

// A sign of life, or of events that are none of ours: not worth a commit each.
bool FeedApplier::IsNothingNew(const FeedBatch& batch) const {
  const int64_t ahead = batch.response->position() - cursor_.position;
  return batch.entries.empty() && batch.response->epoch() == cursor_.epoch &&
         (ahead <= 0 || (ahead < kUnsavedPositions && absl::Now() - saved_at_ < kUnsavedTime));
}

absl::Status FeedApplier::Apply(const FeedBatch& batch) {
  stats_->head = batch.response->head_position();
  if (cursor_.state == State::kFollowing && IsNothingNew(batch)) {
    stats_->position = std::max(stats_->position.load(), batch.response->position());
    return absl::OkStatus();
  }
  const size_t size = batch.entries.size();
  Slice slice{.limit = size};
  do {
    slice = {.begin = slice.end, .limit = slice.limit, .end = slice.end};
    const absl::Status status = Write([&](Transaction& tx) { return RunSlice(tx, batch, slice); });
    if (status.ok()) {
      Note(slice, batch);
      slice.limit = size;
      continue;
    }
    slice.end = slice.begin;
    if (!slice.at) return status;
    if (*slice.at > slice.begin) {
      // Everything was rolled back: once more, without the one that failed.
      slice.limit = *slice.at;
      continue;
    }
    if (IsTransientForFollower(status)) return status;
    ABSL_RETURN_IF_ERROR(ParkEntry(batch, batch.entries[slice.begin], status));
    slice.end = slice.begin + 1;
    slice.limit = size;
  } while (slice.end < size);
  return absl::OkStatus();
}

void FeedApplier::Note(const Slice& slice, const FeedBatch& batch) {
  SetCursor(slice.cursor);
  stats_->followed += slice.followed;
  stats_->skipped += slice.skipped;
  stats_->parked += slice.parked;
  if (slice.end == batch.entries.size()) {
    stats_->position = std::max(stats_->position.load(), batch.response->position());
  }
}

absl::Status FeedApplier::RunSlice(Transaction& tx, const FeedBatch& batch, Slice& slice) {
  // A run that was rolled back leaves nothing in here either.
  slice = {.begin = slice.begin, .limit = slice.limit, .end = slice.begin};
  ABSL_ASSIGN_OR_RETURN(std::optional<Cursor> cursor, follow::Find(tx, options_.upstream));
  if (!cursor || cursor->state != State::kFollowing) {
    return FailedPrecondition("NOT_FOLLOWING", "a rebuild comes first");
  }
  slice.cursor = *std::move(cursor);
  if (!slice.cursor.epoch.empty() && slice.cursor.epoch != batch.response->epoch()) {
    return OutOfRange("EPOCH_UNKNOWN", "the feed has begun a new epoch");
  }
  slice.cursor.epoch = batch.response->epoch();
  ABSL_ASSIGN_OR_RETURN(const bool any_parked, follow::IsAnythingParked(tx, options_.upstream));
  while (slice.end < slice.limit) {
    const FeedBatch::Entry& entry = batch.entries[slice.end];
    // Delivery is at least once.
    if (entry.about.position > slice.cursor.position) {
      ABSL_RETURN_IF_ERROR(RunEntry(tx, entry, any_parked || slice.parked > 0, slice));
      slice.cursor.position = entry.about.position;
      slice.cursor.event_time = entry.about.time;
    }
    ++slice.end;
    if (tx.MustYield()) break;
  }
  if (slice.end == batch.entries.size()) {
    slice.cursor.position = std::max(slice.cursor.position, batch.response->position());
  }
  return follow::Move(tx, slice.cursor);
}

absl::Status FeedApplier::RunEntry(Transaction& tx, const FeedBatch::Entry& entry, bool any_parked,
                                   Slice& slice) {
  if (entry.type == nullptr) {
    ++slice.skipped;
    return absl::OkStatus();
  }
  if (any_parked && !entry.type->at_once) {
    ABSL_ASSIGN_OR_RETURN(const bool behind,
                          follow::IsSubjectParked(tx, options_.upstream, entry.about.subject));
    if (behind) {
      ++slice.parked;
      return ParkRow(tx, entry, absl::OkStatus());
    }
  }
  slice.at = slice.end;
  ABSL_RETURN_IF_ERROR(Call(tx, entry));
  slice.at.reset();
  ++slice.followed;
  return absl::OkStatus();
}

absl::Status FeedApplier::Call(Transaction& tx, const FeedBatch::Entry& entry) {
  if (entry.hops + 1 > rpc::kMaxHops) return TooManyHops();
  if (entry.payload == nullptr) {
    return InvalidArgument("PAYLOAD_UNREADABLE", "the event's data is not of its type");
  }
  const Origin origin{
      .caller = caller_, .correlation_id = entry.correlation_id, .hops = entry.hops + 1};
  ABSL_RETURN_IF_ERROR(tx.As(origin, [&entry](Transaction& inner) {
    return entry.type->apply(inner, entry.about, *entry.payload);
  }));
  if (!tx.failed()) return absl::OkStatus();
  return Error(absl::StatusCode::kInternal, "a statement failed and was overlooked",
               {.reason = "OVERLOOKED_FAILURE"});
}

absl::Status FeedApplier::ParkRow(Transaction& tx, const FeedBatch::Entry& entry,
                                  const absl::Status& why) {
  const bool behind = why.ok();
  return follow::Park(tx, {.upstream = options_.upstream,
                           .position = entry.about.position,
                           .type = entry.about.type,
                           .subject = entry.about.subject,
                           .event = entry.event->SerializeAsString(),
                           .reason = behind ? follow::kBehindAnother : GetErrorDetails(why).reason,
                           .message = std::string(TruncateUtf8(why.message(), kMaxMessageBytes)),
                           .attempts = behind ? 0 : 1,
                           .park_time = tx.now()});
}

absl::Status FeedApplier::ParkEntry(const FeedBatch& batch, const FeedBatch::Entry& entry,
                                    const absl::Status& why) {
  Cursor after;
  bool parked = false;
  ABSL_RETURN_IF_ERROR(Write([&](Transaction& tx) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(std::optional<Cursor> cursor, follow::Find(tx, options_.upstream));
    if (!cursor) return FailedPrecondition("NOT_FOLLOWING", "the follower has no cursor");
    after = *std::move(cursor);
    if (entry.about.position <= after.position) return absl::OkStatus();
    after.epoch = batch.response->epoch();
    after.position = entry.about.position;
    after.event_time = entry.about.time;
    parked = true;
    ABSL_RETURN_IF_ERROR(ParkRow(tx, entry, why));
    return follow::Move(tx, after);
  }));
  SetCursor(std::move(after));
  if (!parked) return absl::OkStatus();
  ++stats_->parked;
  LogError("an event was parked", {{"upstream", options_.upstream},
                                   {"position", absl::StrCat(entry.about.position)},
                                   {"type", entry.about.type},
                                   {"reason", GetErrorDetails(why).reason},
                                   {"why", std::string(why.message())}});
  return absl::OkStatus();
}

}  // namespace regulars
