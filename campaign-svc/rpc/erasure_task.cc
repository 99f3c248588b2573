#include "campaign-svc/rpc/erasure_task.h"

#include <any>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "chassis/base/status_macros.h"
#include "chassis/feed/event.h"
#include "chassis/rpc/idempotency.h"
#include "chassis/tasks/task.h"
#include "regulars/campaign/v1/events.pb.h"

namespace regulars::campaign {
namespace {

constexpr char kErasureTask[] = "erasure";
// Replies that are looked at between two looks at who waits.
constexpr int64_t kPiece = 200;

// The input: "<erasure> <customer> <number of the newest reply then>"; opaque names, no data.
struct Input {
  std::string erasure;
  std::string customer;
  int64_t last = 0;
};

Input ReadInput(const std::string& text) {
  Input input;
  const std::vector<std::string> parts = absl::StrSplit(text, ' ');
  if (parts.size() != 3) return input;
  input.erasure = parts[0];
  input.customer = parts[1];
  if (!absl::SimpleAtoi(parts[2], &input.last)) input.last = 0;
  return input;
}

absl::StatusOr<StepEnd> Step(Transaction& tx, Task& task, std::any&) {
  const Input input = ReadInput(task.input);
  int64_t after = 0;
  if (!absl::SimpleAtoi(task.cursor, &after)) after = 0;
  while (after < input.last) {
    ABSL_ASSIGN_OR_RETURN(
        after, rpc::EraseReplies(tx, after, input.last, kPiece, [&](absl::string_view reply) {
          return absl::StatusOr<bool>(absl::StrContains(reply, input.customer));
        }));
    task.cursor = absl::StrCat(after);
    if (after < input.last && tx.MustYield()) return StepEnd::Again();
  }
  v1::ErasureConfirmed confirmed;
  confirmed.set_erasure(input.erasure);
  confirmed.set_customer(input.customer);
  tx.Publish(PackEvent(input.erasure, "", confirmed));
  return StepEnd::Done();
}

}  // namespace

void AddErasureTask(TaskRunner& runner) { runner.Add(kErasureTask, {.step = Step}); }

absl::Status ScheduleErasure(Transaction& tx, const std::string& erasure,
                             const std::string& customer) {
  ABSL_ASSIGN_OR_RETURN(const int64_t last, rpc::NewestReply(tx));
  ABSL_RETURN_IF_ERROR(
      tasks::Schedule(
          tx, {.kind = kErasureTask, .input = absl::StrCat(erasure, " ", customer, " ", last)})
          .status());
  tx.RingForTasks();
  return absl::OkStatus();
}

}  // namespace regulars::campaign
