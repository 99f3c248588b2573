#include "gateway/transcode/reply.h"

#include <google/api/httpbody.pb.h>
#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"
#include "conformance.pb.h"
#include "gateway/testing/library_table.h"
#include "regulars/type/v1/http_reply.pb.h"

namespace regulars::gateway {
namespace {

namespace v1 = ::regulars::conformance::v1;
using ::regulars::testing::HasReason;

const Route& RouteOf(absl::string_view method, absl::string_view path) {
  return *LibraryTable().Find(method, path).route;
}

std::string Reply(const Route& route, const google::protobuf::Message& message) {
  const auto reply = BuildReply(LibraryTable().schema(), route, message.SerializeAsString());
  return reply.ok() ? reply->content_type + " " + reply->body : reply.status().ToString();
}

TEST(Reply, MessagesAndFieldsAsJson) {
  v1::UploadResponse message;
  message.set_bytes(5);
  EXPECT_EQ(Reply(RouteOf("POST", "/api/library/v1/shelves/1/uploads"), message),
            "application/json {\"bytes\":\"5\"}");
  v1::LabelsRequest labels;
  (*labels.mutable_labels())["a"] = "b";
  labels.add_emails()->set_address("x");
  labels.set_word("w");
  labels.set_amount(-7);
  const struct {
    const char* path;
    const char* body;
  } rows[] = {{"labels", "{\"a\":\"b\"}"},
              {"emails", "[{\"address\":\"x\"}]"},
              {"word", "\"w\""},
              {"amount", "\"-7\""}};
  for (const auto& row : rows) {
    EXPECT_EQ(Reply(RouteOf("PUT", std::string("/api/library/v1/books/1/") + row.path), labels),
              std::string("application/json ") + row.body);
  }
}

TEST(Reply, HttpBodiesAsTheyAre) {
  const std::string gif("GIF89a\0\xFF", 8);
  google::api::HttpBody body;
  body.set_content_type("image/gif");
  body.set_data(gif);
  const Route& pixel = RouteOf("GET", "/api/library/v1/pixels/1");
  EXPECT_EQ(Reply(pixel, body), "image/gif " + gif);
  EXPECT_EQ(Reply(pixel, google::api::HttpBody()), "application/octet-stream ");
  v1::UploadRequest inside;
  *inside.mutable_file() = body;
  inside.set_parent("p");
  const Route& scan = RouteOf("POST", "/api/library/v1/shelves/1/scans");
  EXPECT_EQ(Reply(scan, inside), "image/gif " + gif);
  EXPECT_EQ(Reply(scan, v1::UploadRequest()), "application/octet-stream ");
}

// A body with an HttpReply among its extensions, written as protobuf text.
google::api::HttpBody BodyWith(int status, const std::string& location) {
  google::api::HttpBody body;
  body.set_content_type("text/html");
  body.add_extensions()->PackFrom(v1::Book());
  type::v1::HttpReply extra;
  extra.set_status(status);
  extra.set_location(location);
  body.add_extensions()->PackFrom(extra);
  return body;
}

TEST(Reply, HttpBodiesSayTheirStatus) {
  const struct {
    int status;
    const char* location;
    int expected;  // 0: refused.
  } rows[] = {
      {0, "", 200},
      {404, "", 404},
      {302, "https://shop.example/pots?a=1&b=%C3%BC", 302},
      {303, "http://shop.example/", 303},
      {302, "", 0},
      {200, "https://shop.example/", 0},
      {302, "javascript:alert(1)", 0},
      {302, "//shop.example/", 0},
      {302, "/pots", 0},
      {302, "https://shop.example/\r\nSet-Cookie: a=b", 0},
      {302, "https://shop.example/a b", 0},
      {101, "", 0},
      {500, "", 0},
      {-1, "", 0},
  };
  const Route& pixel = RouteOf("GET", "/api/library/v1/pixels/1");
  for (const auto& row : rows) {
    const auto reply = BuildReply(LibraryTable().schema(), pixel,
                                  BodyWith(row.status, row.location).SerializeAsString());
    if (row.expected == 0) {
      EXPECT_THAT(reply, HasReason("BAD_REPLY")) << row.status << row.location;
      continue;
    }
    ASSERT_OK(reply) << row.status;
    EXPECT_EQ(reply->status, row.expected);
    EXPECT_EQ(reply->location, row.location);
    EXPECT_EQ(reply->content_type, "text/html");
  }
}

TEST(Reply, RefusesWhatIsNoMessage) {
  for (const char* path : {"/api/library/v1/pixels/1", "/api/library/v1/shelves/1/books/2"}) {
    EXPECT_THAT(BuildReply(LibraryTable().schema(), RouteOf("GET", path), "\x0A\x05x"),
                HasReason("BAD_REPLY"));
  }
}

TEST(Streams, FormatByAccept) {
  const Route& watch = RouteOf("GET", "/api/library/v1/books:watch");
  const struct {
    const char* accept;
    StreamFormat format;
  } rows[] = {
      {"", StreamFormat::kNdjson},
      {"*/*", StreamFormat::kNdjson},
      {"application/json", StreamFormat::kNdjson},
      {"application/x-ndjson", StreamFormat::kNdjson},
      {"text/event-stream", StreamFormat::kEvents},
      {"Text/Event-Stream; charset=utf-8", StreamFormat::kEvents},
      {"text/html, text/event-stream;q=0.5, */*;q=0.1", StreamFormat::kEvents},
      {"text/event-stream;q=0", StreamFormat::kNdjson},
      {"text/event-stream;q=x", StreamFormat::kNdjson},
      {"text/event-stream;q=0.4,application/x-ndjson;q=0.9", StreamFormat::kNdjson},
      {"text/event-streams", StreamFormat::kNdjson},
      // By weight.
      {"application/json, text/event-stream;q=0.1", StreamFormat::kNdjson},
      {"application/json;q=0.1, text/event-stream;q=0.2", StreamFormat::kEvents},
      {"application/x-ndjson;q=0.2, application/json, text/event-stream;q=0.5",
       StreamFormat::kEvents},
      {"text/event-stream;q=0.1, */*", StreamFormat::kNdjson},
      {"text/event-stream; Q=0.1 , application/*;q=0.2", StreamFormat::kNdjson},
      {"text/*;q=0.5, */*;q=0.1", StreamFormat::kEvents},
      // The most exact range counts, wherever it stands.
      {"*/*, application/x-ndjson;q=0.1, text/*;q=0.5", StreamFormat::kEvents},
      {"text/*, text/event-stream;q=0, */*;q=0.1", StreamFormat::kNdjson},
      {"application/json;q=0, */*", StreamFormat::kEvents},
      {"application/x-ndjson;q=0, text/event-stream;q=0", StreamFormat::kNdjson},
      // Among equals the one that is named more exactly, then lines.
      {"text/event-stream, */*", StreamFormat::kEvents},
      {"*/*, application/json, text/*", StreamFormat::kNdjson},
      {"text/event-stream, application/json", StreamFormat::kNdjson},
      {"text/event-stream, application/x-ndjson", StreamFormat::kNdjson},
      {"text/*, application/*", StreamFormat::kNdjson},
      // No weights.
      {"text/event-stream;q=nan", StreamFormat::kNdjson},
      {"text/event-stream;q=2, */*;q=0.1", StreamFormat::kNdjson},
      {"text/event-stream;q=-1", StreamFormat::kNdjson},
      {"text/html, image/gif, *; q=.2, */*; q=.2", StreamFormat::kNdjson},
      {"text/html", StreamFormat::kNdjson},
      {",;,", StreamFormat::kNdjson},
  };
  for (const auto& row : rows)
    EXPECT_EQ(ChooseStreamFormat(watch, row.accept), row.format) << row.accept;
  const Route& raw = RouteOf("GET", "/api/library/v1/exports/1");
  EXPECT_EQ(ChooseStreamFormat(raw, "text/event-stream"), StreamFormat::kRaw);
}

TEST(Streams, Frames) {
  EXPECT_EQ(FrameMessage(StreamFormat::kNdjson, "{}"), "{}\n");
  EXPECT_EQ(FrameMessage(StreamFormat::kEvents, "{}"), "data: {}\n\n");
  EXPECT_EQ(FrameMessage(StreamFormat::kRaw, "bytes"), "bytes");
  EXPECT_EQ(FrameError(StreamFormat::kNdjson, "{\"error\":{}}"), "{\"error\":{}}\n");
  EXPECT_EQ(FrameError(StreamFormat::kEvents, "{\"error\":{}}"),
            "event: error\ndata: {\"error\":{}}\n\n");
  EXPECT_EQ(FrameError(StreamFormat::kRaw, "{}"), "");
  EXPECT_EQ(FrameNothing(StreamFormat::kNdjson), "\n");
  EXPECT_EQ(FrameNothing(StreamFormat::kEvents), ":\n\n");
  EXPECT_EQ(FrameNothing(StreamFormat::kRaw), "");
  EXPECT_EQ(ContentType(StreamFormat::kNdjson), "application/x-ndjson");
  EXPECT_EQ(ContentType(StreamFormat::kEvents), "text/event-stream");
}

}  // namespace
}  // namespace regulars::gateway
