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
  const char* description;
};

constexpr ErrorRow kErrors[] = {
    {400, When::kAlways, "BadRequest",
     "The request is wrong in itself, or does not fit the state (FAILED_PRECONDITION, "
     "OUT_OF_RANGE). Where fields are at fault, a BadRequest names them."},
    {401, When::kUnlessPublic, "Unauthenticated",
     "No token, or one that has expired or is not ours; signing in: credentials that are not "
     "right."},
    {403, When::kUnlessPublic, "PermissionDenied",
     "The token does not have the scope, or not for this store or brand."},
    {404, When::kNamesSomething, "NotFound",
     "There is no such thing; the reason says of which kind."},
    {409, When::kChangesSomething, "Conflict",
     "It exists already (ALREADY_EXISTS), or someone else changed it meanwhile (ABORTED)."},
    {413, When::kHasBody, "ContentTooLarge",
     "The body is longer than this method takes, as it is or unpacked."},
    {415, When::kHasBody, "UnsupportedEncoding",
     "The body is packed in a way that this method does not take (Content-Encoding)."},
    {429, When::kAlways, "TooManyRequests",
     "Too much at once. Retry-After says when to try again, and a RetryInfo more exactly."},
    {503, When::kAlways, "Unavailable",
     "The service cannot be reached, is starting, or has too much to do. Try again after "
     "Retry-After."},
    {504, When::kAlways, "DeadlineExceeded",
     "It took too long. A write may have been done: repeat it with the same request id."},
};

// As the gateway and the services make them.
struct ErrorExample {
  int http_status;
  absl::StatusCode code;
  const char* reason;
  const char* message;             // With `field`, what follows it.
  const char* field = nullptr;     // At fault.
  const char* scope = nullptr;     // That is missing.
  const char* retry_in = nullptr;  // In JSON's form.
};

constexpr ErrorExample kExamples[] = {
    {400, absl::StatusCode::kInvalidArgument, "INVALID_VALUE",
     "must be an integer from -2147483648 to 2147483647", "page_size"},
    {401, absl::StatusCode::kUnauthenticated, "TOKEN_MISSING",
     "send 'authorization: Bearer <token>'"},
    {401, absl::StatusCode::kUnauthenticated, "TOKEN_INVALID", "the access token is not valid"},
    {401, absl::StatusCode::kUnauthenticated, "TOKEN_EXPIRED", "the access token has expired"},
    {403, absl::StatusCode::kPermissionDenied, "SCOPE_MISSING",
     "this needs the scope 'customer.write'", nullptr, "customer.write"},
    {404, absl::StatusCode::kNotFound, "CUSTOMER_NOT_FOUND",
     "there is no customer 'customers/01j8x4mz5k7q2v9t3w6y8a0b1c'"},
    {409, absl::StatusCode::kAborted, "ETAG_MISMATCH",
     "it was changed meanwhile: read it again and repeat the change"},
    {413, absl::StatusCode::kInvalidArgument, "BODY_TOO_LARGE", "the body is too large"},
    {415, absl::StatusCode::kInvalidArgument, "UNSUPPORTED_ENCODING",
     "send the body as it is or gzip"},
    {429, absl::StatusCode::kResourceExhausted, "RATE_LIMITED", "too many requests", nullptr,
     nullptr, "0.002s"},
    {503, absl::StatusCode::kUnavailable, "SERVICE_UNREACHABLE",
     "the service does not answer at present", nullptr, nullptr, "1s"},
    {504, absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
     "the service has not answered in time; what was asked for may have been done"},
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

json::Printer& BeginDetail(const char* type, json::Printer* json) {
  return json->BeginObject().Text("@type", absl::StrCat("type.googleapis.com/google.rpc.", type));
}

void WriteDetails(const ErrorExample& example, json::Printer* json) {
  json->Key("details").BeginArray();
  BeginDetail("ErrorInfo", json).Text("reason", example.reason).Text("domain", "regulars");
  json->Key("metadata").BeginObject();
  if (example.scope != nullptr) json->Text("scope", example.scope);
  json->EndObject().EndObject();
  if (example.field != nullptr) {
    BeginDetail("BadRequest", json).Key("fieldViolations").BeginArray().BeginObject();
    json->Text("field", example.field).Text("description", example.message);
    json->EndObject().EndArray().EndObject();
  }
  if (example.retry_in != nullptr) {
    BeginDetail("RetryInfo", json).Text("retryDelay", example.retry_in).EndObject();
  }
  json->EndArray();
}

// A member of "examples", by its reason.
void WriteExample(const ErrorExample& example, json::Printer* json) {
  json->Key(example.reason).BeginObject().Key("value").BeginObject().Key("error").BeginObject();
  const absl::string_view field = example.field == nullptr ? "" : example.field;
  json->Key("code").Int(example.http_status);
  json->Text("message", absl::StrCat(field, field.empty() ? "" : " ", example.message));
  json->Text("status", CodeName(example.code));
  WriteDetails(example, json);
  json->EndObject().EndObject().EndObject();
}

void WriteContent(const ErrorRow* row, json::Printer* json) {
  json->Key("content").BeginObject().Key("application/json").BeginObject();
  json->Key("schema").BeginObject().Text("$ref", "#/components/schemas/Error").EndObject();
  if (row != nullptr) {
    json->Key("examples").BeginObject();
    for (const ErrorExample& example : kExamples) {
      if (example.http_status == row->http_status) WriteExample(example, json);
    }
    json->EndObject();
  }
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
