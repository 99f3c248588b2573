#include "customer-svc/rpc/segment_tasks.h"

#include <algorithm>
#include <any>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "customer-svc/rpc/events.h"
#include "customer-svc/rpc/segment_moves.h"
#include "customer-svc/rpc/segment_plan.h"
#include "customer-svc/store/customer_filter.h"
#include "customer-svc/store/customers.h"
#include "customer-svc/store/segment_sets.h"
#include "customer-svc/store/segments.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::customer {
namespace {

// Rows read at a time. Whether others wait a step asks after each customer: one may cost much.
constexpr int64_t kBatch = 64;
constexpr int64_t kDeleteBatch = 200;

int64_t SetOf(const Task& task) {
  int64_t key = 0;
  return absl::SimpleAtoi(task.input, &key) ? key : 0;
}

// Looks at customers until all are done (true) or others wait (false).
absl::StatusOr<bool> ScanSome(Transaction& tx, const SegmentPlan& plan, const PlannedSet& planned,
                              SegmentSet& set) {
  absl::Time timer = absl::InfiniteFuture();
  bool done = false;
  bool must_yield = false;
  while (!done && !must_yield) {
    ABSL_ASSIGN_OR_RETURN(const auto keys, segment_sets::CustomersAfter(tx, set.scanned, kBatch));
    for (size_t i = 0; i < keys.size() && !must_yield; ++i) {
      ABSL_ASSIGN_OR_RETURN(const absl::Time due, MoveCustomer(tx, plan, keys[i], {&planned}));
      timer = std::min(timer, due);
      set.scanned = keys[i];
      ++set.scanned_count;
      must_yield = tx.MustYield();
    }
    done = keys.empty();
  }
  ABSL_RETURN_IF_ERROR(segment_sets::SaveScan(tx, set.key, set.scanned, set.scanned_count));
  if (timer != absl::InfiniteFuture()) ABSL_RETURN_IF_ERROR(WakeUpkeep(tx, timer));
  return done;
}

// From now on the staged set's members are the segment's.
absl::Status MakeLive(Transaction& tx, const SegmentSet& staged, Segment& segment) {
  ABSL_ASSIGN_OR_RETURN(const auto live, segment_sets::FindByRole(tx, segment.key, SetRole::kLive));
  if (live) ABSL_RETURN_IF_ERROR(segment_sets::SetRoleOf(tx, live->key, SetRole::kOutgoing));
  ABSL_RETURN_IF_ERROR(segment_sets::SetRoleOf(tx, staged.key, SetRole::kLive));
  segment.state = SegmentState::kReady;
  segment.ready_time = tx.now();
  ABSL_RETURN_IF_ERROR(segments::Update(tx, segment));
  return RefreshPlan(tx);
}

absl::Status Announce(Transaction& tx, const Segment& segment, const std::string& customer_id,
                      bool entered) {
  ABSL_ASSIGN_OR_RETURN(const auto customer, customers::FindById(tx, customer_id));
  if (customer) PublishMove(tx, segment.id, customer_id, customer->home_store, entered);
  return absl::OkStatus();
}

// Publishes the differences of two lists of members by id, up to the end of the shorter one if it
// is full, or until others wait. Returns the id up to which all are published; "" when both lists
// are empty.
absl::StatusOr<std::string> AnnounceDifferences(Transaction& tx, const Segment& segment,
                                                const std::vector<segment_sets::Member>& before,
                                                const std::vector<segment_sets::Member>& now) {
  std::string end;
  for (const auto* list : {&before, &now}) {
    if (list->size() < kBatch) continue;
    if (end.empty() || list->back().customer_id < end) end = list->back().customer_id;
  }
  std::string last;
  auto b = before.begin();
  auto n = now.begin();
  while (b != before.end() || n != now.end()) {
    const bool gone = n == now.end() || (b != before.end() && b->customer_id < n->customer_id);
    const bool come = b == before.end() || (n != now.end() && n->customer_id < b->customer_id);
    const std::string& id = gone ? b->customer_id : n->customer_id;
    if (!end.empty() && id > end) break;
    if (gone != come) ABSL_RETURN_IF_ERROR(Announce(tx, segment, id, come));
    last = id;
    if (!come) ++b;
    if (!gone) ++n;
    if (tx.MustYield()) break;
  }
  return last;
}

// Publishes what a segment's last change of sets moved, until all is said (true) or others wait.
absl::StatusOr<bool> AnnounceSome(Transaction& tx, const Segment& segment, SegmentSet outgoing) {
  ABSL_ASSIGN_OR_RETURN(const auto live, segment_sets::FindByRole(tx, segment.key, SetRole::kLive));
  if (!live) return absl::DataLossError("a segment has lost its members");
  do {
    ABSL_ASSIGN_OR_RETURN(const auto before,
                          segment_sets::ListMembers(tx, outgoing.key, outgoing.announced, kBatch));
    ABSL_ASSIGN_OR_RETURN(const auto now,
                          segment_sets::ListMembers(tx, live->key, outgoing.announced, kBatch));
    ABSL_ASSIGN_OR_RETURN(std::string last, AnnounceDifferences(tx, segment, before, now));
    if (last.empty()) {
      v1::SegmentReady event;
      event.set_segment(rpc::Name("segments", segment.id));
      event.set_member_count(live->member_count);
      tx.Publish(PackEvent(event.segment(), "", event));
      ABSL_RETURN_IF_ERROR(segment_sets::SetRoleOf(tx, outgoing.key, SetRole::kDead));
      ABSL_RETURN_IF_ERROR(WakeUpkeep(tx, tx.now()));
      ABSL_RETURN_IF_ERROR(RefreshPlan(tx));
      return true;
    }
    outgoing.announced = std::move(last);
    ABSL_RETURN_IF_ERROR(segment_sets::SaveAnnounced(tx, outgoing.key, outgoing.announced));
  } while (!tx.MustYield());
  return false;
}

// Publishes what is left of an earlier change of sets; whether nothing is left.
absl::StatusOr<bool> FinishAnnouncing(Transaction& tx, const Segment& segment) {
  ABSL_ASSIGN_OR_RETURN(auto outgoing,
                        segment_sets::FindByRole(tx, segment.key, SetRole::kOutgoing));
  if (!outgoing) return true;
  return AnnounceSome(tx, segment, *std::move(outgoing));
}

// Fills the staged set and makes it live; whether that is done.
absl::StatusOr<bool> FillSet(Transaction& tx, Task& task, SegmentSet& set, Segment& segment) {
  ABSL_ASSIGN_OR_RETURN(const auto plan, LoadPlan(tx));
  const PlannedSet* planned = plan->Find(set.key);
  if (planned == nullptr) return CompileCustomerFilter(tx, set.filter).status();
  ABSL_ASSIGN_OR_RETURN(const bool scanned, ScanSome(tx, *plan, *planned, set));
  task.progress_done = set.scanned_count;
  if (!scanned) return false;
  ABSL_ASSIGN_OR_RETURN(const bool announced, FinishAnnouncing(tx, segment));
  if (!announced) return false;
  ABSL_RETURN_IF_ERROR(MakeLive(tx, set, segment));
  return true;
}

// The search for a set's members failed for good: the segment keeps those it has.
absl::Status AbandonScan(Transaction& tx, const Task& task) {
  ABSL_ASSIGN_OR_RETURN(const auto set, segment_sets::Find(tx, SetOf(task)));
  if (!set || set->role != SetRole::kStaged) return absl::OkStatus();
  ABSL_RETURN_IF_ERROR(segment_sets::SetRoleOf(tx, set->key, SetRole::kDead));
  ABSL_RETURN_IF_ERROR(WakeUpkeep(tx, tx.now()));
  ABSL_ASSIGN_OR_RETURN(auto segment, segments::FindByKey(tx, set->segment_key));
  if (segment) {
    segment->state = SegmentState::kFailed;
    segment->error_code = task.error.code();
    segment->error_reason = GetErrorDetails(task.error).reason;
    segment->error_message = std::string(task.error.message());
    ABSL_RETURN_IF_ERROR(segments::Update(tx, *segment));
  }
  return RefreshPlan(tx);
}

// Looks at the customers of due timers; whether none is left.
absl::StatusOr<bool> MoveDueCustomers(Transaction& tx) {
  ABSL_ASSIGN_OR_RETURN(const auto plan, LoadPlan(tx));
  while (true) {
    ABSL_ASSIGN_OR_RETURN(const auto timers, segment_sets::DueTimers(tx, tx.now(), kBatch));
    if (timers.empty()) return true;
    for (size_t i = 0; i < timers.size();) {
      const int64_t customer = timers[i].customer_key;
      std::vector<const PlannedSet*> sets;
      for (; i < timers.size() && timers[i].customer_key == customer; ++i) {
        const PlannedSet* set = plan->Find(timers[i].set);
        if (set != nullptr) {
          sets.push_back(set);
        } else {
          ABSL_RETURN_IF_ERROR(segment_sets::DeleteTimer(tx, timers[i].set, customer));
        }
      }
      ABSL_RETURN_IF_ERROR(MoveCustomer(tx, *plan, customer, sets).status());
      if (tx.MustYield()) return false;
    }
  }
}

absl::StatusOr<StepEnd> StepScan(Transaction& tx, Task& task, int64_t customer_count) {
  ABSL_ASSIGN_OR_RETURN(auto set, segment_sets::Find(tx, SetOf(task)));
  if (!set || set->role == SetRole::kDead) return StepEnd::Done();  // Given up.
  ABSL_ASSIGN_OR_RETURN(auto segment, segments::FindByKey(tx, set->segment_key));
  if (!segment) return StepEnd::Done();
  if (task.cursor.empty()) {
    task.cursor = "counted";
    task.progress_total = customer_count;
    ABSL_RETURN_IF_ERROR(segment_sets::SaveScanTotal(tx, set->key, customer_count));
  }
  if (set->role == SetRole::kStaged) {
    ABSL_ASSIGN_OR_RETURN(const bool filled, FillSet(tx, task, *set, *segment));
    // Due again now, behind whatever has been waiting longer.
    if (!filled) return StepEnd::Later(tx.now());
  }
  ABSL_ASSIGN_OR_RETURN(const bool announced, FinishAnnouncing(tx, *segment));
  return announced ? StepEnd::Done() : StepEnd::Later(tx.now());
}

absl::StatusOr<StepEnd> StepUpkeep(Transaction& tx) {
  ABSL_ASSIGN_OR_RETURN(const bool moved, MoveDueCustomers(tx));
  if (!moved) return StepEnd::Again();
  bool more = true;
  do {
    ABSL_ASSIGN_OR_RETURN(more, segment_sets::DeleteDead(tx, kDeleteBatch));
  } while (more && !tx.MustYield());
  if (more) return StepEnd::Later(tx.now());
  ABSL_ASSIGN_OR_RETURN(const auto next, segment_sets::NextTimer(tx));
  const absl::Time latest = tx.now() + kUpkeepPeriod;
  const absl::Time due = std::min(next.value_or(latest), latest);
  ABSL_RETURN_IF_ERROR(segment_sets::SaveTimerDue(tx, due));
  return StepEnd::Later(due);
}

}  // namespace

TaskKind SegmentScanTask(Store& store) {
  return {.prepare = [&store](const Task& task) -> absl::StatusOr<std::any> {
            int64_t count = 0;
            if (!task.cursor.empty()) return std::any(count);
            ABSL_RETURN_IF_ERROR(store.readers().Run({}, [&](Snapshot& db) -> absl::Status {
              ABSL_ASSIGN_OR_RETURN(count, segment_sets::CountCustomers(db));
              return absl::OkStatus();
            }));
            return std::any(count);
          },
          .step = [](Transaction& tx, Task& task,
                     std::any& count) { return StepScan(tx, task, std::any_cast<int64_t>(count)); },
          .abandoned = AbandonScan};
}

TaskKind SegmentUpkeepTask() {
  return {.step = [](Transaction& tx, Task&, std::any&) { return StepUpkeep(tx); }};
}

}  // namespace regulars::customer
