#include "chassis/privacy/privacy_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chassis/base/status_macros.h"
#include "chassis/testing/status_matchers.h"
#include "chassis/testing/test_server.h"
#include "regulars/feed/v1/feed.pb.h"
#include "regulars/privacy/v1/privacy_service.grpc.pb.h"

namespace regulars {
namespace {

using privacy::v1::ExportPersonalDataRequest;
using privacy::v1::ExportPersonalDataResponse;
using ::regulars::testing::Authorize;
using ::regulars::testing::HasReason;
using ::regulars::testing::TestServer;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Holds two rows of one kind and one of another about "customers/ann", and too much about
// "customers/all".
absl::Status Tell(Snapshot&, const std::string& customer, PersonalData& data) {
  feed::v1::FeedState state;
  if (customer == "customers/all") {
    state.set_name(std::string(1 << 20, 'x'));
    absl::Status status;
    for (int i = 0; i < 17 && status.ok(); ++i) status = data.Add("Much", state);
    return status;
  }
  if (customer != "customers/ann") return absl::OkStatus();
  state.set_name("first");
  state.set_head_position(9007199254740993);
  ABSL_RETURN_IF_ERROR(data.Add("States", state));
  ABSL_RETURN_IF_ERROR(data.Add("Others", state));
  state.set_name("second");
  return data.Add("States", state);
}

class PrivacyServiceTest : public ::testing::Test {
 protected:
  absl::StatusOr<ExportPersonalDataResponse> Export(const std::string& customer,
                                                    const std::string& token = "u test.read") {
    grpc::ClientContext context;
    Authorize(context, token);
    ExportPersonalDataRequest request;
    request.set_customer(customer);
    ExportPersonalDataResponse response;
    const absl::Status status = FromGrpc(stub_->ExportPersonalData(&context, request, &response));
    if (!status.ok()) return status;
    return response;
  }

  TestServer server_{{}, "test", [](const rpc::Environment& environment) {
                       TestServer::Services services;
                       services.push_back(MakePrivacyService(environment, Tell));
                       return services;
                     }};
  std::unique_ptr<privacy::v1::PrivacyService::Stub> stub_ =
      privacy::v1::PrivacyService::NewStub(server_.channel());
};

TEST_F(PrivacyServiceTest, RowsStandInTheirSectionsAsInJson) {
  ASSERT_OK_AND_ASSIGN(const auto told, Export("customers/ann"));
  ASSERT_THAT(told.sections(), SizeIs(2));
  EXPECT_EQ(told.sections(0).title(), "States");
  ASSERT_THAT(told.sections(0).rows(), SizeIs(2));
  const auto& fields = told.sections(0).rows(0).fields();
  EXPECT_EQ(fields.at("name").string_value(), "first");
  EXPECT_EQ(fields.at("headPosition").string_value(), "9007199254740993") << "no digit is lost";
  EXPECT_EQ(told.sections(0).rows(1).fields().at("name").string_value(), "second");
}

TEST_F(PrivacyServiceTest, WhoIsNotKnownHasNothing) {
  ASSERT_OK_AND_ASSIGN(const auto told, Export("customers/bob"));
  EXPECT_THAT(told.sections(), IsEmpty());
}

TEST_F(PrivacyServiceTest, Refusals) {
  EXPECT_THAT(Export(""), HasReason("NAME_MISSING"));
  EXPECT_THAT(Export("customers/all"), HasReason("EXPORT_TOO_LARGE"));
  EXPECT_THAT(Export("customers/ann", "u other.read"), HasReason("SCOPE_MISSING"));
  EXPECT_THAT(Export("customers/ann", "u test.read bath"), HasReason("STORE_LIMITED"));
}

}  // namespace
}  // namespace regulars
