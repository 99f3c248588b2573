#include "chassis/rpc/status_proto.h"

#include <gtest/gtest.h>

#include "chassis/base/errors.h"
#include "chassis/testing/status_matchers.h"
#include "google/rpc/error_details.pb.h"

namespace regulars {
namespace {

TEST(StatusProto, EveryErrorCarriesExactlyOneErrorInfo) {
  for (const absl::Status& status : {absl::NotFoundError("plain"), NotFound("X_NOT_FOUND", "no x"),
                                     FieldError("a.b", "BAD", "is bad")}) {
    int infos = 0;
    const google::rpc::Status proto = ToProto(status);
    for (const auto& detail : proto.details()) {
      google::rpc::ErrorInfo info;
      if (!detail.UnpackTo(&info)) continue;
      ++infos;
      EXPECT_EQ(info.domain(), "regulars");
      EXPECT_FALSE(info.reason().empty());
    }
    EXPECT_EQ(infos, 1) << status;
  }
}

TEST(StatusProto, RoundTripsThroughGrpc) {
  const absl::Status status = Error(absl::StatusCode::kResourceExhausted, "full ü",
                                    {.reason = "QUEUE_FULL",
                                     .violations = {{"f", "is too much"}},
                                     .metadata = {{"queue", "writer"}},
                                     .retry_after = absl::Milliseconds(1500)});
  const absl::Status back = FromGrpc(ToGrpc(status));
  EXPECT_EQ(back.code(), status.code());
  EXPECT_EQ(back.message(), status.message());
  const ErrorDetails details = GetErrorDetails(back);
  EXPECT_EQ(details.reason, "QUEUE_FULL");
  EXPECT_EQ(details.violations.at(0).field, "f");
  EXPECT_EQ(details.metadata.at(0).first, "queue");
  EXPECT_EQ(details.retry_after, absl::Milliseconds(1500));
  EXPECT_TRUE(FromGrpc(ToGrpc(absl::OkStatus())).ok());
}

TEST(StatusProto, AnErrorOfAForeignServerKeepsCodeAndMessage) {
  const absl::Status status = FromGrpc(grpc::Status(grpc::StatusCode::ABORTED, "theirs"));
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(status.message(), "theirs");
}

}  // namespace
}  // namespace regulars
