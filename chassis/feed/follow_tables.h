// What a follower keeps in its store: how far it is with each upstream, and what it has parked.
#ifndef CHASSIS_FEED_FOLLOW_TABLES_H_
#define CHASSIS_FEED_FOLLOW_TABLES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/storage/transaction.h"

namespace regulars::follow {

enum class State { kFollowing, kReading, kSweeping };

// How far this store's state holds an upstream's events.
struct Cursor {
  std::string upstream;
  // "" before the first batch.
  std::string epoch;
  int64_t position = 0;
  State state = State::kFollowing;
  // The rest of what a rebuild needs: where it goes on following, and its next page.
  std::string pinned_epoch;
  int64_t pinned_position = 0;
  std::string rebuild_cursor;
  int64_t generation = 0;
  // What the state was made with.
  int64_t backfill_version = 0;
  std::string types;
  // Of the newest event followed; nullopt before the first.
  std::optional<absl::Time> event_time;
};

absl::StatusOr<std::optional<Cursor>> Find(Snapshot& db, absl::string_view upstream);
absl::StatusOr<std::vector<Cursor>> List(Snapshot& db);
// Makes the row or replaces it.
absl::Status Save(Transaction& tx, const Cursor& cursor);
// Moves epoch, position and event_time alone.
absl::Status Move(Transaction& tx, const Cursor& cursor);

// The reason of those that only wait for an earlier event of their subject.
inline constexpr char kBehindAnother[] = "BEHIND_ANOTHER";

struct Parked {
  std::string upstream;
  int64_t position = 0;
  std::string type;
  std::string subject;
  // A serialised regulars.feed.v1.Event.
  std::string event;
  std::string reason;
  std::string message;
  int64_t attempts = 0;
  // Asked to be tried again.
  bool due = false;
  absl::Time park_time;
};

// Parks an event, or writes back what became of a parked one.
absl::Status Park(Transaction& tx, const Parked& parked);
absl::Status Unpark(Transaction& tx, const Parked& parked);
// Drops all, after a rebuild has covered them.
absl::Status UnparkAll(Transaction& tx, absl::string_view upstream);
// Drops those of one subject, whichever upstream they are of, and has the followers count anew: for
// who was erased, of whom nothing may be kept.
absl::Status UnparkSubject(Transaction& tx, absl::string_view subject);

absl::StatusOr<std::optional<Parked>> FindParked(Snapshot& db, absl::string_view upstream,
                                                 int64_t position);
// In the order of their positions, after `after`: at most `limit`, and no more once their events
// have `max_bytes` together.
struct ParkedPage {
  std::vector<Parked> parked;
  bool more = false;
};
absl::StatusOr<ParkedPage> ListParked(Snapshot& db, absl::string_view upstream, int64_t after,
                                      int64_t limit, size_t max_bytes);
absl::StatusOr<int64_t> CountParked(Snapshot& db, absl::string_view upstream);
absl::StatusOr<bool> IsAnythingParked(Snapshot& db, absl::string_view upstream);
absl::StatusOr<bool> IsSubjectParked(Snapshot& db, absl::string_view upstream,
                                     absl::string_view subject);

// Asks for another attempt: at all, or at those of one subject; how many are due.
absl::StatusOr<int64_t> MakeDue(Transaction& tx, absl::string_view upstream,
                                std::optional<absl::string_view> subject);
// Ends the attempts at those events of a subject that only wait.
absl::Status MakeNotDue(Transaction& tx, absl::string_view upstream, absl::string_view subject);
// The next one to try.
absl::StatusOr<std::optional<Parked>> FirstDue(Snapshot& db, absl::string_view upstream);

}  // namespace regulars::follow

#endif  // CHASSIS_FEED_FOLLOW_TABLES_H_
