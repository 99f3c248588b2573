#include "cli/error_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chassis/base/errors.h"
#include "cli/client.h"
#include "cli/http.h"

namespace regulars::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const ErrorScene& Scene() {
  static const ErrorScene& scene = *new ErrorScene{.command = "regularsctl customer create",
                                                   .server = "https://crm.example.com",
                                                   .fields = {{"customer.emails", "--email"}}};
  return scene;
}

TEST(ErrorText, NamesFieldAndFlag) {
  const absl::Status error = Error(absl::StatusCode::kInvalidArgument, "two fields are wrong",
                                   {.reason = "INVALID_EMAIL",
                                    .violations = {{"customer.emails[0].address", "has no '@'"},
                                                   {"customer.country", "is none"}}});
  EXPECT_EQ(ErrorText(error, Scene()),
            "regularsctl customer create: two fields are wrong (INVALID_EMAIL)\n"
            "  --email: customer.emails[0].address has no '@'\n"
            "  customer.country is none\n");
}

TEST(ErrorText, SaysAFieldsFaultOnce) {
  EXPECT_EQ(
      ErrorText(FieldError("customer.emails[0].address", "INVALID_EMAIL", "has no '@'"), Scene()),
      "regularsctl customer create: the server does not accept this (INVALID_EMAIL)\n"
      "  --email: customer.emails[0].address has no '@'\n");
}

struct AdviceCase {
  const char* name;
  absl::Status error;
  const char* advice;
  int exit_code;
};

class AdviceTest : public ::testing::TestWithParam<AdviceCase> {};

TEST_P(AdviceTest, SaysWhatToDo) {
  EXPECT_THAT(ErrorText(GetParam().error, Scene()), HasSubstr(GetParam().advice));
  EXPECT_EQ(ExitCodeOf(GetParam().error), GetParam().exit_code);
}

absl::Status Local(const char* reason) {
  return Error(absl::StatusCode::kUnavailable, "x", {.reason = reason});
}

INSTANTIATE_TEST_SUITE_P(
    Cases, AdviceTest,
    ::testing::Values(
        AdviceCase{"ended", Unauthenticated("TOKEN_EXPIRED", "x"), "Sign in again", 1},
        AdviceCase{"session_ended", Unauthenticated("BAD_REFRESH_TOKEN", "x"), "Sign in again", 1},
        AdviceCase{"stranger", FailedPrecondition("NOT_SIGNED_IN", "x"), "sign-in --server", 2},
        AdviceCase{"scope", PermissionDenied("SCOPE_MISSING", "x"), "whoami", 1},
        AdviceCase{"refused", Local(kUnreachable),
                   "Is the gateway running at https://crm.example.com?", 3},
        AdviceCase{"tls", Local(kTlsFailed), "--ca-file", 3},
        AdviceCase{"lost", Local(kConnectionLost), "look before you repeat", 3},
        AdviceCase{"other_server", Local("NOT_REGULARS"), "the address of a Regulars gateway", 3},
        AdviceCase{"interrupt", Local(kInterrupted), "interrupted", 130},
        AdviceCase{"usage", InvalidArgument("USAGE", "say who"), "say who", 2},
        AdviceCase{"file", FailedPrecondition("LOCAL_FILE", "x.csv: is a folder"), "folder", 2},
        AdviceCase{"busy", ResourceExhausted("TOO_MANY_ATTEMPTS", "x", absl::Seconds(90)),
                   "tried again in 1m30s", 1},
        AdviceCase{"other", NotFound("ORDER_NOT_FOUND", "no order"), "(ORDER_NOT_FOUND)", 1}),
    [](const auto& info) { return info.param.name; });

TEST(ErrorText, ARateIsSetForWhatNeedsIt) {
  EXPECT_THAT(ErrorText(FailedPrecondition("RATE_NOT_FOUND", "no rate"), Scene()),
              HasSubstr("Set the rate first"));
  // 'rate delete' of one that is not there.
  EXPECT_THAT(ErrorText(NotFound("RATE_NOT_FOUND", "there is no 'currencyRates/x'"), Scene()),
              Not(HasSubstr("Set the rate")));
}

TEST(ErrorText, LetsNoServerCommandTheTerminal) {
  EXPECT_THAT(ErrorText(NotFound("X", "\x1b[2Jgone"), Scene()), Not(HasSubstr("\x1b")));
}

TEST(ErrorLine, IsGooglesForm) {
  const absl::Status error = Error(absl::StatusCode::kInvalidArgument, "two\nlines",
                                   {.reason = "INVALID_EMAIL",
                                    .violations = {{"customer.emails[0].address", "has no '@'"}},
                                    .metadata = {{"customer", "customers/1"}},
                                    .retry_after = absl::Milliseconds(1050)});
  EXPECT_EQ(ErrorLine(error),
            R"({"error":{"code":400,"message":"two\nlines","status":"INVALID_ARGUMENT","details":[)"
            R"({"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"INVALID_EMAIL",)"
            R"("domain":"regulars","metadata":{"customer":"customers/1"}},)"
            R"({"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[)"
            R"({"field":"customer.emails[0].address","description":"has no '@'"}]},)"
            R"({"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1.050s"}]}})"
            "\n");
}

TEST(ErrorLine, SaysNoMoreThanThereIs) {
  EXPECT_EQ(ErrorLine(NotFound("ORDER_NOT_FOUND", "no order")),
            R"({"error":{"code":404,"message":"no order","status":"NOT_FOUND","details":[)"
            R"({"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"ORDER_NOT_FOUND",)"
            R"("domain":"regulars","metadata":{}}]}})"
            "\n");
}

TEST(Nearest, GuessesWhatWasMeant) {
  const std::vector<std::string> commands = {"customer", "order", "segment", "sign-in", "sign-out"};
  EXPECT_EQ(Nearest("custmer", commands), "customer");
  EXPECT_EQ(Nearest("customers", commands), "customer");
  EXPECT_EQ(Nearest("odrer", commands), "order");
  EXPECT_EQ(Nearest("seg", commands), "segment");
  EXPECT_EQ(Nearest("signin", commands), "sign-in");
  EXPECT_EQ(Nearest("xyzzy", commands), "");
  EXPECT_EQ(Nearest("", commands), "");
}

TEST(ErrorOf, ReadsGooglesForm) {
  const absl::Status error = ErrorOf(HttpReply{
      .status = 400,
      .body = R"({"error":{"code":400,"message":"bad","status":"INVALID_ARGUMENT","details":[
        {"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"INVALID_EMAIL",
         "domain":"regulars","metadata":{"customer":"customers/1"}},
        {"@type":"type.googleapis.com/google.rpc.BadRequest",
         "fieldViolations":[{"field":"a.b","description":"is no c"}]},
        {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1.5s"}]}})"});
  EXPECT_EQ(error.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(error.message(), "bad");
  const ErrorDetails details = GetErrorDetails(error);
  EXPECT_EQ(details.reason, "INVALID_EMAIL");
  ASSERT_EQ(details.violations.size(), 1u);
  EXPECT_EQ(details.violations[0].field, "a.b");
  EXPECT_EQ(details.violations[0].description, "is no c");
  ASSERT_EQ(details.metadata.size(), 1u);
  EXPECT_EQ(details.metadata[0].second, "customers/1");
  EXPECT_EQ(details.retry_after, absl::Milliseconds(1500));
}

TEST(ErrorOf, ReadsOtherForms) {
  // RFC 6749 section 5.2.
  const absl::Status oauth = ErrorOf(HttpReply{
      .status = 401, .body = R"({"error":"invalid_client","error_description":"unknown client"})"});
  EXPECT_EQ(oauth.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(GetErrorDetails(oauth).reason, "INVALID_CLIENT");
  const absl::Status slow = ErrorOf(HttpReply{
      .status = 429, .headers = {{"retry-after", "15"}}, .body = R"({"error":"slow_down"})"});
  EXPECT_EQ(GetErrorDetails(slow).retry_after, absl::Seconds(15));
  // What an operation holds: google.rpc.Status, whose code is a number of google.rpc.Code.
  const absl::Status operation = ErrorOf(*ParseJson(R"({"code":9,"message":"no rate","details":[
        {"@type":"x/google.rpc.ErrorInfo","reason":"RATE_NOT_FOUND"}]})"));
  EXPECT_EQ(operation.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(GetErrorDetails(operation).reason, "RATE_NOT_FOUND");
  // A proxy's page.
  const absl::Status proxy = ErrorOf(HttpReply{.status = 502, .body = "<html>Bad Gateway</html>"});
  EXPECT_EQ(proxy.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(GetErrorDetails(proxy).reason, "NOT_REGULARS");
  const absl::Status moved =
      ErrorOf(HttpReply{.status = 301, .headers = {{"location", "https://b/"}}, .body = "moved"});
  EXPECT_EQ(GetErrorDetails(moved).reason, "REDIRECTED");
  // A busy server that only says so in its header.
  const absl::Status busy =
      ErrorOf(HttpReply{.status = 429,
                        .headers = {{"retry-after", "7"}},
                        .body = R"({"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}})"});
  EXPECT_EQ(GetErrorDetails(busy).retry_after, absl::Seconds(7));
}

}  // namespace
}  // namespace regulars::cli
