// Errors that the door words itself, without a connection.
#include "gateway/http/door.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/http/http_fixture.h"

namespace regulars::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class DoorErrorsTest : public HttpTest {};

// gRPC's words are about calls and addresses; whoever speaks HTTP knows of neither.
TEST_F(DoorErrorsTest, ErrorsThatNoServiceWroteHavePlainWords) {
  const struct {
    grpc::StatusCode code;
    const char* words;
    int status;
    const char* reason;
    const char* message;
  } rows[] = {
      {grpc::StatusCode::UNAVAILABLE, "connections to ipv4:10.0.0.1:7101 failed", 503,
       "SERVICE_UNREACHABLE", "the service does not answer at present"},
      {grpc::StatusCode::DEADLINE_EXCEEDED, "Deadline Exceeded", 504, "DEADLINE_EXCEEDED",
       "the service has not answered in time; what was asked for may have been done"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.words);
    const HttpResponse response = door_->ErrorResponse(grpc::Status(row.code, row.words));
    EXPECT_EQ(response.status, row.status);
    EXPECT_THAT(response.body, HasSubstr(absl::StrCat("\"reason\":\"", row.reason, "\"")));
    EXPECT_THAT(response.body, HasSubstr(absl::StrCat("\"message\":\"", row.message, "\"")));
    EXPECT_THAT(response.body, Not(HasSubstr(row.words)));
  }
}

}  // namespace
}  // namespace regulars::gateway
