// The heart of a follower, without threads and network: takes batches of an upstream's feed and
// makes them part of this store, each event once, whatever fails in between.
//
//   FeedApplier applier(store, {.service = "loyalty", .upstream = "customer"}, handlers);
//   ABSL_RETURN_IF_ERROR(applier.Open());
//   … subscribe with applier.Request() …
//   ABSL_RETURN_IF_ERROR(applier.Apply(applier.Decode(std::move(response))));
//
// A call that fails has lost nothing: it is repeated, later, with the same arguments. Belongs to
// one thread, but for stats().
#ifndef CHASSIS_FEED_FEED_APPLIER_H_
#define CHASSIS_FEED_FEED_APPLIER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "chassis/feed/feed_handlers.h"
#include "chassis/feed/follow_tables.h"
#include "chassis/storage/store.h"
#include "regulars/feed/v1/feed_service.pb.h"

namespace regulars {

// Whether an attempt at an event is worth repeating: the trouble is not the event's own.
bool IsTransientForFollower(const absl::Status& status);

// A batch, made ready outside the change that applies it.
struct FeedBatch {
  struct Entry {
    FollowedEvent about;
    std::string correlation_id;
    int hops = 0;
    const feed::v1::Event* event = nullptr;                    // Within `response`.
    const FeedHandlers::Type* type = nullptr;                  // Null: not followed.
    std::unique_ptr<const google::protobuf::Message> payload;  // Null: not readable.
  };
  std::shared_ptr<const feed::v1::SubscribeResponse> response;
  std::vector<Entry> entries;
};

class FeedApplier {
 public:
  struct Options {
    // Who follows, and whom.
    std::string service;
    std::string upstream;
    int64_t backfill_version = 1;
  };

  // What others may look at.
  struct Stats {
    std::atomic<int64_t> position{0};
    std::atomic<int64_t> head{0};
    std::atomic<int64_t> event_time_us{0};  // Of the newest event followed; 0: none.
    std::atomic<int64_t> followed{0};       // Since the start, as the next.
    std::atomic<int64_t> skipped{0};
    std::atomic<int64_t> parked{0};  // Now.
    std::atomic<int64_t> rebuilds{0};
    std::atomic<bool> rebuilding{false};
  };

  // `store` and `handlers` must outlive it.
  FeedApplier(Store& store, Options options, const FeedHandlers& handlers);

  // Reads where it stands, or begins. To be called first, and again until it succeeds.
  absl::Status Open();
  const follow::Cursor& cursor() const { return cursor_; }
  // Whether GoOnFrom() must come first: the state was made with other handlers, or a rebuild has to
  // begin again, since the upstream takes the token of the next page no more.
  bool needs_rebuild() const { return needs_rebuild_; }

  feed::v1::SubscribeRequest Request() const;
  FeedBatch Decode(feed::v1::SubscribeResponse response) const;

  // Applies a batch in as many changes as it takes. OUT_OF_RANGE with EPOCH_UNKNOWN for a batch of
  // another epoch; other errors are transient, with the events before the trouble applied.
  absl::Status Apply(const FeedBatch& batch);

  // Begins to rebuild, to follow from `state`, which was read just now; without a plan it goes on
  // from what the feed still has.
  absl::Status GoOnFrom(const feed::v1::FeedState& state);
  // One step of a rebuild: reads and applies a page, or sweeps. Until cursor().state is kFollowing,
  // or until it fails and needs_rebuild().
  absl::Status RebuildStep();

  // Tries one parked event again that somebody asked for; false when there is none.
  absl::StatusOr<bool> RetryParked();
  // Counts the parked ones anew.
  absl::Status CountParked();

  const std::shared_ptr<Stats>& stats() const { return stats_; }

 private:
  // Of the message that a parked event keeps.
  static constexpr size_t kMaxMessageBytes = 500;

  // A run of entries within one change.
  struct Slice {
    size_t begin = 0;
    size_t limit = 0;
    size_t end = 0;            // Up to where it came.
    std::optional<size_t> at;  // Whose function was running when it failed.
    int64_t followed = 0;
    int64_t skipped = 0;
    int64_t parked = 0;
    follow::Cursor cursor;
  };

  absl::Status Write(const std::function<absl::Status(Transaction&)>& change);
  absl::Status RunSlice(Transaction& tx, const FeedBatch& batch, Slice& slice);
  absl::Status RunEntry(Transaction& tx, const FeedBatch::Entry& entry, bool any_parked,
                        Slice& slice);
  absl::Status Call(Transaction& tx, const FeedBatch::Entry& entry);
  absl::Status ParkEntry(const FeedBatch& batch, const FeedBatch::Entry& entry,
                         const absl::Status& why);
  absl::Status ParkRow(Transaction& tx, const FeedBatch::Entry& entry, const absl::Status& why);
  void Note(const Slice& slice, const FeedBatch& batch);
  bool IsNothingNew(const FeedBatch& batch) const;
  FeedBatch::Entry DecodeEvent(const feed::v1::Event& event) const;
  absl::Status RetryNow(const follow::Parked& parked);
  absl::Status RecordRetry(const follow::Parked& parked, const absl::Status& why);
  absl::Status ApplyPage();
  absl::Status Sweep();
  std::string TypesText() const;
  void SetCursor(follow::Cursor cursor);
  Origin OwnOrigin() const;

  Store& store_;
  const Options options_;
  const FeedHandlers& handlers_;
  const std::shared_ptr<const auth::Caller> caller_;
  const std::string correlation_id_;  // Of what no event set off.
  follow::Cursor cursor_;
  bool needs_rebuild_ = false;
  absl::Time saved_at_;  // When the cursor was written last.
  std::optional<FeedHandlers::Page> page_;
  size_t page_done_ = 0;  // Items of page_ that are applied.
  const std::shared_ptr<Stats> stats_ = std::make_shared<Stats>();
};

}  // namespace regulars

#endif  // CHASSIS_FEED_FEED_APPLIER_H_
