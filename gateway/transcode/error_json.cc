#include "gateway/transcode/error_json.h"

#include <google/rpc/error_details.pb.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "gateway/json/quote.h"
#include "gateway/transcode/json_writer.h"

namespace regulars::gateway {
namespace {

constexpr char kErrorDomain[] = "regulars";
constexpr int kLastCode = 16;

// A code outside the seventeen is UNKNOWN, as gRPC has it.
absl::StatusCode CodeOf(const google::rpc::Status& status) {
  const int code = status.code();
  return static_cast<absl::StatusCode>(code >= 0 && code <= kLastCode ? code : 2);
}

google::protobuf::Any MakeErrorInfo(const google::rpc::Status& status) {
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(CodeName(CodeOf(status))));
  info.set_domain(kErrorDomain);
  google::protobuf::Any any;
  any.PackFrom(info);
  return any;
}

// By hand: the schema's writer would give every violation an empty reason.
std::string BadRequestJson(const google::rpc::BadRequest& bad) {
  std::string out =
      "{\"@type\":\"type.googleapis.com/google.rpc.BadRequest\",\"fieldViolations\":[";
  const char* comma = "";
  for (const auto& violation : bad.field_violations()) {
    absl::StrAppend(&out, comma, "{\"field\":");
    json::AppendQuoted(violation.field(), &out);
    absl::StrAppend(&out, ",\"description\":");
    json::AppendQuoted(violation.description(), &out);
    if (!violation.reason().empty()) {
      absl::StrAppend(&out, ",\"reason\":");
      json::AppendQuoted(violation.reason(), &out);
    }
    out += '}';
    comma = ",";
  }
  return out + "]}";
}

// A detail that cannot be written must not hide the error: it is left out.
void AppendDetail(const Schema& schema, const google::protobuf::Any& detail, std::string* out) {
  const MessageType* const type = schema.FindMessage("google.protobuf.Any");
  std::string json;
  google::rpc::BadRequest bad;
  if (detail.Is<google::rpc::BadRequest>() && detail.UnpackTo(&bad)) {
    absl::StrAppend(out, out->back() == '[' ? "" : ",", BadRequestJson(bad));
    return;
  }
  if (type == nullptr || !WriteJsonMessage(schema, *type, detail.SerializeAsString(), &json).ok()) {
    return;
  }
  absl::StrAppend(out, out->back() == '[' ? "" : ",", json);
}

}  // namespace

google::rpc::Status UpstreamStatus(int code, absl::string_view message, absl::string_view details) {
  google::rpc::Status status;
  if (!status.ParseFromArray(details.data(), static_cast<int>(details.size()))) status.Clear();
  status.set_code(code);
  status.set_message(std::string(message));
  return status;
}

std::string WriteErrorJson(const Schema& schema, const google::rpc::Status& status,
                           int http_status) {
  std::string out = absl::StrCat("{\"error\":{\"code\":", http_status, ",\"message\":");
  json::AppendQuoted(status.message(), &out);
  absl::StrAppend(&out, ",\"status\":\"", CodeName(CodeOf(status)), "\",\"details\":[");
  const bool has_info =
      std::any_of(status.details().begin(), status.details().end(),
                  [](const auto& any) { return any.template Is<google::rpc::ErrorInfo>(); });
  if (!has_info) AppendDetail(schema, MakeErrorInfo(status), &out);
  for (const google::protobuf::Any& detail : status.details()) AppendDetail(schema, detail, &out);
  return out + "]}}";
}

}  // namespace regulars::gateway
