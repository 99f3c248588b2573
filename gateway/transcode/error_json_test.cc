#include "gateway/transcode/error_json.h"

#include <google/rpc/error_details.pb.h>
#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"
#include "gateway/json/strict.h"
#include "gateway/testing/conformance_schema.h"

namespace regulars::gateway {
namespace {

google::rpc::Status Make(int code, const char* message) {
  google::rpc::Status status;
  status.set_code(code);
  status.set_message(message);
  return status;
}

TEST(ErrorJson, AnErrorWithoutDetailsStillHasAnErrorInfo) {
  EXPECT_EQ(WriteErrorJson(ConformanceSchema(), Make(5, "no \"x\""), 404),
            R"({"error":{"code":404,"message":"no \"x\"","status":"NOT_FOUND","details":[)"
            R"({"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"NOT_FOUND",)"
            R"("domain":"regulars","metadata":{}}]}})");
}

TEST(ErrorJson, DetailsComeAsJson) {
  google::rpc::Status status = Make(3, "bad");
  google::rpc::ErrorInfo info;
  info.set_reason("INVALID_EMAIL");
  info.set_domain("regulars");
  status.add_details()->PackFrom(info);
  google::rpc::BadRequest bad;
  bad.add_field_violations()->set_field("customer.emails[0].address");
  auto* second = bad.add_field_violations();
  second->set_field("a \"b\"");
  second->set_description("is bad");
  second->set_reason("BAD");
  status.add_details()->PackFrom(bad);
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_nanos(250000000);
  status.add_details()->PackFrom(retry);
  google::protobuf::Any* unknown = status.add_details();
  unknown->set_type_url("type.googleapis.com/acme.Strange");
  unknown->set_value("abc");
  EXPECT_EQ(WriteErrorJson(ConformanceSchema(), status, 400),
            R"({"error":{"code":400,"message":"bad","status":"INVALID_ARGUMENT","details":[)"
            R"({"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"INVALID_EMAIL",)"
            R"("domain":"regulars","metadata":{}},)"
            R"({"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[)"
            R"({"field":"customer.emails[0].address","description":""},)"
            R"({"field":"a \"b\"","description":"is bad","reason":"BAD"}]},)"
            R"({"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"0.250s"},)"
            R"({"@type":"type.googleapis.com/acme.Strange","value":"YWJj"}]}})");
}

TEST(ErrorJson, ADetailThatIsDamagedIsLeftOut) {
  google::rpc::Status status = Make(13, "x");
  google::protobuf::Any* damaged = status.add_details();
  damaged->set_type_url("type.googleapis.com/google.rpc.RetryInfo");
  damaged->set_value("\xFF");
  const std::string json = WriteErrorJson(ConformanceSchema(), status, 500);
  EXPECT_OK(json::CheckStrict(json)) << json;
  EXPECT_THAT(json, ::testing::Not(::testing::HasSubstr("RetryInfo")));
}

TEST(ErrorJson, MessagesThatAreNotTextAreMended) {
  const std::string json = WriteErrorJson(ConformanceSchema(), Make(99, "a\xFFz\n"), 500);
  EXPECT_OK(json::CheckStrict(json)) << json;
  EXPECT_THAT(json, ::testing::HasSubstr("\"a\xEF\xBF\xBDz\\n\",\"status\":\"UNKNOWN\""));
}

TEST(UpstreamStatus, TheCallsOwnCodeWins) {
  google::rpc::Status details = Make(5, "inner");
  details.add_details()->set_type_url("x/y");
  const google::rpc::Status status = UpstreamStatus(9, "outer", details.SerializeAsString());
  EXPECT_EQ(status.code(), 9);
  EXPECT_EQ(status.message(), "outer");
  EXPECT_EQ(status.details_size(), 1);
  EXPECT_EQ(UpstreamStatus(14, "down", "").details_size(), 0);
  EXPECT_EQ(UpstreamStatus(14, "down", "\xFF\xFF").details_size(), 0);
}

}  // namespace
}  // namespace regulars::gateway
