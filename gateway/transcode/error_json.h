// Errors as Google's APIs send them over HTTP (AIP-193):
//
//   {"error": {"code": 404, "message": "no customer '7'", "status": "NOT_FOUND",
//              "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", …}]}}
//
// Pure functions over an immutable schema; safe from any thread.
#ifndef GATEWAY_TRANSCODE_ERROR_JSON_H_
#define GATEWAY_TRANSCODE_ERROR_JSON_H_

#include <google/rpc/status.pb.h>

#include <string>

#include "absl/strings/string_view.h"
#include "gateway/transcode/schema.h"

namespace regulars::gateway {

// What an upstream said: its code and message, and the google.rpc.Status of grpc-status-details-bin
// (grpc::Status::error_details()), which may be missing or damaged; the code and message of the
// call itself win.
google::rpc::Status UpstreamStatus(int code, absl::string_view message, absl::string_view details);

// The body of the error. An ErrorInfo with the code as its reason is added if there is none, so
// that every error has one. `http_status` is HttpStatus() of the code, or what HTTP alone knows
// (405, 413).
std::string WriteErrorJson(const Schema& schema, const google::rpc::Status& status,
                           int http_status);

}  // namespace regulars::gateway

#endif  // GATEWAY_TRANSCODE_ERROR_JSON_H_
