#include "chassis/base/errors.h"

#include <gtest/gtest.h>

#include "chassis/testing/status_matchers.h"

namespace regulars {
namespace {

TEST(Errors, CarryReasonViolationsMetadataAndRetry) {
  const absl::Status status = Error(absl::StatusCode::kResourceExhausted, "full",
                                    {.reason = "QUEUE_FULL",
                                     .violations = {{"a.b", "is bad"}, {"c", "too"}},
                                     .metadata = {{"queue", "writer"}},
                                     .retry_after = absl::Milliseconds(250)});
  const ErrorDetails details = GetErrorDetails(status);
  EXPECT_EQ(details.reason, "QUEUE_FULL");
  ASSERT_EQ(details.violations.size(), 2u);
  EXPECT_EQ(details.violations[1].field, "c");
  EXPECT_EQ(details.violations[0].description, "is bad");
  EXPECT_EQ(details.metadata[0].second, "writer");
  EXPECT_EQ(details.retry_after, absl::Milliseconds(250));
}

// "0s" would say: at once.
TEST(Errors, AWaitIsNeverCutShort) {
  const std::pair<absl::Duration, absl::Duration> rows[] = {
      {absl::Nanoseconds(1), absl::Milliseconds(1)},
      {absl::Microseconds(999), absl::Milliseconds(1)},
      {absl::Microseconds(1500), absl::Milliseconds(2)},
      {absl::Milliseconds(7), absl::Milliseconds(7)},
      {absl::ZeroDuration(), absl::Milliseconds(1)}};
  for (const auto& [wait, told] : rows) {
    EXPECT_EQ(GetErrorDetails(Unavailable("R", "m", wait)).retry_after, told) << wait;
  }
}

TEST(Errors, SeparatorsInTextDoNotForgeDetails) {
  const absl::Status status = FieldError("f\x1ex", "R", "d\x1ev\x1fgg");
  EXPECT_EQ(GetErrorDetails(status).violations.size(), 1u);
}

TEST(Errors, WithoutDetailsTheCodeIsTheReason) {
  EXPECT_EQ(GetErrorDetails(absl::NotFoundError("x")).reason, "NOT_FOUND");
}

TEST(Errors, PrefixReachesFieldAndMessage) {
  const absl::Status status = PrefixFields(FieldError("email", "BAD", "is bad"), "customer.");
  EXPECT_EQ(status.message(), "customer.email is bad");
  EXPECT_EQ(GetErrorDetails(status).violations[0].field, "customer.email");
}

TEST(Errors, HttpStatusOfAllSeventeenCodes) {
  // google/rpc/code.proto.
  const int expected[17] = {200, 499, 500, 400, 504, 404, 409, 403, 429,
                            400, 409, 400, 501, 500, 503, 500, 401};
  for (int code = 0; code < 17; ++code) {
    EXPECT_EQ(HttpStatus(static_cast<absl::StatusCode>(code)), expected[code]) << code;
    EXPECT_EQ(CodeName(static_cast<absl::StatusCode>(code)),
              absl::StatusCodeToString(static_cast<absl::StatusCode>(code)));
  }
}

}  // namespace
}  // namespace regulars
