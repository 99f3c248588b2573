// The import of customers step by step: whatever happens between two steps, the store says
// afterwards what it says after an undisturbed import.
#include "customer-svc/rpc/import_customers_task.h"

#include <gtest/gtest.h>

#include <any>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "chassis/rpc/spool.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/temp_store.h"
#include "customer-svc/rpc/customer_changes.h"
#include "customer-svc/rpc/import_options.h"
#include "customer-svc/rpc/import_tasks.h"
#include "customer-svc/store/customers.h"
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

constexpr int kPeople = 12;

// Every third person stands there three times, and one of their lines is refused.
std::string MakeFile() {
  std::string file = "external_id,email,given_name,tags,birthday\n";
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < kPeople; ++i) {
      if (round > 0 && i % 3 != 0) continue;
      absl::StrAppend(&file, round == 1 ? "" : absl::StrCat(i), ",p", i, "@example.com,Name", round,
                      ",t", round, ",", round == 2 && i == 3 ? "2999-01-01" : "", "\n");
    }
  }
  return absl::StrCat(file, "torn\n");
}

// A store with an import in it.
class World {
 public:
  World() : store_(CustomerMigrations(), AlwaysWaitedFor()) {
    auto spool = rpc::Spool::Open(store_.folder() + "/spool", 1 << 20);
    EXPECT_OK(spool);
    spool_ = *std::move(spool);
    environment_ = {.service = "customer", .store = &*store_, .spool = spool_.get()};
    Restart();
    Upsert({.given_name = "Old", .external_ids = {{"erp", "3"}}});
  }

  // Whatever the process had in memory is gone.
  void Restart() { kind_ = ImportCustomersTask(environment_); }

  void Upsert(const Customer& customer) {
    EXPECT_OK(store_.Write([&](Transaction& tx) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(CustomerContext context, LoadCustomerContext(tx));
      return ApplyUpsert(tx, context, {.customer = customer}).status();
    }));
  }

  void Begin(const std::string& bytes, bool dry_run = false) {
    auto upload = spool_->Begin();
    EXPECT_OK((*upload)->Append(bytes));
    const auto file = (*upload)->Finish();
    EXPECT_OK(file);
    v1::CustomerImportOptions options;
    options.set_customer_system("erp");
    EXPECT_OK(store_.Write([&](Transaction& tx) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const Task task,
                            StartImport(tx, {.kind = ImportKind::kCustomers,
                                             .dry_run = dry_run,
                                             .size_bytes = file->size_bytes,
                                             .spool_name = file->name,
                                             .options = SerializeOptions(options)}));
      task_ = task.id;
      return absl::OkStatus();
    }));
  }

  Task FindTask() {
    std::optional<Task> task;
    EXPECT_OK(store_.Read([&](Snapshot& db) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(task, tasks::Find(db, task_));
      return absl::OkStatus();
    }));
    return task.value_or(Task());
  }

  // One step, as the runner does it; `meanwhile` happens between preparation and change. With
  // `lost` the change is rolled back at the last moment.
  absl::StatusOr<StepEnd> Step(bool lost = false,
                               const std::function<void()>& meanwhile = nullptr) {
    ABSL_ASSIGN_OR_RETURN(std::any prepared, kind_.prepare(FindTask()));
    if (meanwhile) meanwhile();
    absl::StatusOr<StepEnd> end = absl::UnknownError("no step");
    const absl::Status written = store_.Write([&](Transaction& tx) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(std::optional<Task> task, tasks::Find(tx, task_));
      end = kind_.step(tx, *task, prepared);
      ABSL_RETURN_IF_ERROR(end.status());
      if (end->next == StepEnd::kDone) task->state = TaskState::kSucceeded;
      if (lost) return absl::AbortedError("lost");
      return tasks::Save(tx, *task);
    });
    if (!lost) ABSL_RETURN_IF_ERROR(written);
    return end;
  }

  // Steps to the end; `between` is called before each with its number.
  void Finish(const std::function<void(int)>& between = nullptr,
              const std::function<void()>& meanwhile = nullptr) {
    constexpr int kMaxSteps = 1000;
    int64_t progress = 0;
    for (int i = 0; i < kMaxSteps; ++i) {
      if (between) between(i);
      const auto end = Step(/*lost=*/false, meanwhile);
      ASSERT_OK(end);
      if (end->next == StepEnd::kDone) return;
      const Task task = FindTask();
      EXPECT_GE(task.progress_done, progress);
      EXPECT_LE(task.progress_done, task.progress_total);
      progress = task.progress_done;
    }
    FAIL() << "the import does not end";
  }

  // All that callers see: customers, report, refused lines, number of events.
  std::string Dump() {
    std::string dump;
    EXPECT_OK(store_.Read([&](Snapshot& db) -> absl::Status {
      for (int i = 0; i < kPeople; ++i) {
        ABSL_ASSIGN_OR_RETURN(const auto found,
                              customers::FindByExternalId(db, "erp", absl::StrCat(i)));
        if (!found) continue;
        ABSL_ASSIGN_OR_RETURN(const auto customer, customers::LoadByKey(db, found->key));
        absl::StrAppend(&dump, i, " ", customer->given_name, " ",
                        absl::StrJoin(customer->tags, "+"), " v", customer->version, "\n");
      }
      ABSL_ASSIGN_OR_RETURN(const auto import, imports::FindById(db, FindTask().input));
      const ImportReport& r = import->report;
      absl::StrAppend(&dump, "read ", r.lines_read, " stored ", r.lines_stored, " unchanged ",
                      r.lines_unchanged, " refused ", r.lines_refused, " created ",
                      r.customers_created, " updated ", r.customers_updated, "\n");
      ABSL_ASSIGN_OR_RETURN(const auto refusals, imports::ListRefusals(db, import->key, 0, 100));
      for (const Refusal& refusal : refusals) {
        absl::StrAppend(&dump, refusal.line_number, " ", refusal.reason, " ", refusal.text, "\n");
      }
      ABSL_ASSIGN_OR_RETURN(const auto events,
                            db.Sql("SELECT COUNT(*) FROM feed").First<int64_t>());
      absl::StrAppend(&dump, "events ", events.value_or(0));
      return absl::OkStatus();
    }));
    return dump;
  }

 private:
  TempStore store_;
  std::unique_ptr<rpc::Spool> spool_;
  rpc::Environment environment_;
  TaskKind kind_;
  std::string task_;
};

std::string Undisturbed(bool dry_run = false) {
  World world;
  world.Begin(MakeFile(), dry_run);
  world.Finish();
  return world.Dump();
}

TEST(ImportCustomersTaskTest, WhatItComesTo) {
  const std::string dump = Undisturbed();
  // 12 people, 8 more lines of 4 of them, a torn one. Person 3 was there: their last line is
  // refused.
  EXPECT_NE(dump.find("read 21 stored 19 unchanged 0 refused 2 created 11 updated 1\n"),
            std::string::npos)
      << dump;
  EXPECT_NE(dump.find("0 Name2 t0+t1+t2 v1\n1 Name0 t0 v1\n"), std::string::npos) << dump;
  EXPECT_NE(dump.find("3 Name1 t0+t1 v2\n"), std::string::npos) << dump;
  EXPECT_NE(dump.find("events 14"), std::string::npos) << dump;
}

TEST(ImportCustomersTaskTest, KilledBeforeAnyStepItGoesOn) {
  World world;
  world.Begin(MakeFile());
  world.Finish([&](int) { world.Restart(); });
  EXPECT_EQ(world.Dump(), Undisturbed());
}

TEST(ImportCustomersTaskTest, StepsThatAreLostAreDoneAgain) {
  World world;
  world.Begin(MakeFile());
  world.Finish([&](int step) {
    EXPECT_OK(world.Step(/*lost=*/true));
    if (step % 3 == 0) world.Restart();
    EXPECT_OK(world.Step(/*lost=*/true));
  });
  EXPECT_EQ(world.Dump(), Undisturbed());
}

TEST(ImportCustomersTaskTest, DryRunsAreTheSameKilledOrNot) {
  World world;
  world.Begin(MakeFile(), /*dry_run=*/true);
  world.Finish([&](int step) {
    if (step % 2 == 0) world.Restart();
  });
  EXPECT_EQ(world.Dump(), Undisturbed(/*dry_run=*/true));
}

TEST(ImportCustomersTaskTest, GroupsArePlannedAgainWhenSomebodyElseChangesTheirCustomers) {
  World world;
  world.Begin(MakeFile());
  // Made, and changed, after groups that name them were planned and before they are stored.
  int calls = 0;
  world.Finish(nullptr, [&] {
    if (++calls % 4 != 0 || calls > 80) return;
    for (int i = 0; i < kPeople; i += 3) {
      world.Upsert(
          {.family_name = absl::StrCat("F", calls), .external_ids = {{"erp", absl::StrCat(i)}}});
    }
  });
  const std::string dump = world.Dump();
  EXPECT_NE(dump.find("0 Name2 t0+t1+t2 "), std::string::npos) << dump;
  EXPECT_NE(dump.find("3 Name1 t0+t1 "), std::string::npos) << dump;
  EXPECT_NE(dump.find("read 21 stored 19 unchanged 0 refused 2 "), std::string::npos) << dump;
}

TEST(ImportCustomersTaskTest, IdentifiersThatChangedHandsWhileItWasDownEndIt) {
  World world;
  world.Begin(MakeFile());
  for (int i = 0; i < 4; ++i) ASSERT_OK(world.Step());
  // Persons 7 and 8 stand on lines that nothing linked when the import began.
  world.Upsert({.emails = {{.address = "p7@example.com"}}, .external_ids = {{"erp", "8"}}});
  ASSERT_OK(world.Step());
  world.Restart();
  EXPECT_THAT(world.Step(), HasReason("CUSTOMERS_CHANGED"));
}

}  // namespace
}  // namespace regulars::customer
