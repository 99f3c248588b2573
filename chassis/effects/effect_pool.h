// Effects on the world outside: sending a mail, calling a webhook. What is to be done is a row of
// the service's own. A change claims some (marks them leased), threads of the pool perform them
// outside any change, and another change records what came of each.
//
//   EffectPool pool(store, metrics);
//   pool.Add<Mail>({.name = "mail",
//                   .threads = 8,
//                   .claim = ClaimMails,     // StatusOr<std::vector<Mail>>(Transaction&, const
//                                            //   EffectClaim&): UPDATE … RETURNING …
//                   .perform = [&](Mail& mail) { mail.outcome = smtp.Send(mail); },
//                   .record = RecordMails,   // Status(Transaction&, std::vector<Mail>&)
//                   .next_due = NextMail});  // StatusOr<std::optional<absl::Time>>(Snapshot&)
//   pool.Start();
//
//   EffectPool::Ring(tx, "mail");  // In every change that makes work: the pool looks once it is
//                                  // committed.
//
// Claiming. A row is free when it is due and not leased, when its lease has ended, or when its
// holder is not the claim's: then it was leased by a process that is gone. Whether something that
// was under way then is done again or given up is the kind's own policy: `claim` sees such rows and
// decides.
//
// Recording. What has been performed is kept until it is recorded, however often that fails: first
// together, then job by job, with growing delays; while it does, no more than a batch is claimed,
// and nothing at all once a lease has ended that way or by a `perform` that takes too long. So
// nothing is performed twice because it could not be written down, but for the process's end in
// between. A commit whose end nobody saw is repeated: `record` must bear the same jobs twice.
//
// Causes. The changes that claim and record are nobody's: a row that is followed by events keeps
// what set it off (tx.origin().cause()), and `record` publishes with tx.PublishFor(job.cause,
// event). Without that the trace ends here, and a ring of services is never cut by its hops.
//
// Kinds do not wait for each other: what must not be starved is a kind of its own.
//
// Add before Start. Start and Stop belong to one thread.
#ifndef CHASSIS_EFFECTS_EFFECT_POOL_H_
#define CHASSIS_EFFECTS_EFFECT_POOL_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/observe/metrics.h"
#include "chassis/storage/store.h"

namespace regulars {

// What a claim may take, and how to mark it.
struct EffectClaim {
  // Jobs at most.
  int64_t limit = 0;
  // When the lease ends, by the store's clock.
  absl::Time lease_until;
  // Names this run of the process, never 0: a lease of another holder is nobody's.
  int64_t holder = 0;
};

template <typename Job>
struct EffectKind {
  // Lower-case letters, digits, '.', '_': "mail", "mail.single".
  std::string name;
  // How many are performed at once.
  int threads = 4;
  // How many one change claims or records at most; also how many wait for a thread.
  int64_t batch = 100;
  absl::Duration lease = absl::Minutes(10);
  // Changes are made in this lane.
  Lane lane = Lane::kTasks;
  std::function<absl::StatusOr<std::vector<Job>>(Transaction& tx, const EffectClaim& claim)> claim;
  // On a thread of the pool; puts into the job what came of it. It may block, within limits of its
  // own. An exception leaves the job unrecorded: its lease has to end.
  std::function<void(Job& job)> perform;
  // What came of them, in one change. Called again when it failed, with the same jobs.
  std::function<absl::Status(Transaction& tx, std::vector<Job>& jobs)> record;
  // When the next row is due or the next lease ends; nullopt when only a new row can bring work.
  std::function<absl::StatusOr<std::optional<absl::Time>>(Snapshot& db)> next_due;
};

class EffectRunner;

class EffectPool {
 public:
  // Both must outlive it. `patience` is how long Stop() goes on with a store that takes no record.
  EffectPool(Store& store, Metrics& metrics, absl::Duration patience = absl::Seconds(5));
  ~EffectPool();  // Stop().

  template <typename Job>
  void Add(EffectKind<Job> kind);

  void Start();
  // No more is begun; what is being performed is waited for and recorded. What was claimed and not
  // begun is the next process's.
  void Stop();

  // Has the pool look for work of this kind once the change is committed.
  static void Ring(Transaction& tx, absl::string_view kind);

  // A kind without its type of job.
  struct Kind {
    std::string name;
    int threads = 0;
    int64_t batch = 0;
    absl::Duration lease;
    Lane lane = Lane::kTasks;
    using Jobs = std::vector<std::shared_ptr<void>>;
    std::function<absl::StatusOr<Jobs>(Transaction&, const EffectClaim&)> claim;
    std::function<void(void*)> perform;
    std::function<absl::Status(Transaction&, const Jobs&)> record;
    std::function<absl::StatusOr<std::optional<absl::Time>>(Snapshot&)> next_due;
  };

 private:
  void AddKind(Kind kind);

  Store& store_;
  Metrics& metrics_;
  const absl::Duration patience_;
  const int64_t holder_;
  std::vector<std::unique_ptr<EffectRunner>> runners_;
};

template <typename Job>
void EffectPool::Add(EffectKind<Job> kind) {
  Kind plain{kind.name, kind.threads, kind.batch, kind.lease, kind.lane};
  plain.claim = [claim = std::move(kind.claim)](
                    Transaction& tx, const EffectClaim& limits) -> absl::StatusOr<Kind::Jobs> {
    absl::StatusOr<std::vector<Job>> claimed = claim(tx, limits);
    if (!claimed.ok()) return std::move(claimed).status();
    Kind::Jobs jobs;
    for (Job& job : *claimed) jobs.push_back(std::make_shared<Job>(std::move(job)));
    return jobs;
  };
  plain.perform = [perform = std::move(kind.perform)](void* job) {
    perform(*static_cast<Job*>(job));
  };
  plain.record = [record = std::move(kind.record)](Transaction& tx, const Kind::Jobs& jobs) {
    // Lent as one vector, and given back for the next attempt, also by an exception.
    std::vector<Job> lent;
    const absl::Cleanup give_back = [&] {
      for (size_t i = 0; i < jobs.size() && i < lent.size(); ++i) {
        *static_cast<Job*>(jobs[i].get()) = std::move(lent[i]);
      }
    };
    lent.reserve(jobs.size());
    for (const auto& job : jobs) lent.push_back(std::move(*static_cast<Job*>(job.get())));
    return record(tx, lent);
  };
  plain.next_due = std::move(kind.next_due);
  AddKind(std::move(plain));
}

}  // namespace regulars

#endif  // CHASSIS_EFFECTS_EFFECT_POOL_H_
