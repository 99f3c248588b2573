#include "customer-svc/rpc/import_orders_task.h"

#include <algorithm>
#include <any>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/span.h"
#include "chassis/base/check.h"
#include "chassis/base/status_macros.h"
#include "customer-svc/rpc/import_options.h"
#include "customer-svc/rpc/import_tasks.h"
#include "customer-svc/rpc/imported_orders.h"
#include "customer-svc/store/imports.h"
#include "customer-svc/store/order_file.h"

namespace regulars::customer {
namespace {

// How long reading goes on between two looks at whether the import was cancelled.
constexpr absl::Duration kReadingSlice = absl::Milliseconds(250);
// What is got ready for one step: more than a step without others waiting works off.
constexpr size_t kBatchLines = 8192;
constexpr size_t kBatchOrders = 4096;
constexpr size_t kRefusalBatch = 256;
constexpr int64_t kForgetBatch = 200;
// How long an import waits before it looks whether the one before it has ended.
constexpr absl::Duration kWaitForTurn = absl::Milliseconds(250);

// Where an import is: the task's cursor.
struct Progress {
  enum Phase : int64_t { kReading = 0, kRefusals = 1, kOrders = 2, kEnd = 3 };
  int64_t phase = kReading;
  // How many refused lines or orders were taken over.
  int64_t position = 0;
  // Whether orders of this file are refused, so that their lines' texts are needed.
  bool with_texts = false;
};

std::string Write(const Progress& p) {
  return absl::StrCat(p.phase, " ", p.position, " ", p.with_texts);
}

Progress ReadProgress(const std::string& cursor) {
  Progress p;
  const std::vector<absl::string_view> parts = absl::StrSplit(cursor, ' ');
  const bool good = parts.size() == 3 && absl::SimpleAtoi(parts[0], &p.phase) &&
                    absl::SimpleAtoi(parts[1], &p.position);
  p.with_texts = good && parts[2] == "1";
  return good ? p : Progress();
}

// An import under way: its file, and what is got ready for the next step.
struct Run {
  std::string task_id;
  std::unique_ptr<OrderFile> file;
  bool ready = false;
  // Taken from the file so far, whatever the phase: refused lines or orders.
  int64_t taken = 0;
  int64_t phase = Progress::kReading;
  std::deque<Refusal> refusals;
  std::deque<PreparedOrder> orders;
};

// The one import that is worked on. The runner's thread prepares, the writer's steps and abandons.
class Slot {
 public:
  // The task's run, empty if it has just begun; null while another one has its turn.
  std::shared_ptr<Run> Take(const std::string& task_id) {
    std::lock_guard lock(mutex_);
    if (run_ == nullptr) {
      run_ = std::make_shared<Run>();
      run_->task_id = task_id;
    }
    return run_->task_id == task_id ? run_ : nullptr;
  }
  void Leave(const std::string& task_id) {
    std::lock_guard lock(mutex_);
    if (run_ != nullptr && run_->task_id == task_id) run_.reset();
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<Run> run_;  // Guarded by mutex_.
};

// Getting ready, outside changes.

absl::Status OpenFile(const rpc::Environment& environment, const Task& task, Run& run) {
  std::optional<Import> import;
  std::optional<OrderReading> reading;
  ABSL_RETURN_IF_ERROR(environment.store->readers().Run({}, [&](Snapshot& db) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(import, LoadRunning(db, task));
    v1::OrderLineImportOptions options;
    if (!options.ParseFromString(import->options)) {
      return absl::DataLossError("the import's options are not readable");
    }
    ABSL_ASSIGN_OR_RETURN(reading, CheckOptions(db, options));
    return absl::OkStatus();
  }));
  ABSL_ASSIGN_OR_RETURN(run.file, OrderFile::Open(environment.spool->Path(import->spool_name),
                                                  environment.spool->folder(), *std::move(reading),
                                                  import->create_time));
  return absl::OkStatus();
}

absl::Status PrepareRefusals(Run& run) {
  if (!run.refusals.empty()) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(auto refusals, run.file->ReadRefusals(kRefusalBatch));
  run.taken += static_cast<int64_t>(refusals.size());
  run.refusals.assign(std::make_move_iterator(refusals.begin()),
                      std::make_move_iterator(refusals.end()));
  return absl::OkStatus();
}

absl::Status ReadTexts(Run& run) {
  for (PreparedOrder& prepared : run.orders) {
    if (!prepared.texts.empty()) continue;
    for (const LinePlace& place : prepared.order.places) {
      ABSL_ASSIGN_OR_RETURN(prepared.texts.emplace_back(), run.file->TextOf(place));
    }
  }
  return absl::OkStatus();
}

absl::Status PrepareOrders(const Progress& progress, Run& run) {
  size_t lines = 0;
  for (const PreparedOrder& prepared : run.orders) lines += prepared.order.places.size();
  while (lines < kBatchLines && run.orders.size() < kBatchOrders) {
    ABSL_ASSIGN_OR_RETURN(auto order, run.file->NextOrder());
    if (!order) break;
    ++run.taken;
    lines += order->places.size();
    run.orders.push_back({*std::move(order), {}});
  }
  return progress.with_texts ? ReadTexts(run) : absl::OkStatus();
}

// Drops what has been taken over by now, or passes over what was before the process began.
absl::Status CatchUp(const Progress& progress, Run& run) {
  if (run.phase != progress.phase) {
    run.phase = progress.phase;
    run.taken = 0;
    run.refusals.clear();
    run.orders.clear();
  }
  const bool orders = progress.phase == Progress::kOrders;
  const auto held = static_cast<int64_t>(orders ? run.orders.size() : run.refusals.size());
  // Things leave the run only when the cursor, which never goes back, has passed them.
  CHECK(progress.position >= run.taken - held);
  const int64_t known = std::min(progress.position - (run.taken - held), held);
  if (orders) {
    run.orders.erase(run.orders.begin(), run.orders.begin() + known);
    const int64_t passed = std::max<int64_t>(0, progress.position - run.taken);
    run.taken += passed;
    return run.file->SkipOrders(passed);
  }
  run.refusals.erase(run.refusals.begin(), run.refusals.begin() + known);
  while (progress.position > run.taken) {
    const auto missing = static_cast<size_t>(progress.position - run.taken);
    ABSL_ASSIGN_OR_RETURN(const auto passed,
                          run.file->ReadRefusals(std::min(missing, kRefusalBatch)));
    if (passed.empty()) return absl::DataLossError("a file has fewer refused lines than before");
    run.taken += static_cast<int64_t>(passed.size());
  }
  return absl::OkStatus();
}

absl::Status Prepare(const rpc::Environment& environment, const Task& task, Run& run) {
  const Progress progress = ReadProgress(task.cursor);
  if (progress.phase == Progress::kEnd) {
    // Nothing of the file is needed any more. It goes before its import ends, not after it, so that
    // no moment leaves one behind.
    run.file.reset();
    std::optional<Import> import;
    ABSL_RETURN_IF_ERROR(environment.store->readers().Run({}, [&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(import, LoadRunning(db, task));
      return absl::OkStatus();
    }));
    environment.spool->Remove(import->spool_name);
    return absl::OkStatus();
  }
  if (run.file == nullptr) ABSL_RETURN_IF_ERROR(OpenFile(environment, task, run));
  if (!run.ready) {
    ABSL_ASSIGN_OR_RETURN(run.ready, run.file->ReadSome(kReadingSlice));
  }
  if (!run.ready || progress.phase == Progress::kReading) return absl::OkStatus();
  ABSL_RETURN_IF_ERROR(CatchUp(progress, run));
  return progress.phase == Progress::kOrders ? PrepareOrders(progress, run) : PrepareRefusals(run);
}

// Steps, within changes.

absl::Status TakeOrders(Transaction& tx, const Run& run, Import& import, Progress& progress) {
  if (run.orders.empty()) {
    progress = {.phase = Progress::kEnd};
    return absl::OkStatus();
  }
  ABSL_ASSIGN_OR_RETURN(const RecordedOrders recorded,
                        RecordOrders(tx, import, run.file->rows(), run.orders));
  progress.with_texts |= recorded.needs_texts;
  import.report.Add(recorded.counts);
  ABSL_RETURN_IF_ERROR(imports::AddRefusals(tx, import, recorded.refusals));
  progress.position += recorded.orders;
  return imports::SaveReport(tx, import);
}

absl::Status TakeRefusals(Transaction& tx, const Run& run, Import& import, Progress& progress) {
  if (run.refusals.empty()) {
    progress = {.phase = Progress::kOrders};
    return absl::OkStatus();
  }
  for (const Refusal& refusal : run.refusals) {
    ABSL_RETURN_IF_ERROR(imports::AddRefusals(tx, import, absl::MakeConstSpan(&refusal, 1)));
    ++progress.position;
    if (tx.MustYield()) break;
  }
  return imports::SaveReport(tx, import);
}

// Bytes of the file worked off: reading it is the first half of the work, recording the second.
int64_t BytesDone(const Run& run, const Import& import, const Progress& progress) {
  if (progress.phase == Progress::kEnd) return import.size_bytes;
  // A file that was turned into UTF-8 may be longer than the one that was sent.
  const int64_t read = std::min(run.file->bytes_read(), import.size_bytes) / 2;
  if (progress.phase != Progress::kOrders || run.file->order_count() == 0) return read;
  const int64_t half = import.size_bytes / 2;
  return half + static_cast<int64_t>(static_cast<__int128>(import.size_bytes - half) *
                                     progress.position / run.file->order_count());
}

absl::StatusOr<StepEnd> Step(Transaction& tx, Task& task, Run& run) {
  Progress progress = ReadProgress(task.cursor);
  ABSL_ASSIGN_OR_RETURN(Import import, LoadRunning(tx, task));
  switch (progress.phase) {
    case Progress::kReading:
      if (!run.ready) break;
      import.report.Add(run.file->report());
      ABSL_RETURN_IF_ERROR(imports::SaveReport(tx, import));
      progress = {.phase = Progress::kRefusals};
      break;
    case Progress::kRefusals:
      if (run.ready) ABSL_RETURN_IF_ERROR(TakeRefusals(tx, run, import, progress));
      break;
    case Progress::kOrders:
      if (run.ready) ABSL_RETURN_IF_ERROR(TakeOrders(tx, run, import, progress));
      break;
    default: {
      ABSL_ASSIGN_OR_RETURN(const bool more,
                            imports::ForgetNewCustomers(tx, import.key, kForgetBatch));
      if (!more) return FinishImport(tx, std::move(import));
    }
  }
  task.cursor = Write(progress);
  task.progress_done = std::max(task.progress_done, BytesDone(run, import, progress));
  return StepEnd::Again();
}

}  // namespace

TaskKind ImportOrderLinesTask(const rpc::Environment& environment) {
  auto slot = std::make_shared<Slot>();
  return {
      .prepare = [&environment, slot](const Task& task) -> absl::StatusOr<std::any> {
        std::shared_ptr<Run> run = slot->Take(task.id);
        if (run == nullptr) return run;
        ABSL_RETURN_IF_ERROR(Prepare(environment, task, *run));
        return run;
      },
      .step = [slot](Transaction& tx, Task& task, std::any& prepared) -> absl::StatusOr<StepEnd> {
        const auto& run = std::any_cast<const std::shared_ptr<Run>&>(prepared);
        if (run == nullptr) return StepEnd::Later(tx.now() + kWaitForTurn);
        absl::StatusOr<StepEnd> end = Step(tx, task, *run);
        if (end.ok() && end->next == StepEnd::kDone) slot->Leave(task.id);
        return end;
      },
      // Tried again, it reads the file anew; others may go first.
      .dropped = [slot](const Task& task) { slot->Leave(task.id); },
      .abandoned =
          [&environment, slot](Transaction& tx, const Task& task) {
            slot->Leave(task.id);
            return AbandonImport(tx, task, *environment.spool);
          }};
}

}  // namespace regulars::customer
