#include "chassis/feed/follower.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "chassis/auth/service_identity.h"
#include "chassis/base/check.h"
#include "chassis/base/clock.h"
#include "chassis/base/errors.h"
#include "chassis/base/ids.h"
#include "chassis/base/status_macros.h"
#include "chassis/feed/feed_applier.h"
#include "chassis/observe/log.h"

namespace regulars {
namespace {

using feed::v1::SubscribeResponse;
using follow::State;

constexpr absl::Duration kFirstDelay = absl::Milliseconds(100);
constexpr absl::Duration kLongestDelay = absl::Seconds(10);

// What the metrics are made of; outlives the follower with them.
struct Shared {
  std::shared_ptr<FeedApplier::Stats> stats;
  std::shared_ptr<rpc::FollowedFeeds> feeds;  // Holds the next.
  rpc::FollowedFeed& feed;
  // When the upstream was heard last, or this process began, by the machine's clock.
  std::atomic<int64_t> heard_us{absl::ToUnixMicros(absl::Now())};

  int64_t LagEvents() const {
    return std::max<int64_t>(0, stats->head.load() - stats->position.load());
  }

  // How old the state is: the age of the newest event followed while more wait, of the last sign of
  // life while there is none.
  double LagSeconds(absl::Time now, absl::Time machine_now) const {
    const auto since = [](absl::Time then, int64_t time_us) {
      if (time_us == 0) return 0.0;
      return std::max(0.0, absl::ToDoubleSeconds(then - absl::FromUnixMicros(time_us)));
    };
    if (LagEvents() > 0) return since(now, stats->event_time_us);
    return feed.connected ? 0 : since(machine_now, heard_us);
  }
};

std::string Warning(const std::string& upstream, const Shared& shared) {
  std::vector<std::string> lines;
  if (const int64_t parked = shared.stats->parked; parked > 0) {
    lines.push_back(absl::StrCat(parked, " events are parked"));
  }
  if (shared.stats->rebuilding) lines.emplace_back("its state is being read anew");
  if (std::string trouble = shared.feed.trouble(); !trouble.empty()) {
    lines.push_back(std::move(trouble));
  }
  return lines.empty() ? "" : absl::StrCat(upstream, ": ", absl::StrJoin(lines, "; "));
}

}  // namespace

std::string FollowerBell(absl::string_view upstream) { return absl::StrCat("follow ", upstream); }

// The follower's thread. It waits in one place, for a batch, the end of the stream, the bell or the
// end of the process, whichever is first.
class Follower::Loop {
 public:
  Loop(const rpc::Environment& environment, std::unique_ptr<FeedSource> source,
       const FollowerOptions& options, FeedHandlers handlers)
      : store_(*environment.store),
        upstream_(options.upstream),
        longest_silence_(options.longest_silence),
        handlers_(std::move(handlers)),
        source_(std::move(source)),
        applier_(store_,
                 {.service = environment.service,
                  .upstream = options.upstream,
                  .backfill_version = options.backfill_version},
                 handlers_),
        shared_(source_ == nullptr ? nullptr
                                   : new Shared{applier_.stats(), environment.followed,
                                                environment.followed->Of(options.upstream)}),
        origin_{.caller = std::make_shared<auth::Caller>(
                    auth::Caller{.principal = auth::ServicePrincipal(environment.service)})} {
    if (source_ != nullptr) Export(environment);
  }

  ~Loop() { Stop(); }

  void Start() {
    CHECK(!thread_.joinable());  // Start() comes once.
    if (source_ == nullptr) {
      LogInfo("this service follows nothing of another that is not configured",
              {{"upstream", upstream_}});
      return;
    }
    store_.writer().OnRung(FollowerBell(upstream_), [this] { Ring(); });
    thread_ = std::thread([this] { Run(); });
  }

  void Stop() {
    if (!thread_.joinable()) return;
    store_.writer().OnRung(FollowerBell(upstream_), nullptr);
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    woken_.notify_one();
    thread_.join();
  }

 private:
  void Export(const rpc::Environment& environment) {
    const auto gauge = [&](const char* name, const char* help, std::function<double()> value) {
      environment.metrics->AddGauge(name, help, {{"upstream", upstream_}}, std::move(value));
    };
    gauge("regulars_follow_lag_events", "Events of the upstream that are not followed yet",
          [shared = shared_] { return shared->LagEvents(); });
    gauge("regulars_follow_lag_seconds", "How far behind the upstream this service's state is",
          [shared = shared_, &clock = store_.clock()] {
            return shared->LagSeconds(clock.Now(), absl::Now());
          });
    gauge("regulars_follow_connected", "1 while the upstream is heard",
          [shared = shared_] { return shared->feed.connected ? 1 : 0; });
    gauge("regulars_follow_events", "Events followed since the start",
          [shared = shared_] { return shared->stats->followed.load(); });
    gauge("regulars_follow_skipped", "Events of unknown types passed over since the start",
          [shared = shared_] { return shared->stats->skipped.load(); });
    gauge("regulars_follow_parked", "Events that are parked",
          [shared = shared_] { return shared->stats->parked.load(); });
    gauge("regulars_follow_rebuilds", "Times that the upstream's state was read since the start",
          [shared = shared_] { return shared->stats->rebuilds.load(); });
    environment.warnings->Add(
        [shared = shared_, upstream = upstream_] { return Warning(upstream, *shared); });
  }

  void Ring() {
    {
      const std::lock_guard lock(mutex_);
      rung_ = true;
    }
    woken_.notify_one();
  }

  void Run() {
    bool opened = false;
    while (!Stopping()) {
      absl::Status status = opened ? absl::OkStatus() : applier_.Open();
      opened = status.ok();
      if (status.ok()) {
        if (applier_.cursor().state == State::kFollowing)
          shared_->feed.followed.Set(applier_.stats()->position);
        status = Follow();
      }
      shared_->feed.connected = false;
      if (!status.ok()) PauseAfter(status);
    }
  }

  // From a subscription to its end. OK when there is something else to do first.
  absl::Status Follow() {
    if (applier_.needs_rebuild()) return GoOnFromState();
    while (applier_.cursor().state != State::kFollowing) {
      if (Stopping()) return absl::OkStatus();
      shared_->feed.followed.PutBack(0);
      ABSL_RETURN_IF_ERROR(applier_.RebuildStep());
      Recovered();
    }
    shared_->feed.followed.Set(applier_.stats()->position);
    {
      const std::lock_guard lock(mutex_);
      arrived_.reset();
      rung_ = true;  // Somebody may have asked while nobody listened.
    }
    asked_at_ = Monotonic();
    const std::unique_ptr<FeedSource::Subscription> subscription = source_->Subscribe(
        origin_, applier_.Request(),
        [this](absl::StatusOr<SubscribeResponse> arrived) { Arrive(std::move(arrived)); });
    bool heard = false;
    while (true) {
      std::optional<absl::StatusOr<SubscribeResponse>> arrived;
      bool rung = false;
      ABSL_RETURN_IF_ERROR(Await(arrived, rung));
      if (Stopping()) return absl::OkStatus();
      if (rung) RetryParked();
      if (!arrived) continue;
      if (!arrived->ok()) {
        if (arrived->status().code() == absl::StatusCode::kOutOfRange) return GoOnFromState();
        // A stream ends with its token; the next one has a new one.
        if (heard && GetErrorDetails(arrived->status()).reason == "TOKEN_EXPIRED") {
          return absl::OkStatus();
        }
        return arrived->status();
      }
      heard = true;
      Heard(**arrived);
      subscription->Next();
      asked_at_ = Monotonic();
      const absl::Status applied = Apply(applier_.Decode(**std::move(arrived)));
      if (applied.code() == absl::StatusCode::kOutOfRange) return GoOnFromState();
      ABSL_RETURN_IF_ERROR(applied);
    }
  }

  absl::Status GoOnFromState() {
    ABSL_ASSIGN_OR_RETURN(const feed::v1::FeedState state, source_->State(origin_));
    shared_->feed.followed.PutBack(0);
    return applier_.GoOnFrom(state);
  }

  // Applies a batch, however long it takes: the stream waits meanwhile.
  absl::Status Apply(const FeedBatch& batch) {
    while (true) {
      const absl::Status status = applier_.Apply(batch);
      if (status.ok()) {
        shared_->feed.followed.Set(applier_.stats()->position);
        Recovered();
        return status;
      }
      if (!IsTransientForFollower(status)) return status;
      PauseAfter(status);
      if (Stopping()) return absl::OkStatus();
    }
  }

  void RetryParked() {
    while (!Stopping()) {
      const absl::StatusOr<bool> more = applier_.RetryParked();
      if (!more.ok()) {
        // Events that are not parked go on; these are tried again with the next batch or bell.
        Note(more.status());
        const std::lock_guard lock(mutex_);
        retry_at_ = Monotonic() + NextDelay();
        return;
      }
      if (!*more) break;
    }
    applier_.CountParked().IgnoreError();
  }

  void Arrive(absl::StatusOr<SubscribeResponse> arrived) {
    {
      const std::lock_guard lock(mutex_);
      arrived_ = std::move(arrived);
    }
    woken_.notify_one();
  }

  // Waits for what comes first. Bells and retries are no sign of life.
  absl::Status Await(std::optional<absl::StatusOr<SubscribeResponse>>& arrived, bool& rung) {
    std::unique_lock lock(mutex_);
    const absl::Duration wait = std::min(asked_at_ + longest_silence_, retry_at_) - Monotonic();
    woken_.wait_for(lock, absl::ToChronoMicroseconds(wait),
                    [this] { return stopping_ || rung_ || arrived_.has_value(); });
    arrived = std::exchange(arrived_, std::nullopt);
    rung = std::exchange(rung_, false) || retry_at_ <= Monotonic();
    if (rung) retry_at_ = absl::InfiniteDuration();
    if (!arrived && !stopping_ && Monotonic() - asked_at_ >= longest_silence_) {
      return Unavailable("UPSTREAM_SILENT", "the upstream gives no sign of life",
                         absl::ZeroDuration());
    }
    return absl::OkStatus();
  }

  bool Stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }

  void Heard(const SubscribeResponse& batch) {
    shared_->feed.connected = true;
    shared_->feed.head = batch.head_position();
    shared_->heard_us = absl::ToUnixMicros(absl::Now());
  }

  void Recovered() {
    failures_ = 0;
    shared_->feed.SetTrouble("");
  }

  // One line in the log when trouble begins or changes, not one for each attempt.
  void Note(const absl::Status& status) {
    // The end of the process is no trouble.
    if (status.code() == absl::StatusCode::kCancelled) return;
    const std::string trouble =
        absl::StrCat(GetErrorDetails(status).reason, ": ", std::string(status.message()));
    if (!shared_->feed.SetTrouble(trouble)) return;
    LogWarning("following is held up", {{"upstream", upstream_}, {"why", trouble}});
  }

  // Twice as long after each failure, and somewhat at random, so that followers that lost one
  // upstream together do not come back together.
  absl::Duration NextDelay() {
    absl::Duration delay = kFirstDelay;
    for (int i = 0; i < failures_ && delay < kLongestDelay; ++i) delay *= 2;
    ++failures_;
    const auto percent = static_cast<int64_t>(50 + mixer_.Next() % 51);
    return std::min(delay, kLongestDelay) * percent / 100;
  }

  void PauseAfter(const absl::Status& status) {
    Note(status);
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, absl::ToChronoMilliseconds(NextDelay()), [this] { return stopping_; });
  }

  Store& store_;
  const std::string upstream_;
  const absl::Duration longest_silence_;
  const FeedHandlers handlers_;
  const std::unique_ptr<FeedSource> source_;
  FeedApplier applier_;
  const std::shared_ptr<Shared> shared_;  // Null without a source.
  const Origin origin_;
  Mixer mixer_{SecureRandomSeed()};
  int failures_ = 0;
  absl::Duration asked_at_;  // When the batch that is awaited was asked for, as Monotonic().

  std::mutex mutex_;
  std::condition_variable woken_;
  bool stopping_ = false;  // Guarded by mutex_, as the next.
  bool rung_ = false;
  absl::Duration retry_at_ = absl::InfiniteDuration();  // As Monotonic().
  std::optional<absl::StatusOr<SubscribeResponse>> arrived_;

  std::thread thread_;
};

Follower::Follower(const rpc::Environment& environment, Peer* peer, const FollowerOptions& options,
                   FeedHandlers handlers)
    : Follower(environment, peer == nullptr ? nullptr : FeedOf(*peer), options,
               std::move(handlers)) {}

Follower::Follower(const rpc::Environment& environment, std::unique_ptr<FeedSource> source,
                   const FollowerOptions& options, FeedHandlers handlers)
    : loop_(std::make_unique<Loop>(environment, std::move(source), options, std::move(handlers))) {}

Follower::~Follower() = default;

void Follower::Start() { loop_->Start(); }

void Follower::Stop() { loop_->Stop(); }

}  // namespace regulars
