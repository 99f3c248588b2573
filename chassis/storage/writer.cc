#include "chassis/storage/writer.h"

#include <sqlite3.h>

#include <algorithm>
#include <future>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "chassis/base/errors.h"
#include "chassis/base/exceptions.h"
#include "chassis/observe/log.h"

namespace regulars {
namespace {

// Shares of the writer's time when every lane has work.
constexpr std::array<int, kLanes> kWeights = {7, 2, 1};
// A lane that was idle may be at most this far behind when it has work again.
constexpr absl::Duration kMaxCredit = absl::Milliseconds(20);
constexpr absl::Duration kRetryAfterFull = absl::Milliseconds(50);
constexpr absl::Duration kRetryAfterLost = absl::Milliseconds(500);

constexpr absl::Duration kExpiryInterval = absl::Milliseconds(500);

constexpr const char* kLaneNames[kLanes] = {"interactive", "following", "tasks"};

}  // namespace

absl::StatusOr<std::unique_ptr<Writer>> Writer::Start(Options options) {
  std::unique_ptr<Writer> writer(new Writer(std::move(options)));
  ABSL_RETURN_IF_ERROR(writer->OpenConnection());
  writer->thread_ = std::thread([w = writer.get()] { w->Run(); });
  return writer;
}

Writer::~Writer() { Stop(); }

absl::Status Writer::OpenConnection() {
  connection_.reset();
  ABSL_ASSIGN_OR_RETURN(connection_, Connection::Open(options_.connection));
  // FULL: a commit is on the disk before it is answered. This thread alone copies the log back.
  ABSL_RETURN_IF_ERROR(connection_->Script(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;"));
  sqlite3_wal_hook(
      static_cast<sqlite3*>(connection_->native_handle()),
      [](void* pages, sqlite3*, const char*, int count) {
        *static_cast<int*>(pages) = count;
        return SQLITE_OK;
      },
      &wal_pages_);
  ABSL_ASSIGN_OR_RETURN(
      auto meta,
      connection_->Sql("SELECT epoch, last_time FROM store_meta").First<std::string, absl::Time>());
  ABSL_ASSIGN_OR_RETURN(
      auto head, connection_->Sql("SELECT COALESCE(MAX(position), 0) FROM feed").First<int64_t>());
  if (!meta) {
    return Error(absl::StatusCode::kDataLoss, "store_meta has no row", {.reason = "STORE_CORRUPT"});
  }
  committed_position_ = head.value_or(0);
  next_position_ = committed_position_ + 1;
  wal_pages_ = 0;
  last_time_us_ = std::max(last_time_us_.load(), absl::ToUnixMicros(std::get<1>(*meta)));
  {
    std::lock_guard lock(mutex_);
    epoch_ = std::get<0>(*meta);
  }
  position_.Set(committed_position_);
  return absl::OkStatus();
}

absl::Status Writer::Submit(Change change) {
  const auto lane = static_cast<size_t>(change.lane);
  {
    std::lock_guard lock(mutex_);
    if (stopping_ || !healthy_) {
      ++counters_.refused;
      return ClosedToWrites();
    }
    if (queues_[lane].size() >= options_.limits.queue_per_lane) {
      ++counters_.refused;
      return ResourceExhausted("QUEUE_FULL",
                               absl::StrCat("the ", kLaneNames[lane], " write queue is full"),
                               kRetryAfterFull);
    }
    if (change.lane == Lane::kInteractive && queues_[lane].empty()) {
      interactive_since_ = Monotonic();
    }
    queues_[lane].push_back(std::move(change));
    interactive_waiting_ = queues_[0].size();
  }
  work_.notify_one();
  return absl::OkStatus();
}

absl::Status Writer::Write(Lane lane, const Origin& origin,
                           const std::function<absl::Status(Transaction&)>& run) {
  std::promise<absl::Status> promise;
  Change change;
  change.lane = lane;
  change.origin = origin;
  change.run = run;
  change.done = [&promise](const absl::Status& status, int64_t) { promise.set_value(status); };
  ABSL_RETURN_IF_ERROR(Submit(std::move(change)));
  return promise.get_future().get();
}

absl::Status Writer::AddChore(absl::AnyInvocable<bool(Connection&)> chore) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_ || !healthy_) return ClosedToWrites();
    if (chore_count_ >= kMaxChores) {
      return ResourceExhausted("TOO_MANY_CHORES", "too many backups at once", absl::Seconds(10));
    }
    ++chore_count_;
    new_chores_.push_back(std::move(chore));
  }
  work_.notify_one();
  return absl::OkStatus();
}

bool Writer::EmptyLog() {
  // Answers when it goes, also where it was refused or dropped.
  struct Attempt {
    ~Attempt() { answer.set_value(emptied); }
    bool emptied = false;
    std::promise<bool> answer;
  };
  auto attempt = std::make_unique<Attempt>();
  std::future<bool> answer = attempt->answer.get_future();
  AddChore([this, attempt = std::move(attempt)](Connection&) {
    attempt->emptied = Checkpoint(/*truncate=*/true);
    return false;
  }).IgnoreError();
  return answer.get();
}

void Writer::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_one();
  if (thread_.joinable()) thread_.join();
  position_.Close();
}

std::string Writer::epoch() const {
  std::lock_guard lock(mutex_);
  return epoch_;
}

absl::Time Writer::Now() const {
  return std::max(options_.clock->Now(), absl::FromUnixMicros(last_time_us_));
}

absl::Duration Writer::ClockBehind() const { return Now() - options_.clock->Now(); }

size_t Writer::QueueLength(Lane lane) const {
  std::lock_guard lock(mutex_);
  return queues_[static_cast<size_t>(lane)].size();
}

void Writer::Run() {
  while (WaitForWork()) {
    ExpireWaits();
    RunGroup();
    if (!healthy_) Reopen();
    RunChores();
    if (wal_pages_ >= options_.limits.checkpoint_pages) Checkpoint(/*truncate=*/false);
  }
  DropChores();
  Checkpoint(/*truncate=*/true);
  connection_.reset();
}

// Waits until there is a change or a chore; false when stopping and nothing is left.
bool Writer::WaitForWork() {
  std::unique_lock lock(mutex_);
  const auto something = [&] {
    const bool queued = std::any_of(queues_.begin(), queues_.end(),
                                    [](const auto& queue) { return !queue.empty(); });
    return stopping_ || queued || !new_chores_.empty() || !chores_.empty();
  };
  const auto idle = absl::ToChronoMilliseconds(options_.limits.idle_before_truncate);
  while (!work_.wait_for(lock, idle, something)) {
    lock.unlock();
    ExpireWaits();
    if (wal_pages_ > 0) Checkpoint(/*truncate=*/true);
    lock.lock();
  }
  std::move(new_chores_.begin(), new_chores_.end(), std::back_inserter(chores_));
  new_chores_.clear();
  return !stopping_ || std::any_of(queues_.begin(), queues_.end(),
                                   [](const auto& queue) { return !queue.empty(); });
}

// Followers wait for the position with a deadline; this thread passes by often enough to keep it.
void Writer::ExpireWaits() {
  const absl::Duration now = Monotonic();
  if (now - last_expiry_ < kExpiryInterval) return;
  last_expiry_ = now;
  replies_.Post([this] { position_.Expire(absl::Now()); });
}

// Takes the next change of the lane that has had least of its share.
bool Writer::TakeNext(Change& change) {
  std::lock_guard lock(mutex_);
  size_t best = kLanes;
  for (size_t lane = 0; lane < kLanes; ++lane) {
    if (queues_[lane].empty()) continue;
    if (best == kLanes || used_[lane] < used_[best]) best = lane;
  }
  if (best == kLanes) return false;
  for (absl::Duration& used : used_) used = std::max(used, used_[best] - kMaxCredit);
  change = std::move(queues_[best].front());
  queues_[best].pop_front();
  interactive_waiting_ = queues_[0].size();
  return true;
}

void Writer::RunGroup() {
  std::vector<Finished> group;
  Change change;
  if (!TakeNext(change)) return;  // Woken for a chore.
  lost_ = false;
  is_first_ = true;
  const absl::Status begun = connection_->Script("BEGIN IMMEDIATE");
  const absl::Duration start = Monotonic();
  slice_start_ = start;
  do {
    const size_t lane = static_cast<size_t>(change.lane);
    absl::Status status = begun.ok() ? RunOne(change) : begun;
    group.push_back({std::exchange(change, Change()), std::move(status)});
    const absl::Duration end = Monotonic();
    used_[lane] += (end - slice_start_) / kWeights[lane];
    if (lane != static_cast<size_t>(Lane::kInteractive)) MeasureWait(slice_start_, end);
    slice_start_ = end;
    if (begun.ok() && (lost_ || !connection_->InTransaction())) {
      // A full disk rolls back the whole transaction, neighbours included.
      FailGroup(group,
                Unavailable("GROUP_ROLLED_BACK", group.back().status.message(), kRetryAfterLost));
      return Reply(std::move(group));
    }
  } while (group.size() < options_.limits.changes_per_group &&
           slice_start_ - start < options_.limits.group_time && TakeNext(change));
  if (begun.ok()) {
    if (const absl::Status committed = Commit(); !committed.ok()) FailGroup(group, committed);
  } else {
    CloseToWrites(begun);
  }
  Reply(std::move(group));
}

void Writer::MeasureWait(absl::Duration slice_start, absl::Duration slice_end) {
  std::lock_guard lock(mutex_);
  if (queues_[static_cast<size_t>(Lane::kInteractive)].empty()) return;
  const absl::Duration waited = slice_end - std::max(slice_start, interactive_since_);
  counters_.longest_wait_for_slice_us =
      std::max(counters_.longest_wait_for_slice_us.load(), absl::ToInt64Microseconds(waited));
}

absl::Status Writer::RunOne(Change& change) {
  if (change.gone && change.gone()) {
    ++counters_.gone;
    return Error(absl::StatusCode::kCancelled, "the caller has gone", {.reason = "CALLER_GONE"});
  }
  connection_->ClearFailure();
  // What is first has no neighbours to spare: it is undone with the transaction, without a
  // savepoint for which SQLite would copy each page that a large change touches.
  const bool alone = is_first_;
  if (!alone) ABSL_RETURN_IF_ERROR(connection_->Sql("SAVEPOINT change").Run());
  const int64_t position_before = next_position_;
  absl::Status status = Apply(change);
  // No function may go on after a statement failed; one that did has an unknown state.
  if (status.ok() && connection_->failed()) {
    status = Error(absl::StatusCode::kInternal, "a statement failed and was overlooked",
                   {.reason = "OVERLOOKED_FAILURE"});
  }
  if (!connection_->InTransaction()) return status;
  const bool undo = !status.ok() || change.dry_run;
  if (undo) next_position_ = position_before;
  is_first_ = alone && undo;
  const absl::Status ended = alone ? (undo ? Restart() : absl::OkStatus()) : EndSavepoint(undo);
  return ended.ok() ? status : LoseGroup(ended);
}

absl::Status Writer::EndSavepoint(bool undo) {
  if (undo) ABSL_RETURN_IF_ERROR(connection_->Sql("ROLLBACK TO change").Run());
  return connection_->Sql("RELEASE change").Run();
}

absl::Status Writer::Restart() {
  ABSL_RETURN_IF_ERROR(connection_->Script("ROLLBACK"));
  return connection_->Script("BEGIN IMMEDIATE");
}

// A change that cannot be undone alone is undone with its group; where that fails too, by Reopen().
absl::Status Writer::LoseGroup(const absl::Status& why) {
  lost_ = true;
  if (!connection_->Script("ROLLBACK").ok()) CloseToWrites(why);
  return why;
}

absl::Status Writer::Apply(Change& change) {
  const absl::Time now = Now();
  last_time_us_ = absl::ToUnixMicros(now);
  const std::function<bool()> must_yield = [this] { return MustYield(); };
  Transaction tx(*connection_, change.origin, now, seeds_.Next(), must_yield);
  return WithoutExceptions([&]() -> absl::Status {
    ABSL_RETURN_IF_ERROR(change.run(tx));
    rung_.insert(tx.rings().begin(), tx.rings().end());
    return InsertEvents(tx);
  });
}

absl::Status Writer::InsertEvents(const Transaction& tx) {
  for (const Event& event : tx.events()) {
    // The id is made of epoch and position by those who send it on: both together are unique.
    ABSL_RETURN_IF_ERROR(
        connection_
            ->Sql("INSERT INTO feed (position, type, subject, realm, time, correlation_id, hops, "
                  "payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                  next_position_, event.type, event.subject, event.realm, tx.now(),
                  event.correlation_id, event.hops, Bytes{event.payload})
            .Run());
    ++next_position_;
  }
  return absl::OkStatus();
}

absl::Status Writer::Commit() {
  absl::Status status = RecordTime();
  if (status.ok()) status = connection_->Script("COMMIT");
  if (!status.ok()) {
    CloseToWrites(status);
    return status;
  }
  ++counters_.commits;
  committed_position_ = next_position_ - 1;
  return absl::OkStatus();
}

absl::Status Writer::RecordTime() {
  return connection_
      ->Sql("UPDATE store_meta SET last_time = ?", absl::FromUnixMicros(last_time_us_))
      .Run();
}

// Nothing of the group is in the store (or nobody can tell): every caller gets this error. Those
// who were refused too: the refusal may rest on a neighbour that is not there now.
void Writer::FailGroup(std::vector<Finished>& group, const absl::Status& why) {
  for (Finished& finished : group) finished.status = why;
  next_position_ = committed_position_ + 1;
}

void Writer::Count(const std::vector<Finished>& group) {
  for (const Finished& finished : group) {
    if (!finished.status.ok()) {
      ++counters_.failed;
    } else if (!finished.change.dry_run) {
      ++counters_.changes;
    }
  }
}

void Writer::Reply(std::vector<Finished> group) {
  Count(group);
  std::set<std::string> rung = std::exchange(rung_, {});
  replies_.Post([this, position = committed_position_, rung = std::move(rung),
                 group = std::move(group)]() mutable {
    position_.Set(position);
    Ring(rung);
    for (Finished& finished : group) finished.change.done(finished.status, position);
  });
}

void Writer::OnRung(const std::string& bell, std::function<void()> ring) {
  std::lock_guard lock(ring_mutex_);
  if (ring) {
    bells_[bell] = std::move(ring);
  } else {
    bells_.erase(bell);
  }
}

void Writer::Ring(const std::set<std::string>& bells) {
  if (bells.empty()) return;
  std::lock_guard lock(ring_mutex_);
  for (const std::string& bell : bells) {
    if (const auto found = bells_.find(bell); found != bells_.end()) found->second();
  }
}

void Writer::RunChores() {
  for (size_t i = 0; i < chores_.size();) {
    if (chores_[i](*connection_)) {
      ++i;
    } else {
      chores_.erase(chores_.begin() + static_cast<std::ptrdiff_t>(i));
      --chore_count_;
    }
  }
}

void Writer::DropChores() {  // Those that are not finished learn of the end by being destroyed.
  std::vector<absl::AnyInvocable<bool(Connection&)>> dropped = std::exchange(chores_, {});
  {
    std::lock_guard lock(mutex_);
    std::move(new_chores_.begin(), new_chores_.end(), std::back_inserter(dropped));
    new_chores_.clear();
  }
  chore_count_ -= dropped.size();
}

// Whether it came to its end.
bool Writer::Checkpoint(bool truncate) {
  if (connection_ == nullptr) return false;
  // Copies what no reader still needs; what is left waits for the next time. TRUNCATE would wait
  // for readers as long as a busy connection may, and every writer with it.
  const int mode = truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
  auto* db = static_cast<sqlite3*>(connection_->native_handle());
  int log_pages = 0;
  int copied = 0;
  sqlite3_busy_timeout(db, 0);
  const int code = sqlite3_wal_checkpoint_v2(db, nullptr, mode, &log_pages, &copied);
  sqlite3_busy_timeout(db, kBusyTimeoutMs);
  if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY && copy_failures_.Passes()) {
    LogWarning("the log cannot be copied back into the store", {{"why", sqlite3_errmsg(db)}});
  }
  // A log that could not be cut off is cut off when nobody has written for a while again.
  if (code == SQLITE_OK || !truncate) wal_pages_ = 0;
  return code == SQLITE_OK;
}

bool Writer::MustYield() const {
  const absl::Duration limit =
      interactive_waiting_ > 0 ? options_.limits.slice_when_waited_for : options_.limits.slice;
  return Monotonic() - slice_start_ >= limit;
}

}  // namespace regulars
