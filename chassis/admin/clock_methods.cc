#include "chassis/admin/clock_methods.h"

#include "chassis/base/errors.h"
#include "chassis/rpc/timestamps.h"
#include "chassis/server/version.h"
#include "chassis/storage/store_meta.h"

namespace regulars::admin {
namespace {

constexpr absl::Duration kLongestAdvance = absl::Hours(24 * 3660);
// Times end with the year 9999.
constexpr absl::Time kLatest = absl::FromUnixSeconds(253'402'300'799);

absl::StatusOr<absl::Duration> ReadDuration(const v1::AdvanceClockRequest& request) {
  if (!request.has_duration()) {
    return FieldError("duration", "DURATION_MISSING", "must be given");
  }
  // Both parts bounded before they are added: neither may overflow.
  const int64_t seconds = request.duration().seconds();
  const int32_t nanos = request.duration().nanos();
  const absl::Duration by = absl::Seconds(seconds) + absl::Nanoseconds(nanos);
  if (seconds < 0 || nanos < 0 || nanos > 999'999'999 || by > kLongestAdvance) {
    return FieldError("duration", "INVALID_DURATION", "must be from 0 to 3,660 days");
  }
  return by;
}

}  // namespace

absl::StatusOr<v1::ServiceInfo> GetServiceInfo(Snapshot& db, const rpc::Environment& environment,
                                               absl::Time started,
                                               const v1::GetServiceInfoRequest& request) {
  if (request.name() != "info") {
    return FieldError("name", request.name().empty() ? "NAME_MISSING" : "INVALID_NAME",
                      "must be 'info'");
  }
  ABSL_ASSIGN_OR_RETURN(const StoreMeta meta, ReadStoreMeta(db));
  ABSL_ASSIGN_OR_RETURN(const int64_t schema, SchemaVersion(db, environment.service));
  v1::ServiceInfo info;
  info.set_name("info");
  info.set_service(environment.service);
  info.set_version(kVersion);
  info.set_schema_version(static_cast<int32_t>(schema));
  info.set_epoch(meta.epoch);
  info.set_head_position(meta.head_position);
  *info.mutable_start_time() = rpc::ToTimestamp(started);
  *info.mutable_current_time() = rpc::ToTimestamp(db.now());
  info.set_sandbox(environment.sandbox_clock != nullptr);
  return info;
}

absl::StatusOr<v1::AdvanceClockResponse> AdvanceClock(Transaction& tx,
                                                      const rpc::Environment& environment,
                                                      TaskRunner& runner,
                                                      const v1::AdvanceClockRequest& request) {
  if (environment.sandbox_clock == nullptr) {
    return FailedPrecondition("NOT_A_SANDBOX", "the service was not started with --sandbox");
  }
  ABSL_ASSIGN_OR_RETURN(const absl::Duration by, ReadDuration(request));
  if (by > kLatest - tx.now()) {
    return FieldError("duration", "INVALID_DURATION", "leads beyond the year 9999");
  }
  ABSL_ASSIGN_OR_RETURN(const absl::Duration ahead, MoveClock(tx, by));
  // From what the store will hold: should this change be undone and asked for again, the clock does
  // not move twice.
  environment.sandbox_clock->PutAhead(ahead);
  runner.Wake();
  v1::AdvanceClockResponse response;
  *response.mutable_current_time() = rpc::ToTimestamp(tx.now() + by);
  return response;
}

}  // namespace regulars::admin
