// What is left of an erased person after the change that took the customer away, in steps; the last
// one confirms, once no file of the store holds what was deleted before. The task's cursor is
// "<stage> <place>"; its input is the number of the newest reply of that time.
#include <any>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "chassis/base/errors.h"
#include "chassis/base/ids.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/idempotency.h"
#include "chassis/rpc/names.h"
#include "customer-svc/domain/clues.h"
#include "customer-svc/rpc/erasure_changes.h"
#include "customer-svc/rpc/reply_texts.h"
#include "customer-svc/store/behaviour.h"
#include "customer-svc/store/erasure_list.h"
#include "customer-svc/store/imports.h"
#include "customer-svc/store/orders.h"

namespace regulars::customer {
namespace {

using erasures::Erasure;

// Rows that are looked at, or deleted, by one piece of a step.
constexpr int64_t kPiece = 200;
// How long the task waits for an import that may hold the person in its file.
constexpr absl::Duration kImportWait = absl::Seconds(30);
// How long it waits when readers have kept the store's log.
constexpr absl::Duration kLogWait = absl::Seconds(5);

enum Stage { kOrders, kBehaviour, kImports, kReplies, kRefusals, kLog };

struct Cursor {
  int stage = kOrders;
  // Within the stage: a row number, or two joined by ":".
  std::string place;
};

Cursor ReadCursor(const std::string& text) {
  Cursor cursor;
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits(' ', 1));
  if (!absl::SimpleAtoi(parts.first, &cursor.stage)) cursor.stage = kOrders;
  cursor.place = std::string(parts.second);
  return cursor;
}

// One erasure's step.
class ErasureStep {
 public:
  ErasureStep(Transaction& tx, const Task& task, const Erasure& erasure,
              const std::vector<std::string>& clues)
      : tx_(tx), task_(task), erasure_(erasure), clues_(clues), cursor_(ReadCursor(task.cursor)) {}

  // Works until the task is done, must wait, or others want the writer. `log_emptied` is whether
  // all that earlier steps deleted is out of the files.
  absl::StatusOr<StepEnd> Run(bool log_emptied) {
    if (cursor_.stage == kLog) {
      if (!log_emptied) return StepEnd::Later(tx_.now() + kLogWait);
      ABSL_RETURN_IF_ERROR(ConfirmErasure(tx_, erasure_.id, kOwnPart));
      return StepEnd::Done();
    }
    while (cursor_.stage != kLog) {
      ABSL_ASSIGN_OR_RETURN(const bool ended, Piece());
      if (ended) cursor_ = {cursor_.stage + 1, ""};
      if (waits_) return StepEnd::Later(tx_.now() + kImportWait);
      if (tx_.MustYield()) break;
    }
    if (cursor_.stage == kLog) {
      ABSL_RETURN_IF_ERROR(erasures::ForgetClues(tx_, erasure_.key));
    }
    return StepEnd::Again();
  }

  std::string cursor() const { return absl::StrCat(cursor_.stage, " ", cursor_.place); }

 private:
  // Does a bounded piece of the stage; whether it has come to its end.
  absl::StatusOr<bool> Piece() {
    switch (cursor_.stage) {
      case kOrders: {
        ABSL_ASSIGN_OR_RETURN(const bool more, orders::EraseText(tx_));
        return !more;
      }
      case kBehaviour: {
        ABSL_ASSIGN_OR_RETURN(const int64_t deleted, behaviour::DeleteForgotten(tx_, kPiece));
        return deleted == 0;
      }
      case kImports:
        return WaitForImports();
      case kReplies:
        return EraseReplies();
      default:
        return EraseRefusals();
    }
  }

  // A file that was being read when the person was erased may name them: its lines, and what is
  // refused of them, are new facts; but the file itself must be gone before this is over.
  absl::StatusOr<bool> WaitForImports() {
    ABSL_ASSIGN_OR_RETURN(waits_, imports::AnyRunsSince(tx_, erasure_.create_time));
    return !waits_;
  }

  absl::StatusOr<bool> EraseReplies() {
    int64_t last = 0;
    int64_t after = 0;
    if (!absl::SimpleAtoi(task_.input, &last)) last = 0;
    if (!absl::SimpleAtoi(cursor_.place, &after)) after = 0;
    ABSL_ASSIGN_OR_RETURN(
        after, rpc::EraseReplies(tx_, after, last, kPiece,
                                 [this](absl::string_view reply) { return ReplyIsAbout(reply); }));
    cursor_.place = absl::StrCat(after);
    return after >= last;
  }

  absl::StatusOr<bool> ReplyIsAbout(absl::string_view reply) {
    if (absl::StrContains(reply, erasure_.customer)) return true;
    if (AnyText(reply, [this](absl::string_view text) { return clues_.AreIn(text); })) return true;
    // The reply of an order says what its customer bought, whether or not it names them.
    constexpr absl::string_view kOrderPrefix = "orders/";
    for (size_t at = reply.find(kOrderPrefix); at != absl::string_view::npos;
         at = reply.find(kOrderPrefix, at + 1)) {
      const absl::string_view id = reply.substr(at + kOrderPrefix.size(), kIdLength);
      if (!IsId(id)) continue;
      ABSL_ASSIGN_OR_RETURN(const bool erased, orders::IsErasedById(tx_, id));
      if (erased) return true;
    }
    return false;
  }

  absl::StatusOr<bool> EraseRefusals() {
    imports::RefusalPlace after;
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(cursor_.place, absl::MaxSplits(':', 1));
    if (!absl::SimpleAtoi(parts.first, &after.import) ||
        !absl::SimpleAtoi(parts.second, &after.line_number)) {
      after = {};
    }
    ABSL_ASSIGN_OR_RETURN(const auto reached,
                          imports::EraseRefusals(tx_, after, kPiece, [this](const std::string& t) {
                            return clues_.AreIn(t);
                          }));
    if (reached) {
      cursor_.place = absl::StrCat(reached->import, ":", reached->line_number);
      return false;
    }
    ABSL_ASSIGN_OR_RETURN(const bool more, imports::ForgetNewCustomersOfEnded(tx_, kPiece));
    return !more;
  }

  Transaction& tx_;
  const Task& task_;
  const Erasure& erasure_;
  const Clues clues_;
  Cursor cursor_;
  bool waits_ = false;
};

absl::StatusOr<std::optional<Erasure>> FindErasure(Snapshot& db, const Task& task) {
  return erasures::FindById(db, absl::StripPrefix(task.resource, "erasures/"));
}

// Puts the erasure on the list beside the store, before anything else is done about it.
absl::Status List(Store& store, const Task& task) {
  std::optional<Erasure> erasure;
  ABSL_RETURN_IF_ERROR(store.readers().Run(Origin(), [&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(erasure, FindErasure(db, task));
    return absl::OkStatus();
  }));
  if (!erasure) return absl::OkStatus();
  return ErasureList(store.path()).Append({{erasure->id, erasure->customer}});
}

// Before each step; whether the store's log was emptied for it.
absl::StatusOr<std::any> Prepare(Store& store, const Task& task) {
  if (task.cursor.empty()) ABSL_RETURN_IF_ERROR(List(store, task));
  return std::any(ReadCursor(task.cursor).stage == kLog && store.EmptyLog());
}

absl::StatusOr<StepEnd> Step(Transaction& tx, Task& task, const std::any& log_emptied) {
  ABSL_ASSIGN_OR_RETURN(const auto erasure, FindErasure(tx, task));
  if (!erasure) return StepEnd::Done();
  ABSL_ASSIGN_OR_RETURN(const auto clues, erasures::LoadClues(tx, erasure->key));
  ErasureStep step(tx, task, *erasure, clues);
  ABSL_ASSIGN_OR_RETURN(StepEnd end, step.Run(std::any_cast<bool>(log_emptied)));
  task.cursor = step.cursor();
  return end;
}

}  // namespace

TaskKind ErasureTask(Store& store) {
  return {.prepare = [&store](const Task& task) { return Prepare(store, task); },
          .step = Step,
          .never_given_up = true};
}

}  // namespace regulars::customer
