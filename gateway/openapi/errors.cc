#include "gateway/openapi/errors.h"

#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"

namespace regulars::gateway {
namespace {

// Which operations may answer it, besides those whose documentation names it.
enum class When { kAlways, kUnlessPublic, kNamesSomething, kChangesSomething, kHasBody };

struct ErrorRow {
  int http_status;
  When when;
  const char* name;  // In components/responses.
  absl::StatusCode code;
  const char* description;
  const char* message;           // Of the example.
  const char* reason = nullptr;  // Likewise; the code's name if it is not given.
};

constexpr ErrorRow kErrors[] = {
    {400, When::kAlways, "BadRequest", absl::StatusCode::kInvalidArgument,
     "The request is wrong in itself, or does not fit the state (FAILED_PRECONDITION, "
     "OUT_OF_RANGE).",
     "page_size must be an integer from -2147483648 to 2147483647"},
    {401, When::kUnlessPublic, "Unauthenticated", absl::StatusCode::kUnauthenticated,
     "No token, or one that has expired or is not ours; signing in: credentials that are not "
     "right.",
     "the token has expired"},
    {403, When::kUnlessPublic, "PermissionDenied", absl::StatusCode::kPermissionDenied,
     "The token does not have the scope, or not for this store or brand.", "the scope is missing"},
    {404, When::kNamesSomething, "NotFound", absl::StatusCode::kNotFound, "There is no such thing.",
     "not found"},
    {409, When::kChangesSomething, "Conflict", absl::StatusCode::kAborted,
     "It exists already (ALREADY_EXISTS), or someone else changed it meanwhile (ABORTED).",
     "the etag is not the current one"},
    {413, When::kHasBody, "ContentTooLarge", absl::StatusCode::kInvalidArgument,
     "The body is longer than this method takes, as it is or unpacked.", "the body is too large",
     "BODY_TOO_LARGE"},
    {415, When::kHasBody, "UnsupportedEncoding", absl::StatusCode::kInvalidArgument,
     "The body is packed in a way that this method does not take (Content-Encoding).",
     "send the body as it is or gzip", "UNSUPPORTED_ENCODING"},
    {429, When::kAlways, "TooManyRequests", absl::StatusCode::kResourceExhausted,
     "Too much at once. Retry-After says when to try again, and a RetryInfo more exactly.",
     "too many requests"},
    {503, When::kAlways, "Unavailable", absl::StatusCode::kUnavailable,
     "The service cannot be reached, is starting, or has too much to do. Try again after "
     "Retry-After.",
     "the service does not answer at present"},
    {504, When::kAlways, "DeadlineExceeded", absl::StatusCode::kDeadlineExceeded,
     "It took too long. A write may have been done: repeat it with the same request id.",
     "the deadline passed"},
};

bool Applies(const ErrorRow& row, const ErrorReplies& replies) {
  if (replies.named.count(row.http_status) != 0) return true;
  switch (row.when) {
    case When::kAlways:
      return true;
    case When::kUnlessPublic:
      return !replies.is_public;
    case When::kNamesSomething:
      return replies.names_something;
    case When::kChangesSomething:
      return replies.changes_something;
    case When::kHasBody:
      return replies.has_body;
  }
  return false;
}

void WriteExample(const ErrorRow& row, json::Printer* json) {
  json->Key("example").BeginObject().Key("error").BeginObject();
  json->Key("code").Int(row.http_status).Text("message", row.message);
  json->Text("status", CodeName(row.code)).Key("details").BeginArray().BeginObject();
  json->Text("@type", "type.googleapis.com/google.rpc.ErrorInfo");
  json->Text("reason", row.reason != nullptr ? row.reason : CodeName(row.code));
  json->Text("domain", "regulars").Key("metadata").BeginObject().EndObject();
  json->EndObject().EndArray().EndObject().EndObject();
}

void WriteContent(const ErrorRow* row, json::Printer* json) {
  json->Key("content").BeginObject().Key("application/json").BeginObject();
  json->Key("schema").BeginObject().Text("$ref", "#/components/schemas/Error").EndObject();
  if (row != nullptr) WriteExample(*row, json);
  json->EndObject().EndObject();
}

void WriteMember(const char* name, const char* type, const char* description, json::Printer* json) {
  json->Key(name).BeginObject().Text("type", type).Text("description", description).EndObject();
}

}  // namespace

void WriteErrorReplies(const ErrorReplies& replies, json::Printer* json) {
  for (const ErrorRow& row : kErrors) {
    if (!Applies(row, replies)) continue;
    json->Key(absl::StrCat(row.http_status)).BeginObject();
    json->Text("$ref", absl::StrCat("#/components/responses/", row.name)).EndObject();
  }
  json->Key("default").BeginObject().Text("$ref", "#/components/responses/Error").EndObject();
}

void WriteErrorResponses(json::Printer* json) {
  for (const ErrorRow& row : kErrors) {
    json->Key(row.name).BeginObject().Text("description", row.description);
    WriteContent(&row, json);
    json->EndObject();
  }
  json->Key("Error").BeginObject().Text("description", "Any other error.");
  WriteContent(nullptr, json);
  json->EndObject();
}

void WriteErrorSchema(json::Printer* json) {
  json->Key("Error").BeginObject().Text("type", "object");
  json->Text("description", "An error, in the form of Google's APIs (AIP-193).");
  json->Key("required").BeginArray().String("error").EndArray();
  json->Key("properties").BeginObject().Key("error").BeginObject().Text("type", "object");
  json->Key("required").BeginArray().String("code").String("message").String("status");
  json->String("details").EndArray();
  json->Key("properties").BeginObject();
  WriteMember("code", "integer", "The HTTP status.", json);
  WriteMember("message", "string", "What went wrong, for a developer.", json);
  WriteMember("status", "string", "The name of the gRPC code, such as \"NOT_FOUND\".", json);
  json->Key("details").BeginObject().Text("type", "array");
  json->Text("description",
             "Exactly one google.rpc.ErrorInfo, whose `reason` never changes; a "
             "google.rpc.BadRequest that names fields where the caller can mend something; a "
             "google.rpc.RetryInfo where trying again makes sense.");
  json->Key("items").BeginObject().Text("type", "object");
  json->Key("required").BeginArray().String("@type").EndArray();
  json->Key("properties").BeginObject();
  WriteMember("@type", "string", "\"type.googleapis.com/google.rpc.ErrorInfo\" or another.", json);
  json->EndObject().Key("additionalProperties").Bool(true).EndObject().EndObject();
  json->EndObject().EndObject().EndObject().EndObject();
}

}  // namespace regulars::gateway
