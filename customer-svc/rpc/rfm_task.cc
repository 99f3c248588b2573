#include "customer-svc/rpc/rfm_task.h"

#include <algorithm>
#include <any>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "chassis/base/errors.h"
#include "chassis/base/money.h"
#include "chassis/base/status_macros.h"
#include "chassis/rpc/timestamps.h"
#include "customer-svc/domain/company_day.h"
#include "customer-svc/domain/rfm.h"
#include "customer-svc/rpc/events.h"
#include "customer-svc/rpc/memberships.h"
#include "customer-svc/rpc/segment_plan.h"
#include "customer-svc/store/orders.h"
#include "customer-svc/store/rfm.h"
#include "customer-svc/store/settings.h"
#include "google/protobuf/any.pb.h"
#include "regulars/customer/v1/events.pb.h"

namespace regulars::customer {
namespace {

constexpr char kTableName[] = "rfmTable";
// Rows written, compared or deleted between two looks at whether others wait.
constexpr size_t kWriteBatch = 64;
constexpr int64_t kCompareBatch = 64;
constexpr int64_t kDeleteBatch = 500;

// Where a scoring is: the task's cursor.
struct Progress {
  enum Phase : int64_t { kWrite = 0, kMove = 1, kClean = 2 };
  int64_t phase = kWrite;
  int64_t version = 0;
  // The version before, once the new one counts.
  int64_t before = 0;
  // kWrite: customers written. kMove: key of the last customer looked at.
  int64_t position = 0;
  // Days since 1970-01-01.
  int64_t as_of = 0;
};

std::string Write(const Progress& p) {
  return absl::StrCat(p.phase, " ", p.version, " ", p.before, " ", p.position, " ", p.as_of);
}

// nullopt for the empty cursor of a task that has not begun.
std::optional<Progress> ReadProgress(const std::string& cursor) {
  Progress p;
  const std::vector<absl::string_view> parts = absl::StrSplit(cursor, ' ');
  const bool good = parts.size() == 5 && absl::SimpleAtoi(parts[0], &p.phase) &&
                    absl::SimpleAtoi(parts[1], &p.version) &&
                    absl::SimpleAtoi(parts[2], &p.before) &&
                    absl::SimpleAtoi(parts[3], &p.position) && absl::SimpleAtoi(parts[4], &p.as_of);
  return good ? std::optional<Progress>(p) : std::nullopt;
}

// The figures of all customers at one moment.
struct Figures {
  struct Row {
    int64_t customer_key = 0;
    RfmFigures figures;
  };
  std::string task_id;
  absl::CivilDay as_of;
  std::vector<Row> rows;
  std::optional<RfmScales> scales;
  // The version that they are being written as; 0 before the first step.
  int64_t version = 0;
};

absl::StatusOr<absl::CivilDay> ScoringDay(Snapshot& db, RfmDay day,
                                          const CompanySettings& settings) {
  if (day == RfmDay::kAfterLastOrder) {
    ABSL_ASSIGN_OR_RETURN(const auto latest, orders::LatestTime(db));
    if (latest) return settings.DayOf(*latest) + 1;
  }
  return Today(db.now(), settings.zone);
}

absl::Status ReadFigures(Snapshot& db, RfmDay day, Figures& figures) {
  ABSL_ASSIGN_OR_RETURN(const CompanySettings settings, settings::Load(db));
  ABSL_ASSIGN_OR_RETURN(figures.as_of, ScoringDay(db, day, settings));
  ABSL_RETURN_IF_ERROR(rfm::ForEachCandidate(db, [&](const rfm::Candidate& candidate) {
    const absl::CivilDay last = settings.DayOf(candidate.last_order_time);
    // Orders may lie a day ahead.
    const int64_t recency_days = std::max<int64_t>(figures.as_of - last, 0);
    figures.rows.push_back(
        {candidate.customer_key, {recency_days, candidate.order_days, candidate.revenue_micros}});
  }));
  std::vector<RfmFigures> values;
  values.reserve(figures.rows.size());
  for (const Figures::Row& row : figures.rows) values.push_back(row.figures);
  figures.scales = MakeScales(values);
  return absl::OkStatus();
}

ScoreFacts ScoreOf(const Figures& figures, const RfmFigures& of) {
  return {.scores = figures.scales->Score(of), .figures = of};
}

std::vector<rfm::Cell> CountCells(const Figures& figures) {
  struct Sums {
    int64_t customer_count = 0;
    __int128 revenue_micros = 0;
  };
  std::map<RfmScores, Sums> cells;
  for (const Figures::Row& row : figures.rows) {
    Sums& sums = cells[figures.scales->Score(row.figures)];
    ++sums.customer_count;
    sums.revenue_micros += row.figures.revenue_micros;
  }
  std::vector<rfm::Cell> list;
  for (const auto& [scores, sums] : cells) {
    list.push_back({scores, sums.customer_count, NearestInt64(sums.revenue_micros)});
  }
  return list;
}

// Whether a sum stands for one that 64 bits do not hold; or it is the very number, to the
// millionth.
bool IsCapped(int64_t sum) {
  return sum == std::numeric_limits<int64_t>::max() || sum == std::numeric_limits<int64_t>::min();
}

// From now on the new scores count.
absl::Status Switch(Transaction& tx, const Figures& figures, Progress& progress) {
  ABSL_ASSIGN_OR_RETURN(const auto before, rfm::LoadScoring(tx));
  const rfm::Scoring scoring{.version = progress.version,
                             .as_of = figures.as_of,
                             .compute_time = tx.now(),
                             .customer_count = static_cast<int64_t>(figures.rows.size())};
  ABSL_RETURN_IF_ERROR(rfm::Switch(tx, scoring, CountCells(figures)));
  progress.phase = Progress::kMove;
  progress.before = before ? before->version : 0;
  progress.position = 0;
  v1::RfmComputed event;
  event.set_as_of(absl::FormatCivilTime(scoring.as_of));
  event.set_customer_count(scoring.customer_count);
  tx.Publish(PackEvent(kTableName, "", event));
  return absl::OkStatus();
}

absl::Status WriteSome(Transaction& tx, Figures& figures, Progress& progress) {
  if (figures.version == 0 || figures.version != progress.version) {
    progress = {.as_of = ToDayNumber(figures.as_of)};
    ABSL_ASSIGN_OR_RETURN(progress.version, rfm::NewVersion(tx));
    figures.version = progress.version;
  }
  auto at = static_cast<size_t>(progress.position);
  do {
    const size_t end = std::min(at + kWriteBatch, figures.rows.size());
    for (; at < end; ++at) {
      const Figures::Row& row = figures.rows[at];
      ABSL_RETURN_IF_ERROR(
          rfm::Insert(tx, progress.version, row.customer_key, ScoreOf(figures, row.figures)));
    }
  } while (at < figures.rows.size() && !tx.MustYield());
  progress.position = static_cast<int64_t>(at);
  return at < figures.rows.size() ? absl::OkStatus() : Switch(tx, figures, progress);
}

// Whether segments see no difference.
bool LooksTheSame(const rfm::Changed& changed, const std::vector<int64_t>& fields) {
  if (changed.before.has_value() != changed.after.has_value()) return false;
  return std::all_of(fields.begin(), fields.end(), [&](int64_t field) {
    return ScoreField(*changed.before, field) == ScoreField(*changed.after, field);
  });
}

absl::Status MoveSome(Transaction& tx, Progress& progress) {
  do {
    ABSL_ASSIGN_OR_RETURN(const auto plan, LoadPlan(tx));
    const bool asked_for = !plan->score_fields.empty();
    std::vector<rfm::Changed> batch;
    if (asked_for) {
      ABSL_ASSIGN_OR_RETURN(batch, rfm::Compare(tx, progress.before, progress.version,
                                                progress.position, kCompareBatch));
    }
    if (batch.empty()) {
      progress.phase = Progress::kClean;
      return absl::OkStatus();
    }
    for (const rfm::Changed& changed : batch) {
      progress.position = changed.customer_key;
      if (LooksTheSame(changed, plan->score_fields)) continue;
      ABSL_RETURN_IF_ERROR(MoveMemberships(tx, changed.customer_key, kScoreFacts));
    }
  } while (!tx.MustYield());
  return absl::OkStatus();
}

// Whether all is clean.
absl::StatusOr<bool> CleanSome(Transaction& tx) {
  bool more = true;
  do {
    ABSL_ASSIGN_OR_RETURN(more, rfm::DeleteOthers(tx, kDeleteBatch));
  } while (more && !tx.MustYield());
  return !more;
}

absl::StatusOr<std::string> Result(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(const auto table, LoadRfmTable(db));
  google::protobuf::Any any;
  any.PackFrom(table.value_or(v1::RfmTable()));
  return any.SerializeAsString();
}

absl::StatusOr<StepEnd> Step(Transaction& tx, Task& task, Figures& figures) {
  Progress progress = ReadProgress(task.cursor).value_or(Progress());
  bool done = false;
  if (progress.phase == Progress::kWrite) {
    ABSL_RETURN_IF_ERROR(WriteSome(tx, figures, progress));
    task.progress_total = static_cast<int64_t>(figures.rows.size());
    task.progress_done =
        progress.phase == Progress::kWrite ? progress.position : task.progress_total;
  } else if (progress.phase == Progress::kMove) {
    ABSL_RETURN_IF_ERROR(MoveSome(tx, progress));
  } else {
    ABSL_ASSIGN_OR_RETURN(done, CleanSome(tx));
  }
  task.cursor = Write(progress);
  // Due again now, behind whatever has been waiting longer.
  if (!done) return StepEnd::Later(tx.now());
  ABSL_ASSIGN_OR_RETURN(std::string result, Result(tx));
  return StepEnd::Done(std::move(result));
}

RfmDay DayOfInput(const std::string& input) {
  return input == absl::StrCat(static_cast<int64_t>(RfmDay::kAfterLastOrder))
             ? RfmDay::kAfterLastOrder
             : RfmDay::kToday;
}

absl::Time NextNight(Snapshot& db, const CompanySettings& settings) {
  return DayStart(Today(db.now(), settings.zone) + 1, settings.zone);
}

absl::StatusOr<StepEnd> StepNight(Transaction& tx) {
  ABSL_ASSIGN_OR_RETURN(const CompanySettings settings, settings::Load(tx));
  if (settings.rfm_nightly) {
    const absl::Status started = StartRfm(tx, settings.rfm_day).status();
    if (!started.ok() && started.code() != absl::StatusCode::kAborted) return started;
  }
  return StepEnd::Later(NextNight(tx, settings));
}

}  // namespace

absl::StatusOr<Task> StartRfm(Transaction& tx, RfmDay day) {
  ABSL_ASSIGN_OR_RETURN(const auto running, tasks::FindWaiting(tx, kRfmTask));
  if (running) return Aborted("RFM_RUNNING", "scores are being worked out already");
  ABSL_ASSIGN_OR_RETURN(const std::string id,
                        tasks::Schedule(tx, {.kind = kRfmTask,
                                             .input = absl::StrCat(static_cast<int64_t>(day)),
                                             .resource = kTableName}));
  ABSL_ASSIGN_OR_RETURN(auto task, tasks::Find(tx, id));
  if (!task) return absl::DataLossError("a task has vanished");
  return *std::move(task);
}

std::string DescribeRfmTask(const Task& task) {
  v1::ComputeRfmMetadata metadata;
  if (const auto progress = ReadProgress(task.cursor)) {
    metadata.set_as_of(absl::FormatCivilTime(FromDayNumber(progress->as_of)));
  }
  metadata.mutable_progress()->set_done(task.progress_done);
  metadata.mutable_progress()->set_total(task.progress_total);
  google::protobuf::Any any;
  any.PackFrom(metadata);
  return any.SerializeAsString();
}

absl::StatusOr<std::optional<v1::RfmTable>> LoadRfmTable(Snapshot& db) {
  ABSL_ASSIGN_OR_RETURN(const auto scoring, rfm::LoadScoring(db));
  if (!scoring) return std::optional<v1::RfmTable>();
  ABSL_ASSIGN_OR_RETURN(const CompanySettings settings, settings::Load(db));
  ABSL_ASSIGN_OR_RETURN(const auto cells, rfm::LoadCells(db, scoring->version));
  v1::RfmTable table;
  table.set_name(kTableName);
  table.set_as_of(absl::FormatCivilTime(scoring->as_of));
  *table.mutable_compute_time() = rpc::ToTimestamp(scoring->compute_time);
  table.set_customer_count(scoring->customer_count);
  for (const rfm::Cell& cell : cells) {
    v1::RfmTable::Cell& out = *table.add_cells();
    out.set_recency(static_cast<int32_t>(cell.scores.recency));
    out.set_frequency(static_cast<int32_t>(cell.scores.frequency));
    out.set_monetary(static_cast<int32_t>(cell.scores.monetary));
    out.set_customer_count(cell.customer_count);
    out.mutable_revenue()->set_micros(cell.revenue_micros);
    out.mutable_revenue()->set_currency_code(settings.base_currency);
    out.set_revenue_capped(IsCapped(cell.revenue_micros));
  }
  return std::optional<v1::RfmTable>(std::move(table));
}

TaskKind RfmTask(Store& store) {
  // The runner works on one task at a time: the figures of one scoring are enough.
  auto current = std::make_shared<std::unique_ptr<Figures>>();
  return {.prepare = [&store, current](const Task& task) -> absl::StatusOr<std::any> {
            const auto progress = ReadProgress(task.cursor).value_or(Progress());
            if (progress.phase != Progress::kWrite) {
              current->reset();
            } else if (*current == nullptr || (*current)->task_id != task.id) {
              auto figures = std::make_unique<Figures>();
              figures->task_id = task.id;
              ABSL_RETURN_IF_ERROR(store.readers().Run({}, [&](Snapshot& db) {
                return ReadFigures(db, DayOfInput(task.input), *figures);
              }));
              *current = std::move(figures);
            }
            return std::any();
          },
          .step = [current](Transaction& tx, Task& task, std::any&) -> absl::StatusOr<StepEnd> {
            Figures none;
            return Step(tx, task, *current != nullptr ? **current : none);
          },
          .abandoned =
              [current](Transaction&, const Task&) {
                current->reset();
                return absl::OkStatus();
              }};
}

TaskKind RfmNightTask() {
  return {.step = [](Transaction& tx, Task&, std::any&) { return StepNight(tx); }};
}

absl::Status ScheduleRfmNights(Transaction& tx) {
  ABSL_ASSIGN_OR_RETURN(const CompanySettings settings, settings::Load(tx));
  return tasks::ScheduleRecurring(tx, kRfmNightTask, absl::Hours(24), NextNight(tx, settings));
}

absl::Status MoveRfmNight(Transaction& tx) {
  ABSL_ASSIGN_OR_RETURN(const auto task, tasks::FindWaiting(tx, kRfmNightTask));
  // One that is due or failed runs soon, and then waits for the new midnight by itself.
  if (!task || task->due_time <= tx.now() || task->attempts > 0) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const CompanySettings settings, settings::Load(tx));
  return tasks::Reschedule(tx, *task, NextNight(tx, settings));
}

}  // namespace regulars::customer
