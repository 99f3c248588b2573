#include "chassis/privacy/erasure_task.h"

#include <any>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/idempotency.h"
#include "chassis/tasks/task.h"

namespace regulars {
namespace {

constexpr char kErasureTask[] = "erasure";
// Replies that are looked at between two looks at who waits.
constexpr int64_t kPiece = 200;
// People who are looked for in one pass through the replies, and confirmed in one change.
constexpr int64_t kPeopleAtOnce = 500;
// How long the task waits when readers have kept the store's log.
constexpr absl::Duration kLogWait = absl::Seconds(5);

struct Person {
  int64_t key = 0;
  // Both are names.
  std::string erasure;
  std::string customer;
  Cause cause;
};

absl::StatusOr<std::vector<Person>> Oldest(Snapshot& db, int64_t limit) {
  std::vector<Person> people;
  ABSL_RETURN_IF_ERROR(db.Sql("SELECT key, erasure, customer, correlation_id, hops "
                              "FROM pending_erasure ORDER BY key LIMIT ?",
                              limit)
                           .Each<int64_t, std::string, std::string, std::string, int64_t>(
                               [&](int64_t key, std::string erasure, std::string customer,
                                   std::string correlation_id, int64_t hops) {
                                 people.push_back(
                                     {key,
                                      std::move(erasure),
                                      std::move(customer),
                                      {std::move(correlation_id), static_cast<int>(hops)}});
                               }));
  return people;
}

// The cursor: "<erasure that the pass goes up to> <newest reply when it began> <reply it is at>".
struct Pass {
  int64_t upto = 0;
  int64_t last = 0;
  int64_t after = 0;

  bool IsOver() const { return upto > 0 && after >= last; }
};

Pass ReadPass(const std::string& text) {
  Pass pass;
  const std::vector<std::string> parts = absl::StrSplit(text, ' ');
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &pass.upto) ||
      !absl::SimpleAtoi(parts[1], &pass.last) || !absl::SimpleAtoi(parts[2], &pass.after)) {
    return {};
  }
  return pass;
}

std::string WritePass(const Pass& pass) {
  return absl::StrCat(pass.upto, " ", pass.last, " ", pass.after);
}

// Finds any of many customers' names in a text, by its length once.
class Names {
 public:
  explicit Names(const std::vector<Person>& people) {
    for (const Person& person : people) {
      names_.insert(person.customer);
      sizes_.insert(person.customer.size());
    }
  }

  // What stands behind a name in a serialised message may look like more of it.
  bool AreIn(absl::string_view text) const {
    constexpr absl::string_view kBegin = "customers/";
    for (size_t at = text.find(kBegin); at != absl::string_view::npos;
         at = text.find(kBegin, at + kBegin.size())) {
      for (const size_t size : sizes_) {
        if (names_.contains(std::string(text.substr(at, size)))) return true;
      }
    }
    return false;
  }

 private:
  std::set<std::string> names_;
  std::set<size_t> sizes_;
};

absl::Status Confirm(Transaction& tx, const ErasureConfirmation& confirmation,
                     const Person& person) {
  tx.PublishFor(person.cause, confirmation(person.erasure, person.customer));
  return tx.Sql("DELETE FROM pending_erasure WHERE key = ?", person.key).Run();
}

// Before each step; whether the store's log was emptied for it.
absl::StatusOr<std::any> Prepare(Store& store, const Task& task) {
  return std::any(ReadPass(task.cursor).IsOver() && store.EmptyLog());
}

// One pass through the replies serves all who wait when it begins; who comes later, the next. Its
// end is a step of its own, once no file of the store holds what was deleted before.
absl::StatusOr<StepEnd> Step(Transaction& tx, Task& task, bool log_emptied,
                             const ErasureConfirmation& confirmation) {
  ABSL_ASSIGN_OR_RETURN(std::vector<Person> people, Oldest(tx, kPeopleAtOnce));
  if (people.empty()) return StepEnd::Done();
  Pass pass = ReadPass(task.cursor);
  if (pass.upto == 0) {
    pass.upto = people.back().key;
    ABSL_ASSIGN_OR_RETURN(pass.last, rpc::NewestReply(tx));
  }
  while (!people.empty() && people.back().key > pass.upto) people.pop_back();
  if (pass.IsOver() && !task.cursor.empty()) {
    if (!log_emptied) return StepEnd::Later(tx.now() + kLogWait);
    for (const Person& person : people) {
      ABSL_RETURN_IF_ERROR(Confirm(tx, confirmation, person));
    }
    task.cursor.clear();
    return StepEnd::Again();
  }
  const Names names(people);
  task.cursor = WritePass(pass);
  while (pass.after < pass.last) {
    ABSL_ASSIGN_OR_RETURN(
        pass.after,
        rpc::EraseReplies(tx, pass.after, pass.last, kPiece, [&](absl::string_view reply) {
          return absl::StatusOr<bool>(names.AreIn(reply));
        }));
    task.cursor = WritePass(pass);
    if (tx.MustYield()) break;
  }
  return StepEnd::Again();
}

}  // namespace

void AddErasureTask(TaskRunner& runner, Store& store, ErasureConfirmation confirmation) {
  runner.Add(kErasureTask, {.prepare = [&store](const Task& task) { return Prepare(store, task); },
                            .step =
                                [confirmation = std::move(confirmation)](
                                    Transaction& tx, Task& task, const std::any& log_emptied) {
                                  return Step(tx, task, std::any_cast<bool>(log_emptied),
                                              confirmation);
                                },
                            .never_given_up = true});
}

absl::Status ScheduleErasure(Transaction& tx, const Cause& cause, const std::string& erasure,
                             const std::string& customer) {
  ABSL_RETURN_IF_ERROR(tx.Sql("INSERT INTO pending_erasure (erasure, customer, correlation_id, "
                              "hops) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                              erasure, customer, cause.correlation_id, cause.hops)
                           .Run());
  ABSL_ASSIGN_OR_RETURN(const auto waiting, tasks::FindWaiting(tx, kErasureTask));
  if (waiting) return absl::OkStatus();
  ABSL_RETURN_IF_ERROR(tasks::Schedule(tx, {.kind = kErasureTask}).status());
  tx.RingForTasks();
  return absl::OkStatus();
}

}  // namespace regulars
