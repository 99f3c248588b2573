#include "chassis/rpc/timestamps.h"

#include "chassis/base/errors.h"

namespace regulars::rpc {
namespace {

// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, as timestamp.proto limits it.
constexpr int64_t kMinSeconds = -62'135'596'800;
constexpr int64_t kMaxSeconds = 253'402'300'799;
constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int32_t kNanosPerMicro = 1000;
constexpr int32_t kMaxNanos = 999'999'999;

}  // namespace

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  const int64_t micros = absl::ToUnixMicros(time);
  int64_t seconds = micros / kMicrosPerSecond;
  if (micros % kMicrosPerSecond < 0) --seconds;
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(static_cast<int32_t>(micros - seconds * kMicrosPerSecond) * kNanosPerMicro);
  return timestamp;
}

absl::StatusOr<absl::Time> FromTimestamp(const google::protobuf::Timestamp& timestamp,
                                         absl::string_view field) {
  if (timestamp.seconds() < kMinSeconds || timestamp.seconds() > kMaxSeconds) {
    return FieldError(field, "INVALID_TIME", "must be in the years 1 to 9999");
  }
  if (timestamp.nanos() < 0 || timestamp.nanos() > kMaxNanos) {
    return FieldError(field, "INVALID_TIME", "has nanos outside 0 to 999999999");
  }
  return absl::FromUnixMicros(timestamp.seconds() * kMicrosPerSecond +
                              timestamp.nanos() / kNanosPerMicro);
}

}  // namespace regulars::rpc
