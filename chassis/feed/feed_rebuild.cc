// Rebuilding and second attempts: the parts of FeedApplier that are not everyday's.
#include <utility>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/exceptions.h"
#include "chassis/base/status_macros.h"
#include "chassis/base/text.h"
#include "chassis/feed/feed_applier.h"
#include "chassis/observe/log.h"

namespace regulars {

using follow::Cursor;
using follow::Parked;
using follow::State;

absl::Status FeedApplier::GoOnFrom(const feed::v1::FeedState& state) {
  Cursor cursor = cursor_;
  const bool same_feed = cursor.epoch.empty() || cursor.epoch == state.epoch();
  const bool rebuilds = handlers_.plan() != nullptr;
  if (rebuilds) {
    cursor.state = State::kReading;
    cursor.pinned_epoch = state.epoch();
    const bool has_gap = !cursor.epoch.empty() && cursor.epoch == state.epoch() &&
                         cursor.position >= state.pruned_position() &&
                         cursor.position <= state.head_position();
    cursor.pinned_position =
        has_gap && handlers_.plan()->follows_the_gap ? cursor.position : state.head_position();
    cursor.rebuild_cursor.clear();
    ++cursor.generation;
  } else {
    // What happened meanwhile is lost to this follower, which said that it can do without.
    const bool pruned = same_feed && cursor.position < state.pruned_position();
    cursor.position = pruned ? state.pruned_position() : state.head_position();
    cursor.epoch = state.epoch();
  }
  cursor.backfill_version = options_.backfill_version;
  cursor.types = TypesText();
  ABSL_RETURN_IF_ERROR(Write([&](Transaction& tx) -> absl::Status {
    if (!rebuilds && !same_feed) {
      // Their positions belong to a feed that is no more.
      ABSL_RETURN_IF_ERROR(follow::UnparkAll(tx, options_.upstream));
    }
    return follow::Save(tx, cursor);
  }));
  page_.reset();
  page_done_ = 0;
  needs_rebuild_ = false;
  stats_->head = state.head_position();
  ++stats_->rebuilds;
  SetCursor(std::move(cursor));
  LogWarning(rebuilds ? "reading an upstream's state anew" : "events of an upstream were missed",
             {{"upstream", options_.upstream},
              {"epoch", state.epoch()},
              {"position", absl::StrCat(state.head_position())}});
  return CountParked();
}

absl::Status FeedApplier::RebuildStep() {
  if (cursor_.state == State::kReading) return ApplyPage();
  if (cursor_.state == State::kSweeping) return Sweep();
  return absl::OkStatus();
}

absl::Status FeedApplier::ApplyPage() {
  const FeedHandlers::Plan* plan = handlers_.plan();
  if (plan == nullptr) {
    return FailedPrecondition("NO_REBUILD_PLAN", "a rebuild has begun that nothing here can do");
  }
  if (!page_) {
    absl::StatusOr<FeedHandlers::Page> page =
        WithoutExceptions([&] { return plan->fetch(OwnOrigin(), cursor_.rebuild_cursor); });
    if (!page.ok()) {
      // A token that is not taken any more (it lives a few days, and is for one form of the
      // request) never will be: only beginning again leads on.
      const bool taken = GetErrorDetails(page.status()).reason != "INVALID_PAGE_TOKEN";
      if (!taken && !cursor_.rebuild_cursor.empty()) needs_rebuild_ = true;
      return page.status();
    }
    page_ = *std::move(page);
    page_done_ = 0;
    if (!page_->next.empty() && page_->next == cursor_.rebuild_cursor) {
      page_.reset();
      return Error(absl::StatusCode::kInternal, "the next page is the same page",
                   {.reason = "REBUILD_CURSOR_STANDS"});
    }
  }
  Cursor after = cursor_;
  size_t done = page_done_;
  ABSL_RETURN_IF_ERROR(Write([&](Transaction& tx) -> absl::Status {
    after = cursor_;
    for (done = page_done_; done < page_->size;) {
      ABSL_RETURN_IF_ERROR(plan->apply(tx, *page_, done, cursor_.generation));
      ++done;
      if (tx.MustYield()) break;
    }
    if (done < page_->size) return absl::OkStatus();
    after.rebuild_cursor = page_->next;
    if (page_->next.empty()) after.state = State::kSweeping;
    return follow::Save(tx, after);
  }));
  page_done_ = done;
  if (done == page_->size) page_.reset();
  SetCursor(std::move(after));
  return absl::OkStatus();
}

absl::Status FeedApplier::Sweep() {
  const FeedHandlers::Plan* plan = handlers_.plan();
  Cursor after;
  ABSL_RETURN_IF_ERROR(Write([&](Transaction& tx) -> absl::Status {
    after = cursor_;
    bool done = true;
    if (plan != nullptr && plan->finish) {
      ABSL_ASSIGN_OR_RETURN(done, plan->finish(tx, cursor_.generation));
    }
    if (!done) return absl::OkStatus();
    // What was parked happened before the state that was read, and is part of it as far as states
    // tell it. Tried again it might be older than what is known by now.
    ABSL_RETURN_IF_ERROR(follow::UnparkAll(tx, options_.upstream));
    after.state = State::kFollowing;
    after.epoch = after.pinned_epoch;
    after.position = after.pinned_position;
    return follow::Save(tx, after);
  }));
  SetCursor(std::move(after));
  if (cursor_.state != State::kFollowing) return absl::OkStatus();
  LogInfo("an upstream's state has been read anew",
          {{"upstream", options_.upstream}, {"position", absl::StrCat(cursor_.position)}});
  return CountParked();
}

absl::StatusOr<bool> FeedApplier::RetryParked() {
  std::optional<Parked> parked;
  ABSL_RETURN_IF_ERROR(store_.readers().Run(OwnOrigin(), [&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(parked, follow::FirstDue(db, options_.upstream));
    return absl::OkStatus();
  }));
  if (!parked) return false;
  const absl::Status status = RetryNow(*parked);
  if (status.ok()) return true;
  if (IsTransientForFollower(status)) return status;
  ABSL_RETURN_IF_ERROR(RecordRetry(*parked, status));
  return true;
}

absl::Status FeedApplier::RetryNow(const Parked& parked) {
  feed::v1::Event event;
  // Written by ParkRow(); what cannot be read is answered as such.
  event.ParseFromString(parked.event);
  const FeedBatch::Entry entry = DecodeEvent(event);
  bool went_well = false;
  ABSL_RETURN_IF_ERROR(Write([&](Transaction& tx) -> absl::Status {
    went_well = false;
    // Somebody may have taken it away meanwhile.
    ABSL_ASSIGN_OR_RETURN(const std::optional<Parked> now,
                          follow::FindParked(tx, parked.upstream, parked.position));
    if (!now || !now->due) return absl::OkStatus();
    if (entry.type != nullptr) ABSL_RETURN_IF_ERROR(Call(tx, entry));
    went_well = true;
    return follow::Unpark(tx, parked);
  }));
  if (!went_well) return absl::OkStatus();
  --stats_->parked;
  ++(entry.type != nullptr ? stats_->followed : stats_->skipped);
  return absl::OkStatus();
}

absl::Status FeedApplier::RecordRetry(const Parked& parked, const absl::Status& why) {
  return Write([&](Transaction& tx) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(std::optional<Parked> now,
                          follow::FindParked(tx, parked.upstream, parked.position));
    if (!now) return absl::OkStatus();
    ++now->attempts;
    now->due = false;
    now->reason = GetErrorDetails(why).reason;
    now->message = std::string(TruncateUtf8(why.message(), kMaxMessageBytes));
    ABSL_RETURN_IF_ERROR(follow::Park(tx, *now));
    // The later ones of its subject wait behind it.
    return follow::MakeNotDue(tx, parked.upstream, parked.subject);
  });
}

}  // namespace regulars
