#include "customer-svc/rpc/segment_moves.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"
#include "chassis/filter/evaluate.h"
#include "chassis/rpc/names.h"
#include "chassis/rpc/timestamps.h"
#include "chassis/tasks/task.h"
#include "customer-svc/rpc/events.h"
#include "customer-svc/rpc/timeline.h"
#include "customer-svc/store/segment_record.h"
#include "customer-svc/store/segment_sets.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::customer {
namespace {

using segment_sets::Membership;

// Moves one customer.
class CustomerMove {
 public:
  CustomerMove(Transaction& tx, const SegmentPlan& plan, const CustomerFacts& facts)
      : tx_(tx), plan_(plan), facts_(facts), record_(facts_) {}

  absl::Status Begin() {
    ABSL_ASSIGN_OR_RETURN(memberships_, segment_sets::MembershipsOf(tx_, facts_.customer.id));
    return absl::OkStatus();
  }

  absl::Status Move(const PlannedSet& set) {
    const filter::Evaluation answer =
        filter::Evaluate(set.expression, record_, tx_.now(), plan_.zone);
    if (answer.matches != IsIn(set.key)) {
      ABSL_RETURN_IF_ERROR(set.role == SetRole::kLive ? MoveLive(set, answer.matches)
                                                      : MoveStaged(set, answer.matches));
    }
    return set.depends_on_time ? MoveTimer(set.key, answer.next_change) : absl::OkStatus();
  }

  absl::Time earliest_timer() const { return earliest_timer_; }

 private:
  const Membership* Find(int64_t set) const {
    const auto found = std::find_if(memberships_.begin(), memberships_.end(),
                                    [&](const Membership& m) { return m.set == set; });
    return found == memberships_.end() ? nullptr : &*found;
  }
  bool IsIn(int64_t set) const { return set != 0 && Find(set) != nullptr; }

  absl::Status Enter(int64_t set, absl::Time enter_time) {
    memberships_.push_back({set, enter_time});
    return segment_sets::AddMember(tx_, set, facts_.customer.id, enter_time);
  }
  absl::Status Leave(int64_t set) {
    std::erase_if(memberships_, [&](const Membership& m) { return m.set == set; });
    return segment_sets::RemoveMember(tx_, set, facts_.customer.id);
  }

  absl::Status MoveLive(const PlannedSet& set, bool enters) {
    ABSL_RETURN_IF_ERROR(enters ? Enter(set.key, tx_.now()) : Leave(set.key));
    // Who is in the next set as well will have entered when it entered this one, or left it.
    if (IsIn(set.staged)) {
      ABSL_RETURN_IF_ERROR(
          segment_sets::MoveEnterTime(tx_, set.staged, facts_.customer.id, tx_.now()));
    }
    ABSL_ASSIGN_OR_RETURN(const bool announced, IsAnnounced(set));
    if (!announced) return absl::OkStatus();
    PublishMove(tx_, set.segment_id, facts_.customer.id, facts_.customer.home_store, enters);
    return Remember(set.segment_id, enters);
  }

  // In the customer's timeline.
  absl::Status Remember(const std::string& segment_id, bool enters) {
    v1::TimelineEvent event;
    event.set_kind(v1::TimelineEvent::KIND_SEGMENT);
    *event.mutable_event_time() = rpc::ToTimestamp(tx_.now());
    event.mutable_segment()->set_segment(rpc::Name("segments", segment_id));
    event.mutable_segment()->set_entered(enters);
    const std::string reference =
        absl::StrCat(event.segment().segment(), " ", enters ? "entered" : "left", " ",
                     absl::ToUnixMicros(tx_.now()));
    return RememberInTimeline(tx_, facts_.customer.key, reference, event).status();
  }

  absl::Status MoveStaged(const PlannedSet& set, bool enters) {
    if (!enters) return Leave(set.key);
    const Membership* live = set.live == 0 ? nullptr : Find(set.live);
    return Enter(set.key, live == nullptr ? tx_.now() : live->enter_time);
  }

  // While the differences between two sets are being published, those about customers whose turn
  // has not come are found when it comes.
  absl::StatusOr<bool> IsAnnounced(const PlannedSet& set) {
    if (set.outgoing == 0) return true;
    ABSL_ASSIGN_OR_RETURN(const auto outgoing, segment_sets::Find(tx_, set.outgoing));
    return !outgoing || facts_.customer.id <= outgoing->announced;
  }

  absl::Status MoveTimer(int64_t set, absl::Time due) {
    ABSL_ASSIGN_OR_RETURN(const auto planned,
                          segment_sets::FindTimer(tx_, set, facts_.customer.key));
    if (due == absl::InfiniteFuture()) {
      return planned ? segment_sets::DeleteTimer(tx_, set, facts_.customer.key) : absl::OkStatus();
    }
    if (planned == due) return absl::OkStatus();
    earliest_timer_ = std::min(earliest_timer_, due);
    return segment_sets::PutTimer(tx_, set, facts_.customer.key, due);
  }

  Transaction& tx_;
  const SegmentPlan& plan_;
  const CustomerFacts& facts_;
  const CustomerRecord record_;
  std::vector<Membership> memberships_;
  absl::Time earliest_timer_ = absl::InfiniteFuture();
};

}  // namespace

absl::StatusOr<absl::Time> MoveCustomer(Transaction& tx, const SegmentPlan& plan,
                                        int64_t customer_key,
                                        const std::vector<const PlannedSet*>& sets) {
  FactNeeds needs;
  for (const PlannedSet* set : sets) needs |= set->needs;
  ABSL_ASSIGN_OR_RETURN(const auto facts, LoadFacts(tx, customer_key, needs, plan.zone));
  if (!facts) {
    // The customer is gone, and with it the reason to look again.
    for (const PlannedSet* set : sets) {
      ABSL_RETURN_IF_ERROR(segment_sets::DeleteTimer(tx, set->key, customer_key));
    }
    return absl::InfiniteFuture();
  }
  CustomerMove move(tx, plan, *facts);
  ABSL_RETURN_IF_ERROR(move.Begin());
  for (const PlannedSet* set : sets) ABSL_RETURN_IF_ERROR(move.Move(*set));
  return move.earliest_timer();
}

absl::Status WakeUpkeep(Transaction& tx, absl::Time due) {
  ABSL_ASSIGN_OR_RETURN(std::optional<Task> task, tasks::FindWaiting(tx, kUpkeepTask));
  if (!task) {
    ABSL_RETURN_IF_ERROR(
        tasks::Schedule(tx, {.kind = kUpkeepTask, .due_time = due, .period = kUpkeepPeriod})
            .status());
  } else if (due < task->due_time) {
    ABSL_RETURN_IF_ERROR(tasks::Reschedule(tx, *task, due));
  }
  ABSL_ASSIGN_OR_RETURN(const segment_sets::State state, segment_sets::LoadState(tx));
  return due < state.timer_due ? segment_sets::SaveTimerDue(tx, due) : absl::OkStatus();
}

absl::Status StageSegment(Transaction& tx, Segment& segment) {
  ABSL_ASSIGN_OR_RETURN(const auto given_up,
                        segment_sets::FindByRole(tx, segment.key, SetRole::kStaged));
  if (given_up) {
    ABSL_RETURN_IF_ERROR(segment_sets::SetRoleOf(tx, given_up->key, SetRole::kDead));
    ABSL_RETURN_IF_ERROR(WakeUpkeep(tx, tx.now()));
  }
  ABSL_ASSIGN_OR_RETURN(const int64_t set,
                        segment_sets::Insert(tx, segment.key, segment.filter, SetRole::kStaged));
  segment.state = SegmentState::kComputing;
  segment.error_code = absl::StatusCode::kOk;
  segment.error_reason.clear();
  segment.error_message.clear();
  segment.ready_time.reset();
  segment.scanned_count = 0;
  segment.scan_total = 0;
  return tasks::Schedule(tx, {.kind = kScanTask,
                              .input = absl::StrCat(set),
                              .resource = rpc::Name("segments", segment.id)})
      .status();
}

void PublishMove(Transaction& tx, absl::string_view segment_id, absl::string_view customer_id,
                 absl::string_view home_store, bool entered) {
  const std::string segment = rpc::Name("segments", segment_id);
  const std::string customer = rpc::Name("customers", customer_id);
  if (entered) {
    v1::SegmentEntered event;
    event.set_segment(segment);
    event.set_customer(customer);
    tx.Publish(PackEvent(customer, home_store, event));
  } else {
    v1::SegmentLeft event;
    event.set_segment(segment);
    event.set_customer(customer);
    tx.Publish(PackEvent(customer, home_store, event));
  }
}

}  // namespace regulars::customer
