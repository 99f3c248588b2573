// What a read and a change see of a store.
//
// A read is a function of a Snapshot, a change a function of a Transaction; both are handed to it
// by the chassis, belong to the calling thread and end when the function returns. See decision 2,
// "A change is a function of a transaction and an input".
//
//   absl::StatusOr<Box> GetBox(Snapshot& db, const GetBoxRequest& request);
//   absl::StatusOr<Box> CreateBox(Transaction& tx, const CreateBoxRequest& request);
#ifndef CHASSIS_STORAGE_TRANSACTION_H_
#define CHASSIS_STORAGE_TRANSACTION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/auth/caller.h"
#include "chassis/base/cause.h"
#include "chassis/base/ids.h"
#include "chassis/storage/statement.h"

namespace regulars {

// The caller of what nobody asked for by name: it may do nothing.
inline std::shared_ptr<const auth::Caller> Anonymous() {
  static const auto& anonymous = *new std::shared_ptr<const auth::Caller>(
      std::make_shared<auth::Caller>(auth::Caller{.principal = "anonymous"}));
  return anonymous;
}

// Where a call, an event or a task step comes from; inherited by what it causes.
struct Origin {
  // Never null.
  std::shared_ptr<const auth::Caller> caller = Anonymous();
  // Ties together all that one outside request set off.
  std::string correlation_id;
  // How many feeds lie between that request and here.
  int hops = 0;
  // IP address that the call came from; "" where unknown, and for what no call set off directly.
  std::string source;
  // When the caller stops waiting; what is asked of others meanwhile ends by then.
  absl::Time deadline = absl::InfiniteFuture();

  Cause cause() const { return {correlation_id, hops}; }
};

// Something that happened, for followers. Holds no personal data.
struct Event {
  // "regulars.<service>.<what_happened>.v1".
  std::string type;
  // The name of the resource that it happened to, e.g. "boxes/06g1…".
  std::string subject;
  // Store or brand that the event belongs to, where there is one; callers limited to others do not
  // see it.
  std::string realm;
  // A serialised google.protobuf.Any.
  std::string payload;
  // Of the change that publishes it, or of a row; Publish() and PublishFor() fill them in.
  std::string correlation_id = {};
  int hops = 0;
};

// One consistent state of a store.
class Snapshot {
 public:
  Snapshot(Connection& connection, const Origin& origin, absl::Time now)
      : connection_(connection), origin_(origin), now_(now) {}
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  template <typename... Args>
  Query Sql(absl::string_view sql, const Args&... args) {
    return connection_.Sql(sql, args...);
  }
  Query SqlWith(absl::string_view sql, const std::vector<Parameter>& parameters) {
    return connection_.SqlWith(sql, parameters);
  }

  absl::Time now() const { return now_; }
  const auth::Caller& caller() const { return *origin_.caller; }
  const Origin& origin() const { return origin_; }

 protected:
  Connection& connection_;

 private:
  const Origin& origin_;
  const absl::Time now_;
};

inline constexpr char kTaskBell[] = "tasks";

// A change in the making. Everything that is not in its input comes from here, so that the same
// (seed, now, input) on the same state gives the same result.
class Transaction : public Snapshot {
 public:
  // `must_yield` answers whether a long change should end its slice soon.
  Transaction(Connection& connection, const Origin& origin, absl::Time now, uint64_t seed,
              const std::function<bool()>& must_yield)
      : Snapshot(connection, origin, now), mixer_(seed), must_yield_(must_yield) {}

  std::string NewId() {
    const uint64_t high = mixer_.Next();
    return MakeId(now(), high, mixer_.Next());
  }
  // Random numbers that the seed determines.
  uint64_t Random() { return mixer_.Next(); }

  // Appends to the feed when the change succeeds. Only for changes of state.
  void Publish(Event event) {
    event.correlation_id = origin().correlation_id;
    event.hops = origin().hops;
    events_.push_back(std::move(event));
  }
  // The same where the change takes up what others set off, as one that records what came of many
  // messages: `cause` is what the message's row has kept.
  void PublishFor(const Cause& cause, Event event) {
    event.correlation_id = cause.correlation_id;
    event.hops = cause.hops;
    events_.push_back(std::move(event));
  }

  // Runs `part` as a change within this one, in the name of `origin`, and rolls it back alone when
  // it fails or is not to be kept. The events of what is kept are this change's.
  absl::Status Within(const Origin& origin, bool keep,
                      const std::function<absl::Status(Transaction&)>& part);

  // Runs `part` as a piece of this change, in the name of `origin`. It has nothing to go back to:
  // when it fails, this change must fail too.
  absl::Status As(const Origin& origin, const std::function<absl::Status(Transaction&)>& part);

  // Tells whoever waits for this bell, when this change is committed, that there is something to do
  // (see Writer::OnRung). Tasks have kTaskBell.
  void Ring(absl::string_view bell) { rings_.emplace(bell); }
  void RingForTasks() { Ring(kTaskBell); }
  const std::set<std::string>& rings() const { return rings_; }

  // Whether a statement of this change has failed: then the change is lost, whatever it answers.
  bool failed() const { return connection_.failed(); }

  // Rows inserted, updated or deleted by the last statement.
  int64_t Changes() const { return connection_.Changes(); }

  // Whether a change made of many items should stop after the current one and go on in another
  // step: others wait, or the slice has used its time.
  bool MustYield() const { return must_yield_(); }

  const std::vector<Event>& events() const { return events_; }

 private:
  // Makes what `inner` asked for part of this change.
  void TakeOver(Transaction& inner);

  Mixer mixer_;
  const std::function<bool()>& must_yield_;
  std::vector<Event> events_;
  std::set<std::string> rings_;
};

}  // namespace regulars

#endif  // CHASSIS_STORAGE_TRANSACTION_H_
