// GoogleTest matchers for absl::Status and absl::StatusOr.
//
//   EXPECT_THAT(Parse("x"), IsOk());
//   EXPECT_THAT(Parse("x"), IsOkAndHolds(7));
//   EXPECT_THAT(Parse(""), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("empty")));
//   EXPECT_THAT(Parse(""), HasReason("EMPTY"));
#ifndef CHASSIS_TESTING_STATUS_MATCHERS_H_
#define CHASSIS_TESTING_STATUS_MATCHERS_H_

#include <gmock/gmock.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "chassis/base/errors.h"

namespace regulars::testing {

inline const absl::Status& GetStatus(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& GetStatus(const absl::StatusOr<T>& status_or) {
  return status_or.status();
}

MATCHER(IsOk, "is OK") {
  const absl::Status& status = GetStatus(arg);
  if (!status.ok()) *result_listener << "status is " << status.ToString();
  return status.ok();
}

MATCHER_P(IsOkAndHolds, inner, "") {
  if (!arg.ok()) {
    *result_listener << "status is " << arg.status().ToString();
    return false;
  }
  return ::testing::ExplainMatchResult(inner, *arg, result_listener);
}

MATCHER_P(StatusIs, code, "") {
  const absl::Status& status = GetStatus(arg);
  if (status.code() != code) *result_listener << "status is " << status.ToString();
  return status.code() == code;
}

MATCHER_P2(StatusIs, code, message, "") {
  const absl::Status& status = GetStatus(arg);
  if (status.code() != code) {
    *result_listener << "status is " << status.ToString();
    return false;
  }
  return ::testing::ExplainMatchResult(message, std::string(status.message()), result_listener);
}

MATCHER_P(HasReason, reason, "") {
  const absl::Status& status = GetStatus(arg);
  *result_listener << "status is " << status.ToString();
  return !status.ok() && GetErrorDetails(status).reason == reason;
}

}  // namespace regulars::testing

#define ASSERT_OK(expression) ASSERT_THAT(expression, ::regulars::testing::IsOk())
#define EXPECT_OK(expression) EXPECT_THAT(expression, ::regulars::testing::IsOk())
// Declares `target` from a StatusOr, or fails the test.
#define ASSERT_OK_AND_ASSIGN(target, ...) \
  REGULARS_ASSERT_OK_AND_ASSIGN_(REGULARS_TEST_CONCAT_(status_or_, __LINE__), target, __VA_ARGS__)
#define REGULARS_ASSERT_OK_AND_ASSIGN_(holder, target, ...) \
  auto holder = (__VA_ARGS__);                              \
  ASSERT_OK(holder);                                        \
  target = *std::move(holder)
#define REGULARS_TEST_CONCAT_(a, b) REGULARS_TEST_CONCAT_INNER_(a, b)
#define REGULARS_TEST_CONCAT_INNER_(a, b) a##b

#endif  // CHASSIS_TESTING_STATUS_MATCHERS_H_
