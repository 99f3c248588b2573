#include "chassis/rpc/status_proto.h"

#include <google/protobuf/util/time_util.h>

#include "chassis/base/errors.h"
#include "google/rpc/error_details.pb.h"

namespace regulars {

google::rpc::Status ToProto(const absl::Status& status) {
  google::rpc::Status proto;
  proto.set_code(static_cast<int>(status.code()));
  if (status.ok()) return proto;
  proto.set_message(std::string(status.message()));
  const ErrorDetails details = GetErrorDetails(status);
  google::rpc::ErrorInfo info;
  info.set_domain(kErrorDomain);
  info.set_reason(details.reason);
  for (const auto& [key, value] : details.metadata) (*info.mutable_metadata())[key] = value;
  proto.add_details()->PackFrom(info);
  if (!details.violations.empty()) {
    google::rpc::BadRequest bad;
    for (const FieldViolation& violation : details.violations) {
      auto* added = bad.add_field_violations();
      added->set_field(violation.field);
      added->set_description(violation.description);
    }
    proto.add_details()->PackFrom(bad);
  }
  if (details.retry_after) {
    google::rpc::RetryInfo retry;
    *retry.mutable_retry_delay() = google::protobuf::util::TimeUtil::MillisecondsToDuration(
        absl::ToInt64Milliseconds(*details.retry_after));
    proto.add_details()->PackFrom(retry);
  }
  return proto;
}

absl::Status FromProto(const google::rpc::Status& proto) {
  if (proto.code() == 0) return absl::OkStatus();
  ErrorDetails details;
  for (const google::protobuf::Any& any : proto.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad;
    google::rpc::RetryInfo retry;
    if (any.UnpackTo(&info)) {
      details.reason = info.reason();
      for (const auto& [key, value] : info.metadata()) details.metadata.emplace_back(key, value);
    } else if (any.UnpackTo(&bad)) {
      for (const auto& v : bad.field_violations()) {
        details.violations.push_back({v.field(), v.description()});
      }
    } else if (any.UnpackTo(&retry)) {
      details.retry_after = absl::Milliseconds(
          google::protobuf::util::TimeUtil::DurationToMilliseconds(retry.retry_delay()));
    }
  }
  const auto code = static_cast<absl::StatusCode>(proto.code());
  // From a server that is not ours.
  if (details.reason.empty()) return absl::Status(code, proto.message());
  return Error(code, proto.message(), std::move(details));
}

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()),
                      ToProto(status).SerializeAsString());
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  google::rpc::Status proto;
  if (!proto.ParseFromString(status.error_details()) || proto.code() == 0) {
    proto.Clear();
    proto.set_code(status.error_code());
    proto.set_message(status.error_message());
  }
  return FromProto(proto);
}

}  // namespace regulars
