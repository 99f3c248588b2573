// The import of order lines step by step: whatever happens between two steps, the store says
// afterwards what it says after an undisturbed import.
#include "customer-svc/rpc/import_orders_task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <any>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "chassis/rpc/spool.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"
#include "customer-svc/rpc/import_options.h"
#include "customer-svc/rpc/import_tasks.h"
#include "customer-svc/store/imports.h"
#include "customer-svc/store/schema.h"

namespace regulars::customer {
namespace {

using ::regulars::testing::HasReason;
using ::regulars::testing::TempStore;

// A change that takes one thing at a time: as if others waited always.
StoreOptions AlwaysWaitedFor() {
  StoreOptions options;
  options.writer_limits.slice = absl::ZeroDuration();
  options.writer_limits.slice_when_waited_for = absl::ZeroDuration();
  return options;
}

// Twelve receipts in no order, with a refused line in four, one receipt in two parts, and one
// without a rate.
std::string MakeFile() {
  std::string file = "receipt_number,time,item,quantity,unit_price,customer,currency\n";
  for (int i = 0; i < 12; ++i) {
    const int receipt = i * 7 % 12;
    const char* const time = i % 3 == 1 ? "soon" : "2010-12-01";
    absl::StrAppend(&file, receipt, ",2010-12-", receipt + 10, ",cup,1,2.50,", receipt % 5, ",\n");
    absl::StrAppend(&file, receipt, ",", time, ",jug,1,2.50,,\n");
  }
  return absl::StrCat(file, "3,2010-12-01,can,1,1,3,\n", "99,2010-12-05,cup,1,1,1,USD\n");
}

class ImportOrdersTaskTest : public ::testing::Test {
 protected:
  ImportOrdersTaskTest() : store_(CustomerMigrations(), AlwaysWaitedFor()) {
    auto spool = rpc::Spool::Open(store_.folder() + "/spool", 1 << 20);
    EXPECT_OK(spool);
    spool_ = *std::move(spool);
    environment_ = {.service = "customer", .store = &*store_, .spool = spool_.get()};
    Restart();
  }

  // Whatever the process had in memory is gone.
  void Restart() { kind_ = ImportOrderLinesTask(environment_); }

  // Starts an import; the id of its task.
  std::string Begin(const std::string& bytes, bool dry_run = false) {
    auto upload = spool_->Begin();
    EXPECT_OK((*upload)->Append(bytes));
    const auto file = (*upload)->Finish();
    EXPECT_OK(file);
    v1::OrderLineImportOptions options;
    options.set_source("till");
    options.set_customer_system("card");
    Task task;
    EXPECT_OK(store_.Write([&](Transaction& tx) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(task, StartImport(tx, {.kind = ImportKind::kOrderLines,
                                                   .dry_run = dry_run,
                                                   .size_bytes = file->size_bytes,
                                                   .spool_name = file->name,
                                                   .options = SerializeOptions(options)}));
      return absl::OkStatus();
    }));
    return task.id;
  }

  Task FindTask(const std::string& id) {
    std::optional<Task> task;
    EXPECT_OK(store_.Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(task, tasks::Find(db, id));
      return absl::OkStatus();
    }));
    return task.value_or(Task());
  }

  Import FindImport(const Task& task) {
    std::optional<Import> import;
    EXPECT_OK(store_.Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(import, imports::FindById(db, task.input));
      return absl::OkStatus();
    }));
    return import.value_or(Import());
  }

  // One step, as the runner does it. With `lost` its change is rolled back at the last moment.
  absl::StatusOr<StepEnd> Step(const std::string& id, bool lost = false) {
    ABSL_ASSIGN_OR_RETURN(std::any prepared, kind_.prepare(FindTask(id)));
    absl::StatusOr<StepEnd> end = absl::UnknownError("no step");
    const absl::Status written = store_.Write([&](Transaction& tx) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(std::optional<Task> task, tasks::Find(tx, id));
      end = kind_.step(tx, *task, prepared);
      ABSL_RETURN_IF_ERROR(end.status());
      if (end->next == StepEnd::kDone) task->state = TaskState::kSucceeded;
      if (lost) return absl::AbortedError("lost");
      return tasks::Save(tx, *task);
    });
    if (!lost) ABSL_RETURN_IF_ERROR(written);
    return end;
  }

  // Steps to the end; `between` is called before each with its number. How many there were.
  int Finish(const std::string& id, const std::function<void(int)>& between = nullptr) {
    constexpr int kMaxSteps = 1000;
    for (int i = 0; i < kMaxSteps; ++i) {
      if (between) between(i);
      const auto end = Step(id);
      EXPECT_OK(end);
      if (!end.ok() || end->next == StepEnd::kDone) return i + 1;
      EXPECT_EQ(end->next, StepEnd::kAgain);
    }
    ADD_FAILURE() << "the import does not end";
    return kMaxSteps;
  }

  void Abandon(const std::string& id, TaskState state) {
    Task task = FindTask(id);
    task.state = state;
    task.error = absl::CancelledError("cancelled");
    EXPECT_OK(store_.Write([&](Transaction& tx) -> absl::Status {
      ABSL_RETURN_IF_ERROR(kind_.abandoned(tx, task));
      return tasks::Save(tx, task);
    }));
  }

  // Everything that an import leaves, without ids and times that the service makes.
  std::vector<std::string> Dump() {
    const char* const queries[] = {
        "SELECT source || receipt_number || ' ' || order_time || ' ' || sequence || ' ' || "
        "COALESCE(customer, '') || ' ' || sale_lines FROM customer_order ORDER BY key",
        "SELECT line_id || ' ' || item || ' ' || sequence FROM order_line ORDER BY key",
        "SELECT customer || ' ' || order_count || ' ' || sales_micros FROM purchase_summary "
        "ORDER BY customer",
        "SELECT id || '' FROM customer_external_id ORDER BY id",
        "SELECT type FROM feed ORDER BY position",
        "SELECT line_number || ' ' || reason || ' ' || text FROM import_refusal "
        "ORDER BY line_number",
        "SELECT state || ' ' || lines_read || ' ' || lines_stored || ' ' || lines_refused || ' ' "
        "|| refused || ' ' || orders_created || ' ' || customers_created || ' ' || refusals_kept "
        "FROM import"};
    std::vector<std::string> dump;
    for (const char* query : queries) {
      EXPECT_OK(store_.Read([&](Snapshot& db) {
        return db.Sql(query).Each<std::string>(
            [&](std::string row) { dump.push_back(std::move(row)); });
      }));
    }
    return dump;
  }

  int64_t Spooled() {
    const std::filesystem::directory_iterator files(spool_->folder());
    return std::distance(begin(files), end(files));
  }

  TempStore store_;
  std::unique_ptr<rpc::Spool> spool_;
  rpc::Environment environment_;
  TaskKind kind_;
};

// What an undisturbed import leaves.
class Undisturbed : public ImportOrdersTaskTest {
 public:
  explicit Undisturbed(bool dry_run = false) { steps = Finish(Begin(MakeFile(), dry_run)); }
  using ImportOrdersTaskTest::Dump;
  int steps = 0;

 private:
  void TestBody() override {}
};

TEST_F(ImportOrdersTaskTest, CountsAreThoseOfTheFile) {
  const std::string id = Begin(MakeFile());
  Finish(id);
  const Import import = FindImport(FindTask(id));
  EXPECT_EQ(import.state, ImportState::kDone);
  EXPECT_EQ(import.report.lines_read, 26);
  EXPECT_EQ(import.report.lines_stored, 21);
  EXPECT_EQ(import.report.lines_refused, 5);
  EXPECT_EQ(import.report.refused.at("INVALID_TIME"), 4);
  EXPECT_EQ(import.report.refused.at("RATE_NOT_FOUND"), 1);
  EXPECT_EQ(import.report.orders_created, 12);
  EXPECT_EQ(import.report.customers_created, 5);
  EXPECT_EQ(Spooled(), 0);
}

TEST_F(ImportOrdersTaskTest, KilledBeforeAnyStepItGoesOn) {
  Undisturbed undisturbed;
  const std::string id = Begin(MakeFile());
  // Killed before each step there is: the file is read again for every order.
  Finish(id, [&](int) { Restart(); });
  EXPECT_EQ(Dump(), undisturbed.Dump());
  EXPECT_EQ(Spooled(), 0);
}

TEST_F(ImportOrdersTaskTest, StepsThatAreLostAreDoneAgain) {
  Undisturbed undisturbed;
  const std::string id = Begin(MakeFile());
  Finish(id, [&](int) {
    EXPECT_OK(Step(id, /*lost=*/true));
    EXPECT_OK(Step(id, /*lost=*/true));
  });
  EXPECT_EQ(Dump(), undisturbed.Dump());
}

TEST_F(ImportOrdersTaskTest, DryRunsAreTheSameKilledOrNot) {
  Undisturbed undisturbed(/*dry_run=*/true);
  const std::string id = Begin(MakeFile(), /*dry_run=*/true);
  Finish(id, [&](int step) {
    if (step % 2 == 0) Restart();
  });
  EXPECT_EQ(Dump(), undisturbed.Dump());
  const Import import = FindImport(FindTask(id));
  EXPECT_EQ(import.report.orders_created, 12);
  EXPECT_EQ(import.report.customers_created, 5);
}

TEST_F(ImportOrdersTaskTest, DryRunsCountWhoIsToldOfInSeveralStepsOnce) {
  const std::string head = "receipt_number,time,item,quantity,unit_price,customer,customer_email\n";
  const auto receipts = [&](const std::vector<std::string>& who) {
    std::string file = head;
    for (size_t i = 0; i < who.size(); ++i) {
      absl::StrAppend(&file, i + 1, ",2010-12-1", i, ",cup,1,1,", who[i], "\n");
    }
    return file;
  };
  Finish(Begin(absl::StrCat(head, "0,2010-12-01,cup,1,1,,e7@x.de\n")));
  const std::vector<std::string> who = {",e9@x.de",  "9,e9@x.de", "9,",        "8,",
                                        "8,e8@x.de", ",e8@x.de",  "7,e7@x.de", "7,"};
  for (const bool dry_run : {true, false}) {
    const std::string id = Begin(receipts(who), dry_run);
    Finish(id);
    const Import import = FindImport(FindTask(id));
    EXPECT_EQ(import.report.orders_created, 8) << dry_run;
    EXPECT_EQ(import.report.customers_created, 2) << dry_run;
  }
}

TEST_F(ImportOrdersTaskTest, ProgressGrowsToTheFilesSize) {
  const std::string file = MakeFile();
  const std::string id = Begin(file);
  int64_t before = 0;
  Finish(id, [&](int) {
    const Task task = FindTask(id);
    EXPECT_GE(task.progress_done, before);
    EXPECT_LE(task.progress_done, task.progress_total);
    before = task.progress_done;
  });
  EXPECT_EQ(before, static_cast<int64_t>(file.size()));
}

TEST_F(ImportOrdersTaskTest, CancelledItStopsAndCleansUp) {
  const std::string id = Begin(MakeFile());
  for (int i = 0; i < 10; ++i) ASSERT_OK(Step(id));
  Abandon(id, TaskState::kCancelled);
  const Import import = FindImport(FindTask(id));
  EXPECT_EQ(import.state, ImportState::kCancelled);
  EXPECT_GT(import.report.lines_stored, 0);
  EXPECT_LT(import.report.lines_stored, 21);
  EXPECT_TRUE(import.finish_time.has_value());
  EXPECT_EQ(Spooled(), 0);
  // Another one has its turn at once.
  Finish(Begin(MakeFile()));
  EXPECT_EQ(Spooled(), 0);
}

TEST_F(ImportOrdersTaskTest, WithoutItsFileItFails) {
  const std::string id = Begin(MakeFile());
  std::filesystem::remove(spool_->Path(FindImport(FindTask(id)).spool_name));
  EXPECT_FALSE(Step(id).ok());
  Abandon(id, TaskState::kFailed);
  const Import import = FindImport(FindTask(id));
  EXPECT_EQ(import.state, ImportState::kFailed);
  EXPECT_FALSE(import.error.empty());
  EXPECT_THAT(Step(id), HasReason("IMPORT_ENDED"));
}

TEST_F(ImportOrdersTaskTest, OneWaitsForTheOther) {
  const std::string first = Begin(MakeFile());
  const std::string second = Begin(MakeFile());
  ASSERT_OK(Step(first));
  ASSERT_OK_AND_ASSIGN(const StepEnd waiting, Step(second));
  EXPECT_EQ(waiting.next, StepEnd::kLater);
  Finish(first);
  Finish(second);
  EXPECT_EQ(FindImport(FindTask(second)).report.lines_unchanged, 21);
}

TEST_F(ImportOrdersTaskTest, TooManyAreRefused) {
  for (int i = 0; i < kMaxRunningImports; ++i) Begin("x");
  EXPECT_THAT(store_.Write([](Transaction& tx) {
    return StartImport(tx, {.kind = ImportKind::kCustomers}).status();
  }),
              HasReason("TOO_MANY_IMPORTS"));
}

TEST_F(ImportOrdersTaskTest, OnStartOnlyFilesOfRunningImportsAreKept) {
  const std::string id = Begin(MakeFile());
  auto upload = spool_->Begin();
  ASSERT_OK((*upload)->Append("nobody's"));
  ASSERT_OK((*upload)->Finish());
  EXPECT_EQ(Spooled(), 2);
  EXPECT_OK(PlanImports(environment_));
  EXPECT_EQ(Spooled(), 1);
  Finish(id);
}

}  // namespace
}  // namespace regulars::customer
