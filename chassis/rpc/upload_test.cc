// What becomes of an uploaded file when its change is refused, or fails in a way that nobody can
// tell from success.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "chassis/rpc/service.h"
#include "chassis/testing/fail_commits.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/test_server.h"
#include "regulars/testing/v1/box.grpc.pb.h"

namespace regulars::rpc {
namespace {

using ::regulars::testing::Authorize;
using ::regulars::testing::HasReason;
using ::regulars::testing::TestServer;
using namespace ::regulars::testing::v1;  // NOLINT: the messages of the service under test.

using BoxChange = std::function<absl::StatusOr<Box>(Transaction&)>;

constexpr Migration kMigrations[] = {{1, "CREATE TABLE t(v BIGINT NOT NULL)"}};
constexpr int64_t kFileBytes = 3;

absl::StatusOr<Box> Import(Transaction& tx, const std::string& label) {
  if (label == "refused") return Aborted("BAD_FILE", "the change says no");
  // As a full disk does.
  if (label == "rolled back") ABSL_RETURN_IF_ERROR(tx.Sql("ROLLBACK").Run());
  ABSL_RETURN_IF_ERROR(tx.Sql("INSERT INTO t VALUES (1)").Run());
  return Box();
}

TestServer::Services MakeServices(const Environment& environment) {
  auto service = std::make_unique<Service>(environment, BoxService::service_full_name());
  service->Upload("ImportBoxes",
                  [](const Origin&, const ImportBoxesRequest& request,
                     const SpoolFile&) -> absl::StatusOr<BoxChange> {
                    if (request.label() == "bad") return Aborted("BAD_FILE", "at first sight");
                    return [label = request.label()](Transaction& tx) { return Import(tx, label); };
                  });
  TestServer::Services services;
  services.push_back(std::move(service));
  return services;
}

class UploadTest : public ::testing::Test {
 protected:
  absl::Status Upload(const std::string& label) {
    ImportBoxesRequest request;
    request.set_label(label);
    request.mutable_file()->set_data(std::string(kFileBytes, 'x'));
    grpc::ClientContext context;
    Authorize(context, "users/a test.write");
    Box box;
    auto writer = stub_->ImportBoxes(&context, &box);
    writer->Write(request);
    writer->WritesDone();
    return FromGrpc(writer->Finish());
  }

  Writer& writer() { return server_.store()->writer(); }

  // The next commit fails, and the store is opened anew.
  void FailACommit() { ASSERT_OK(::regulars::testing::FailCommits(writer())); }

  void AwaitHealth() {
    const absl::Time end = absl::Now() + absl::Seconds(20);
    while (!writer().healthy() && absl::Now() < end) absl::SleepFor(absl::Milliseconds(1));
    ASSERT_TRUE(writer().healthy());
  }

  TestServer server_{kMigrations, "test", MakeServices};
  std::unique_ptr<BoxService::Stub> stub_ = BoxService::NewStub(server_.channel());
};

TEST_F(UploadTest, WhatIsRefusedLeavesNoFile) {
  const std::pair<const char*, const char*> rows[] = {
      {"bad", "BAD_FILE"}, {"refused", "BAD_FILE"}, {"rolled back", "GROUP_ROLLED_BACK"}};
  for (const auto& [label, reason] : rows) {
    EXPECT_THAT(Upload(label), HasReason(reason)) << label;
    EXPECT_EQ(server_.spool().used_bytes(), 0) << label;
  }
  EXPECT_OK(Upload("good"));
  EXPECT_EQ(server_.spool().used_bytes(), kFileBytes);
}

// What the commit wrote may be found when the store is opened the next time.
TEST_F(UploadTest, AFileStaysWhereACommitFailed) {
  FailACommit();
  EXPECT_FALSE(Upload("good").ok());
  EXPECT_EQ(server_.spool().used_bytes(), kFileBytes);
  AwaitHealth();
  EXPECT_OK(Upload("good"));
  EXPECT_EQ(server_.spool().used_bytes(), 2 * kFileBytes);
}

}  // namespace
}  // namespace regulars::rpc
