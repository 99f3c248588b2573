#include "chassis/admin/admin_service.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "chassis/admin/admin_fixture.h"
#include "chassis/rpc/timestamps.h"
#include "chassis/server/version.h"
#include "chassis/storage/audit.h"

namespace regulars::admin {
namespace {

using ::google::protobuf::util::TimeUtil;
using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AdminServiceTest : public AdminFixture {
 protected:
  absl::StatusOr<v1::AdvanceClockResponse> Advance(int64_t seconds, int32_t nanos = 0,
                                                   const std::string& request_id = "") {
    v1::AdvanceClockRequest request;
    request.mutable_duration()->set_seconds(seconds);
    request.mutable_duration()->set_nanos(nanos);
    request.set_request_id(request_id);
    return Call(&Admin::AdvanceClock, request);
  }

  // Types of all tasks that meet the filter, page by page.
  absl::StatusOr<std::vector<std::string>> TaskTypes(const std::string& filter, int page_size = 2) {
    v1::ListTasksRequest request;
    request.set_filter(filter);
    request.set_page_size(page_size);
    std::vector<std::string> types;
    do {
      ABSL_ASSIGN_OR_RETURN(const auto page, Call(&Admin::ListTasks, request));
      EXPECT_LE(page.tasks_size(), page_size);
      for (const v1::Task& task : page.tasks()) types.push_back(task.type());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return types;
  }

  absl::StatusOr<std::vector<std::string>> AuditResources(const std::string& filter) {
    v1::ListAuditEntriesRequest request;
    request.set_filter(filter);
    request.set_page_size(3);
    std::vector<std::string> resources;
    do {
      ABSL_ASSIGN_OR_RETURN(const auto page, Call(&Admin::ListAuditEntries, request));
      for (const v1::AuditEntry& entry : page.audit_entries()) {
        resources.push_back(entry.resource());
      }
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return resources;
  }

  absl::Status Audit(const std::string& principal, const std::string& resource,
                     const std::string& result = "OK") {
    server_.store().origin().caller =
        std::make_shared<auth::Caller>(auth::Caller{.principal = principal});
    return server_.store().Write([&](Transaction& tx) {
      return audit::Add(
          tx, {.method = "x.Y.Z", .resource = resource, .request_id = "r", .result = result});
    });
  }

  absl::StatusOr<v1::Task> Retry(const std::string& name) {
    v1::RetryTaskRequest request;
    request.set_name(name);
    return Call(&Admin::RetryTask, request);
  }
};

TEST_F(AdminServiceTest, SaysWhereTheServiceStands) {
  ASSERT_OK(server_.store().Write([](Transaction& tx) {
    tx.Publish({.type = "t", .subject = "s"});
    return absl::OkStatus();
  }));
  v1::GetServiceInfoRequest request;
  EXPECT_THAT(Call(&Admin::GetServiceInfo, request), HasReason("NAME_MISSING"));
  request.set_name("infos");
  EXPECT_THAT(Call(&Admin::GetServiceInfo, request), HasReason("INVALID_NAME"));
  request.set_name("info");
  ASSERT_OK_AND_ASSIGN(const v1::ServiceInfo info,
                       Call(&Admin::GetServiceInfo, request, "users/any x.none"));
  EXPECT_EQ(info.name(), "info");
  EXPECT_EQ(info.service(), "test");
  EXPECT_EQ(info.version(), kVersion);
  EXPECT_EQ(info.schema_version(), 1);
  EXPECT_EQ(info.epoch(), server_.store()->writer().epoch());
  EXPECT_EQ(info.head_position(), 1);
  EXPECT_EQ(TimeUtil::TimestampToSeconds(info.current_time()), 1'700'000'000);
  EXPECT_LT(absl::Now() - *rpc::FromTimestamp(info.start_time(), ""), absl::Minutes(1));
  EXPECT_TRUE(info.sandbox());
}

TEST_F(AdminServiceTest, NeedsTheScopeOfAdministrators) {
  const auto check = [&](auto method, auto request) {
    EXPECT_THAT(Call(method, request, "users/a test.read,test.write"), HasReason("SCOPE_MISSING"));
    EXPECT_THAT(Call(method, request, "users/b other.admin"), HasReason("SCOPE_MISSING"));
    EXPECT_THAT(Call(method, request, "users/a test.admin stores/x"), HasReason("STORE_LIMITED"));
    EXPECT_THAT(Call(method, request, ""), HasReason("TOKEN_MISSING"));
  };
  check(&Admin::AdvanceClock, v1::AdvanceClockRequest());
  check(&Admin::CreateBackup, v1::CreateBackupRequest());
  check(&Admin::GetBackup, v1::GetBackupRequest());
  check(&Admin::ListBackups, v1::ListBackupsRequest());
  check(&Admin::GetTask, v1::GetTaskRequest());
  check(&Admin::ListTasks, v1::ListTasksRequest());
  check(&Admin::RetryTask, v1::RetryTaskRequest());
  check(&Admin::ListAuditEntries, v1::ListAuditEntriesRequest());
  EXPECT_THAT(Call(&Admin::GetServiceInfo, {}, ""), HasReason("TOKEN_MISSING"));
  // Refusals are recorded behind the answers; a write in their lane is behind them all.
  ASSERT_OK(server_.store()->writer().Write(Lane::kTasks, {},
                                            [](Transaction&) { return absl::OkStatus(); }));
  ASSERT_OK_AND_ASSIGN(const auto refused, AuditResources("result = SCOPE_MISSING"));
  EXPECT_EQ(refused.size(), 16u) << "each caller and method is on record";
}

TEST_F(AdminServiceTest, MovesTheSandboxClockForward) {
  const absl::Time start = server_.clock().Now();
  ASSERT_OK_AND_ASSIGN(auto moved, Advance(86'400, 5000));
  EXPECT_EQ(*rpc::FromTimestamp(moved.current_time(), ""),
            start + absl::Hours(24) + absl::Microseconds(5));
  const auto ahead = [&] {
    return absl::ToInt64Hours(absl::Hours(0) + (sandbox_clock_.Now() - absl::Now()) +
                              absl::Minutes(1));
  };
  EXPECT_EQ(ahead(), 24);
  ASSERT_OK(Advance(3600, 0, "once"));
  ASSERT_OK(Advance(3600, 0, "once"));
  EXPECT_EQ(ahead(), 25) << "a repeat does not move it again";
  ASSERT_OK(Advance(0));
  EXPECT_EQ(ahead(), 25);
  ASSERT_OK(Advance(3660 * 86'400LL));
  EXPECT_EQ(ahead(), 25 + 3660 * 24);
}

TEST_F(AdminServiceTest, RefusesBadDurations) {
  EXPECT_THAT(Call(&Admin::AdvanceClock, {}), HasReason("DURATION_MISSING"));
  for (const auto& [seconds, nanos] :
       std::vector<std::pair<int64_t, int32_t>>{{-1, 0},
                                                {0, -1},
                                                {0, 1'000'000'000},
                                                {3660 * 86'400LL + 1, 0},
                                                {3660 * 86'400LL, 1000},
                                                {std::numeric_limits<int64_t>::max(), 999'999'999},
                                                {std::numeric_limits<int64_t>::min(), 0}}) {
    EXPECT_THAT(Advance(seconds, nanos), HasReason("INVALID_DURATION")) << seconds << " " << nanos;
  }
  server_.clock().Set(absl::FromUnixSeconds(253'402'300'700));
  EXPECT_THAT(Advance(300), HasReason("INVALID_DURATION")) << "beyond the year 9999";
  environment_->sandbox_clock = nullptr;
  EXPECT_THAT(Advance(1), HasReason("NOT_A_SANDBOX"));
  EXPECT_THAT(Advance(1), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(AdminServiceTest, ShowsAndFiltersTasks) {
  const absl::Time start = server_.clock().Now();
  const std::string bad = Schedule({.kind = "nobody.knows", .resource = "boxes/1"});
  runner_->Start();
  v1::GetTaskRequest get;
  get.set_name(bad);
  v1::Task task;
  for (int i = 0; i < 1000 && task.state() != v1::Task::STATE_FAILED; ++i) {
    ASSERT_OK_AND_ASSIGN(task, Call(&Admin::GetTask, get));
    absl::SleepFor(absl::Milliseconds(5));
  }
  runner_->Stop();
  EXPECT_EQ(task.type(), "nobody.knows");
  EXPECT_EQ(task.resource(), "boxes/1");
  EXPECT_EQ(task.operation(), "");
  EXPECT_EQ(GetErrorDetails(FromProto(task.error())).reason, "UNKNOWN_TASK_KIND");
  EXPECT_EQ(*rpc::FromTimestamp(task.create_time(), ""), start);
  EXPECT_TRUE(task.has_finish_time());

  server_.clock().Advance(absl::Hours(1));
  Schedule({.kind = "due", .resource = "boxes/2"});
  Schedule({.kind = "later", .due_time = server_.clock().Now() + absl::Hours(1)});
  struct Row {
    const char* name;
    std::string filter;
    std::vector<std::string> types;
  };
  const std::string hour = absl::FormatTime("%Y-%m-%d%ET%H:%M:%SZ", start, absl::UTCTimeZone());
  for (const Row& row : {
           Row{"all, newest first", "", {"later", "due", "nobody.knows"}},
           Row{"failed", "state = FAILED", {"nobody.knows"}},
           Row{"as JSON says it", "state = STATE_FAILED", {"nobody.knows"}},
           Row{"running", "state = RUNNING", {"due"}},
           Row{"scheduled", "state = SCHEDULED", {"later"}},
           Row{"done", "state = DONE", {}},
           Row{"not failed", "state != FAILED", {"later", "due"}},
           Row{"type", "type = \"nobody.*\"", {"nobody.knows"}},
           Row{"resource", "resource = \"boxes/2\"", {"due"}},
           Row{"no resource", "NOT resource:*", {"later"}},
           Row{"time", absl::StrCat("create_time > \"", hour, "\""), {"later", "due"}},
           Row{"two", "state = RUNNING OR state = FAILED", {"due", "nobody.knows"}},
       }) {
    ASSERT_OK_AND_ASSIGN(const auto types, TaskTypes(row.filter, 1));
    EXPECT_EQ(types, row.types) << row.name;
  }
  for (const char* filter : {"stat = FAILED", "state = NOPE", "state", "state = ", "due_time:*",
                             "create_time > tomorrow", "type > (", "state = FAILED AND"}) {
    EXPECT_THAT(TaskTypes(filter), HasReason("INVALID_FILTER")) << filter;
  }
}

TEST_F(AdminServiceTest, RetriesTasks) {
  const std::string later =
      Schedule({.kind = "later", .due_time = server_.clock().Now() + absl::Hours(5)});
  ASSERT_OK_AND_ASSIGN(v1::Task task, Retry(later));
  EXPECT_EQ(task.state(), v1::Task::STATE_RUNNING);
  EXPECT_EQ(*rpc::FromTimestamp(task.due_time(), ""), server_.clock().Now());
  ASSERT_OK(server_.store().Write([&](Transaction& tx) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(auto found, tasks::Find(tx, later.substr(6)));
    found->state = TaskState::kFailed;
    found->attempts = 4;
    return tasks::Save(tx, *found);
  }));
  ASSERT_OK_AND_ASSIGN(task, Retry(later));
  EXPECT_EQ(task.state(), v1::Task::STATE_RUNNING);
  EXPECT_EQ(task.attempts(), 0);
  for (const TaskState ended : {TaskState::kSucceeded, TaskState::kCancelled}) {
    ASSERT_OK(server_.store().Write([&](Transaction& tx) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(auto found, tasks::Find(tx, later.substr(6)));
      found->state = ended;
      return tasks::Save(tx, *found);
    }));
    EXPECT_THAT(Retry(later), HasReason("TASK_ENDED"));
  }
  EXPECT_THAT(Retry("tasks/none"), HasReason("TASK_NOT_FOUND"));
  EXPECT_THAT(Retry("tasks"), HasReason("INVALID_NAME"));
  v1::GetTaskRequest get;
  EXPECT_THAT(Call(&Admin::GetTask, get), HasReason("NAME_MISSING"));
  get.set_name("task/x");
  EXPECT_THAT(Call(&Admin::GetTask, get), HasReason("INVALID_NAME"));
  get.set_name("tasks/x");
  EXPECT_THAT(Call(&Admin::GetTask, get), HasReason("TASK_NOT_FOUND"));
}

TEST_F(AdminServiceTest, ListsAndFiltersTheAudit) {
  ASSERT_OK(Audit("users/anna", "boxes/1"));
  ASSERT_OK(Audit("users/bert", "boxes/2"));
  server_.clock().Advance(absl::Hours(1));
  const std::string now =
      absl::FormatTime("%Y-%m-%d%ET%H:%M:%SZ", server_.clock().Now(), absl::UTCTimeZone());
  ASSERT_OK(Audit("users/anna", "boxes/3"));
  ASSERT_OK(Audit("anonymous", "", "BAD_CREDENTIALS"));
  EXPECT_THAT(*AuditResources(""), ElementsAre("", "boxes/3", "boxes/2", "boxes/1"));
  EXPECT_THAT(*AuditResources("caller = \"users/anna\""), ElementsAre("boxes/3", "boxes/1"));
  EXPECT_THAT(*AuditResources(absl::StrCat("caller = \"users/anna\" AND time < \"", now, "\"")),
              ElementsAre("boxes/1"));
  EXPECT_THAT(*AuditResources(absl::StrCat("time >= \"", now, "\"")), ElementsAre("", "boxes/3"));
  EXPECT_THAT(*AuditResources("result != OK"), ElementsAre(""));
  EXPECT_THAT(*AuditResources("resource = \"boxes/2\""), ElementsAre("boxes/2"));
  EXPECT_THAT(*AuditResources("method = \"x.Y.*\" AND result = BAD_CREDENTIALS"), ElementsAre(""));
  EXPECT_THAT(*AuditResources("method = other"), IsEmpty());
  for (const char* filter : {"principal = x", "time > x", "caller", "request_id = r", "result = (",
                             "caller = \"a\" caller = \"b\" OR"}) {
    EXPECT_THAT(AuditResources(filter), HasReason("INVALID_FILTER")) << filter;
  }
  ASSERT_OK_AND_ASSIGN(const auto page, Call(&Admin::ListAuditEntries, {}));
  const v1::AuditEntry& newest = page.audit_entries(0);
  EXPECT_EQ(newest.name(), "auditEntries/00000000000000000000000004");
  EXPECT_EQ(newest.caller(), "anonymous");
  EXPECT_EQ(newest.method(), "x.Y.Z");
  EXPECT_EQ(newest.request_id(), "r");
  EXPECT_EQ(newest.result(), "BAD_CREDENTIALS");
  EXPECT_EQ(newest.item_count(), 1);
  EXPECT_EQ(*rpc::FromTimestamp(newest.time(), ""), server_.clock().Now());
}

TEST_F(AdminServiceTest, WritesLeaveAnEntry) {
  ASSERT_OK(Advance(1, 0, "the-id"));
  ASSERT_OK_AND_ASSIGN(const auto page, Call(&Admin::ListAuditEntries, {}));
  ASSERT_EQ(page.audit_entries_size(), 1);
  EXPECT_EQ(page.audit_entries(0).caller(), "users/admin");
  EXPECT_EQ(page.audit_entries(0).method(), "regulars.admin.v1.AdminService.AdvanceClock");
  EXPECT_EQ(page.audit_entries(0).request_id(), "the-id");
  EXPECT_EQ(page.audit_entries(0).result(), "OK");
}

TEST_F(AdminServiceTest, RareEntriesAreFoundInBoundedPages) {
  ASSERT_OK(Audit("users/rare", "boxes/1"));
  for (int i = 0; i < 25; ++i) {
    ASSERT_OK(server_.store().Write([&](Transaction& tx) -> absl::Status {
      for (int j = 0; j < 1000; ++j) {
        ABSL_RETURN_IF_ERROR(audit::Add(tx, {.method = "m", .result = "OK"}));
      }
      return absl::OkStatus();
    }));
  }
  server_.clock().Advance(absl::Hours(1));
  const std::string now =
      absl::FormatTime("%Y-%m-%d%ET%H:%M:%SZ", server_.clock().Now(), absl::UTCTimeZone());
  ASSERT_OK(Audit("users/late", "boxes/2"));
  v1::ListAuditEntriesRequest request;
  request.set_filter(absl::StrCat("resource:* AND time >= \"", now, "\""));
  ASSERT_OK_AND_ASSIGN(auto narrow, Call(&Admin::ListAuditEntries, request));
  EXPECT_EQ(narrow.audit_entries_size(), 1);
  EXPECT_EQ(narrow.next_page_token(), "") << "looks at no row before that time";
  request.set_filter(absl::StrCat("resource = \"boxes/1\" AND time < \"", now, "\""));
  std::vector<int> sizes;
  do {
    ASSERT_OK_AND_ASSIGN(const auto page, Call(&Admin::ListAuditEntries, request));
    sizes.push_back(page.audit_entries_size());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(sizes, ElementsAre(0, 0, 1)) << "10,000 rows a page";
}

TEST_F(AdminServiceTest, PageTokensAreChecked) {
  for (int i = 0; i < 3; ++i) Schedule({.kind = "x"});
  v1::ListTasksRequest request;
  request.set_page_size(2);
  ASSERT_OK_AND_ASSIGN(const auto page, Call(&Admin::ListTasks, request));
  request.set_page_token(page.next_page_token());
  EXPECT_OK(Call(&Admin::ListTasks, request));
  request.set_filter("type = x");
  EXPECT_THAT(Call(&Admin::ListTasks, request), HasReason("INVALID_PAGE_TOKEN"));
  request.clear_filter();
  server_.clock().Advance(absl::Hours(72));
  EXPECT_THAT(Call(&Admin::ListTasks, request), HasReason("INVALID_PAGE_TOKEN"));
  request.set_page_token("x");
  EXPECT_THAT(Call(&Admin::ListTasks, request), HasReason("INVALID_PAGE_TOKEN"));
  request.clear_page_token();
  request.set_page_size(-1);
  EXPECT_THAT(Call(&Admin::ListTasks, request), HasReason("INVALID_PAGE_SIZE"));
  v1::ListAuditEntriesRequest audit;
  audit.set_page_size(-1);
  EXPECT_THAT(Call(&Admin::ListAuditEntries, audit), HasReason("INVALID_PAGE_SIZE"));
  audit.set_page_size(0);
  audit.set_page_token(page.next_page_token());
  EXPECT_THAT(Call(&Admin::ListAuditEntries, audit), HasReason("INVALID_PAGE_TOKEN"));
}

}  // namespace
}  // namespace regulars::admin
