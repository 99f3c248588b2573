#include "customer-svc/rpc/memberships.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/names.h"
#include "customer-svc/rpc/segment_moves.h"
#include "customer-svc/rpc/segment_plan.h"
#include "customer-svc/store/customer_filter.h"
#include "customer-svc/store/customers.h"
#include "customer-svc/store/rfm.h"
#include "customer-svc/store/segment_sets.h"
#include "customer-svc/store/segments.h"

namespace regulars::customer {
namespace {

// Whether the search for a staged set's members has passed the customer: then it is kept up to
// date; before, the search will find whatever is true then.
absl::StatusOr<bool> IsScanned(Snapshot& db, const PlannedSet& set, int64_t customer_key) {
  ABSL_ASSIGN_OR_RETURN(const auto stored, segment_sets::Find(db, set.key));
  return stored && customer_key <= stored->scanned;
}

absl::StatusOr<std::vector<const PlannedSet*>> SetsConcerned(Snapshot& db, const SegmentPlan& plan,
                                                             int64_t customer_key,
                                                             FactGroups changed) {
  std::vector<const PlannedSet*> sets;
  for (const PlannedSet& set : plan.sets) {
    if ((set.needs.groups & changed) == 0) continue;
    if (set.role == SetRole::kStaged) {
      ABSL_ASSIGN_OR_RETURN(const bool scanned, IsScanned(db, set, customer_key));
      if (!scanned) continue;
    }
    sets.push_back(&set);
  }
  return sets;
}

// Takes a customer who is going away out of one set.
absl::Status TakeOut(Transaction& tx, const customers::CustomerRef& customer, int64_t set_key) {
  ABSL_ASSIGN_OR_RETURN(const auto set, segment_sets::Find(tx, set_key));
  if (!set || set->role == SetRole::kDead) return absl::OkStatus();  // Soon gone as a whole.
  ABSL_RETURN_IF_ERROR(segment_sets::RemoveMember(tx, set_key, customer.id));
  // What followers know is in the outgoing set until it is announced, then in the live one.
  bool known = set->role == SetRole::kLive;
  if (set->role == SetRole::kOutgoing) {
    known = customer.id > set->announced;
  } else if (known) {
    ABSL_ASSIGN_OR_RETURN(const auto outgoing,
                          segment_sets::FindByRole(tx, set->segment_key, SetRole::kOutgoing));
    known = !outgoing || customer.id <= outgoing->announced;
  }
  if (!known) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const auto segment, segments::FindByKey(tx, set->segment_key));
  if (segment) PublishMove(tx, segment->id, customer.id, customer.home_store, /*entered=*/false);
  return absl::OkStatus();
}

absl::Status CheckReadable(const Segment& segment, absl::string_view filter,
                           const filter::Schema& schema) {
  if (CompileCustomerFilter(filter, schema).ok()) return absl::OkStatus();
  const std::string name = rpc::Name("segments", segment.id);
  return Error(absl::StatusCode::kFailedPrecondition,
               absl::StrCat("the filter of '", name, "' names it"),
               {.reason = "ATTRIBUTE_IN_USE", .metadata = {{"segment", name}}});
}

}  // namespace

absl::Status MoveMemberships(Transaction& tx, int64_t customer_key, FactGroups changed) {
  ABSL_ASSIGN_OR_RETURN(const segment_sets::State state, segment_sets::LoadState(tx));
  if (state.plan.empty()) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const auto plan, LoadPlan(tx, state.plan));
  ABSL_ASSIGN_OR_RETURN(const auto sets, SetsConcerned(tx, *plan, customer_key, changed));
  if (sets.empty()) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const absl::Time timer, MoveCustomer(tx, *plan, customer_key, sets));
  return timer < state.timer_due ? WakeUpkeep(tx, timer) : absl::OkStatus();
}

absl::Status ForgetMemberships(Transaction& tx, int64_t customer_key) {
  ABSL_ASSIGN_OR_RETURN(const auto customer, customers::FindByKey(tx, customer_key));
  if (!customer) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const auto memberships, segment_sets::MembershipsOf(tx, customer->id));
  for (const segment_sets::Membership& membership : memberships) {
    ABSL_RETURN_IF_ERROR(TakeOut(tx, *customer, membership.set));
  }
  ABSL_ASSIGN_OR_RETURN(const auto plan, LoadPlan(tx));
  for (const PlannedSet& set : plan->sets) {
    if (!set.depends_on_time) continue;
    ABSL_RETURN_IF_ERROR(segment_sets::DeleteTimer(tx, set.key, customer_key));
  }
  return rfm::Forget(tx, customer_key);
}

absl::Status AttributeDefinitionsChanged(Transaction& tx) {
  ABSL_ASSIGN_OR_RETURN(const filter::Schema schema, LoadCustomerSchema(tx));
  ABSL_ASSIGN_OR_RETURN(const auto all, segments::List(tx, "", kMaxSegments));
  for (const Segment& segment : all) {
    ABSL_RETURN_IF_ERROR(CheckReadable(segment, segment.filter, schema));
    // While a new filter's members are being found the one before is in force.
    ABSL_ASSIGN_OR_RETURN(const auto live,
                          segment_sets::FindByRole(tx, segment.key, SetRole::kLive));
    if (live) ABSL_RETURN_IF_ERROR(CheckReadable(segment, live->filter, schema));
  }
  return RefreshPlan(tx);
}

absl::Status RecomputeSegments(Transaction& tx) {
  ABSL_ASSIGN_OR_RETURN(auto all, segments::List(tx, "", kMaxSegments));
  for (Segment& segment : all) {
    ABSL_RETURN_IF_ERROR(StageSegment(tx, segment));
    ABSL_RETURN_IF_ERROR(segments::Update(tx, segment));
  }
  return RefreshPlan(tx);
}

}  // namespace regulars::customer
