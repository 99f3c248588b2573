// Errors that the door words itself, without a connection.
#include "gateway/http/door.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chassis/feed/event.h"
#include "gateway/http/http_fixture.h"
#include "regulars/feed/v1/feed.pb.h"

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
      {grpc::StatusCode::CANCELLED, "CANCELLED", 503, "STOPPING",
       "the server is stopping; what was asked for may have been done"},
      {grpc::StatusCode::DEADLINE_EXCEEDED, "Deadline Exceeded", 504, "DEADLINE_EXCEEDED",
       "the service has not answered in time; what was asked for may have been done"},
      {grpc::StatusCode::RESOURCE_EXHAUSTED,
       "Received message larger than max (67108865 vs. 67108864)", 400, "REPLY_TOO_LARGE",
       "the answer is longer than 67108864 bytes: ask for less, such as a shorter page"},
      // The service's own limit.
      {grpc::StatusCode::RESOURCE_EXHAUSTED,
       "Received message larger than max (4194305 vs. 4194304)", 413, "BODY_TOO_LARGE",
       "what the body says is too long for the service: send it in parts"},
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

// Of channels as the tests have them.
constexpr int64_t kDefaultMaxReplyBytes = 4 << 20;

class LongReplyTest : public HttpTest {
 protected:
  LongReplyTest()
      : HttpTest([](HttpOptions& options) { options.max_reply_bytes = kDefaultMaxReplyBytes; }) {}
};

TEST_F(LongReplyTest, AReplyThatIsTooLongIsToldOfInPlainWords) {
  feed::v1::Event payload;
  payload.set_subject(std::string(kDefaultMaxReplyBytes + 1, 'x'));
  EXPECT_OK(upstream_.store().Write([&](Transaction& tx) {
    tx.Publish(PackEvent("boxes/1", "", payload));
    return absl::OkStatus();
  }));
  Client client(port());
  const Response response = client.Call("GET", "/api/test/v1/feed:subscribe?stopAtHead=true");
  ExpectError(response, 400, "REPLY_TOO_LARGE");
  EXPECT_THAT(response.body(), HasSubstr("\"status\":\"OUT_OF_RANGE\""));
  EXPECT_THAT(response.body(), Not(HasSubstr("Received message")));
  EXPECT_EQ(response["Retry-After"], "") << "trying again is of no use";
}

}  // namespace
}  // namespace regulars::gateway
