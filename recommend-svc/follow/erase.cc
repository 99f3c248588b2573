#include "recommend-svc/follow/erase.h"

#include <any>
#include <optional>

#include "absl/strings/strip.h"
#include "chassis/base/status_macros.h"
#include "chassis/feed/event.h"
#include "chassis/feed/follow_tables.h"
#include "chassis/privacy/erasure_task.h"
#include "chassis/rpc/names.h"
#include "chassis/tasks/task.h"
#include "recommend-svc/store/customers.h"
#include "regulars/recommend/v1/events.pb.h"

namespace regulars::recommend {
namespace {

constexpr char kForgetTask[] = "forget_customers";

Event ErasureConfirmed(const std::string& erasure_name, const std::string& customer_name) {
  v1::ErasureConfirmed confirmed;
  confirmed.set_erasure(erasure_name);
  confirmed.set_customer(customer_name);
  return PackEvent(erasure_name, "", confirmed);
}

// Leaves the rest of what is to be forgotten to the task.
absl::Status GoOnLater(Transaction& tx, const customers::Forgotten& forgotten) {
  ABSL_RETURN_IF_ERROR(customers::NoteForgotten(tx, forgotten));
  ABSL_ASSIGN_OR_RETURN(const auto waiting, tasks::FindWaiting(tx, kForgetTask));
  return waiting ? absl::OkStatus() : tasks::Schedule(tx, {.kind = kForgetTask}).status();
}

absl::StatusOr<StepEnd> ForgetStep(Transaction& tx) {
  do {
    ABSL_ASSIGN_OR_RETURN(const auto forgotten, customers::FirstForgotten(tx));
    if (!forgotten) return StepEnd::Done();
    ABSL_ASSIGN_OR_RETURN(const int64_t detached,
                          customers::Detach(tx, forgotten->key, kReceiptsAtOnce));
    if (detached == kReceiptsAtOnce) continue;
    ABSL_ASSIGN_OR_RETURN(const bool last, customers::DropForgotten(tx, *forgotten));
    if (last && !forgotten->erasure.empty()) {
      ABSL_RETURN_IF_ERROR(ScheduleErasure(tx, forgotten->cause, forgotten->erasure,
                                           rpc::Name("customers", forgotten->id)));
    }
  } while (!tx.MustYield());
  return StepEnd::Again();
}

}  // namespace

absl::Status Forget(Transaction& tx, absl::string_view customer_name) {
  const absl::string_view id = absl::StripPrefix(customer_name, "customers/");
  ABSL_ASSIGN_OR_RETURN(const std::optional<int64_t> key, customers::FindKey(tx, id));
  if (!key) return absl::OkStatus();
  ABSL_RETURN_IF_ERROR(customers::Forget(tx, *key));
  ABSL_ASSIGN_OR_RETURN(const int64_t detached, customers::Detach(tx, *key, kReceiptsAtOnce));
  if (detached < kReceiptsAtOnce) return absl::OkStatus();
  return GoOnLater(tx, {.key = *key, .id = std::string(id)});
}

absl::Status Erase(Transaction& tx, const std::string& erasure_name,
                   const std::string& customer_name) {
  const absl::string_view id = absl::StripPrefix(absl::string_view(customer_name), "customers/");
  ABSL_RETURN_IF_ERROR(Forget(tx, customer_name));
  ABSL_RETURN_IF_ERROR(customers::RememberErased(tx, id));
  ABSL_ASSIGN_OR_RETURN(const bool goes_on, customers::NoteErasure(tx, id, erasure_name));
  // What waits there would bring nothing back, and names the person.
  ABSL_RETURN_IF_ERROR(follow::UnparkSubject(tx, customer_name));
  if (goes_on) return absl::OkStatus();
  return ScheduleErasure(tx, tx.origin().cause(), erasure_name, customer_name);
}

void AddForgetTasks(TaskRunner& runner, Store& store) {
  runner.Add(kForgetTask, {.step = [](Transaction& tx, Task&, std::any&) { return ForgetStep(tx); },
                           .never_given_up = true});
  AddErasureTask(runner, store, ErasureConfirmed);
}

}  // namespace regulars::recommend
