// A function that throws refuses its call; the process and its other calls live on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

#include "chassis/rpc/service.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/test_server.h"
#include "regulars/testing/v1/box.grpc.pb.h"

namespace regulars::rpc {
namespace {

using ::regulars::testing::Authorize;
using ::regulars::testing::HasReason;
using ::regulars::testing::StatusIs;
using ::regulars::testing::TestServer;
using namespace ::regulars::testing::v1;  // NOLINT: the messages of the service under test.

using BoxChange = std::function<absl::StatusOr<Box>(Transaction&)>;

constexpr Migration kMigrations[] = {{1, "CREATE TABLE t(v BIGINT NOT NULL)"}};

void Throw(absl::string_view what) {
  if (what == "memory") throw std::bad_alloc();
  throw std::runtime_error("out of cheese");
}

TestServer::Services MakeServices(const Environment& environment) {
  auto service = std::make_unique<Service>(environment, BoxService::service_full_name());
  service->Read("GetBox", [](Snapshot&, const GetBoxRequest& request) -> absl::StatusOr<Box> {
    Throw(request.name());
    return Box();
  });
  service->Write("CreateBox",
                 [](Transaction&, const CreateBoxRequest& request) -> absl::StatusOr<Box> {
                   Throw(request.box().label());
                   return Box();
                 });
  service->Gather("CreateLabelledBox",
                  [](const Origin&, const CreateBoxRequest& request) -> absl::StatusOr<BoxChange> {
                    Throw(request.box().label());
                    return BoxChange();
                  });
  service->Pages("ExportBoxes",
                 [](Snapshot&, const ExportBoxesRequest& request, std::string&,
                    std::vector<Box>&) -> absl::StatusOr<PageEnd> {
                   Throw(request.page() == 0 ? "memory" : "cheese");
                   return PageEnd();
                 });
  service->Upload("ImportBoxes",
                  [](const Origin&, const ImportBoxesRequest& request,
                     const SpoolFile&) -> absl::StatusOr<BoxChange> {
                    Throw(request.label());
                    return BoxChange();
                  });
  service->Read("Ping", [](Snapshot&, const GetBoxRequest&) { return absl::StatusOr<Box>(Box()); });
  TestServer::Services services;
  services.push_back(std::move(service));
  return services;
}

class ExceptionsTest : public ::testing::Test {
 public:
  // One call of each kind, whose function throws what `what` names.
  absl::Status Read(const std::string& what) {
    GetBoxRequest request;
    request.set_name(what);
    return Call([&](auto* context, Box* box) { return stub_->GetBox(context, request, box); });
  }
  absl::Status Write(const std::string& what) {
    CreateBoxRequest request;
    request.mutable_box()->set_label(what);
    return Call([&](auto* context, Box* box) { return stub_->CreateBox(context, request, box); });
  }
  absl::Status Gather(const std::string& what) {
    CreateBoxRequest request;
    request.mutable_box()->set_label(what);
    return Call(
        [&](auto* context, Box* box) { return stub_->CreateLabelledBox(context, request, box); });
  }
  absl::Status Pages(const std::string& what) {
    ExportBoxesRequest request;
    request.set_page(what == "memory" ? 0 : 1);
    return Call([&](auto* context, Box* box) {
      auto reader = stub_->ExportBoxes(context, request);
      EXPECT_FALSE(reader->Read(box));
      return reader->Finish();
    });
  }
  absl::Status Upload(const std::string& what) {
    ImportBoxesRequest request;
    request.set_label(what);
    request.mutable_file()->set_data("abc");
    return Call([&](auto* context, Box* box) {
      auto writer = stub_->ImportBoxes(context, box);
      writer->Write(request);
      writer->WritesDone();
      return writer->Finish();
    });
  }

  template <typename F>
  static absl::Status Call(F call) {
    grpc::ClientContext context;
    Authorize(context, "users/a test.read,test.write");
    Box box;
    return FromGrpc(call(&context, &box));
  }

 protected:
  TestServer server_{kMigrations, "test", MakeServices};
  std::unique_ptr<BoxService::Stub> stub_ = BoxService::NewStub(server_.channel());
};

TEST_F(ExceptionsTest, BecomeErrorsOfTheirCall) {
  const struct {
    const char* name;
    absl::Status (ExceptionsTest::*call)(const std::string& what);
  } kinds[] = {
      {"read", &ExceptionsTest::Read},     {"write", &ExceptionsTest::Write},
      {"gather", &ExceptionsTest::Gather}, {"pages", &ExceptionsTest::Pages},
      {"upload", &ExceptionsTest::Upload},
  };
  for (const auto& kind : kinds) {
    SCOPED_TRACE(kind.name);
    const absl::Status no_memory = (this->*kind.call)("memory");
    EXPECT_THAT(no_memory, StatusIs(absl::StatusCode::kResourceExhausted));
    EXPECT_THAT(no_memory, HasReason("OUT_OF_MEMORY"));
    EXPECT_TRUE(GetErrorDetails(no_memory).retry_after.has_value());
    const absl::Status thrown = (this->*kind.call)("cheese");
    EXPECT_THAT(thrown, StatusIs(absl::StatusCode::kInternal));
    EXPECT_THAT(thrown, HasReason("EXCEPTION"));
  }
  EXPECT_EQ(server_.spool().used_bytes(), 0) << "an upload that is refused leaves no file";
  EXPECT_OK(Call([&](auto* context, Box* box) { return stub_->Ping(context, {}, box); }));
}

}  // namespace
}  // namespace regulars::rpc
