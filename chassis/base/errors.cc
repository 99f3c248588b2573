#include "chassis/base/errors.h"

#include <algorithm>
#include <array>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "chassis/base/check.h"

namespace regulars {
namespace {

// Details travel inside the Status under this key, as lines of "kind<US>a<US>b<RS>". The encoding
// is private to this file.
constexpr char kPayloadUrl[] = "regulars/error_details";
constexpr char kUnitSeparator = '\x1f';
constexpr char kRecordSeparator = '\x1e';

std::string Clean(absl::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c == kUnitSeparator || c == kRecordSeparator) c = ' ';
  }
  return out;
}

// At least one: whoever comes back sooner than told is refused again.
int64_t WaitMilliseconds(absl::Duration wait) {
  return std::max<int64_t>(1, absl::ToInt64Milliseconds(absl::Ceil(wait, absl::Milliseconds(1))));
}

std::string Encode(const ErrorDetails& details) {
  std::string out;
  const auto add = [&](char kind, absl::string_view a, absl::string_view b) {
    out += kind;
    out += Clean(a);
    out += kUnitSeparator;
    out += Clean(b);
    out += kRecordSeparator;
  };
  add('r', details.reason, "");
  for (const FieldViolation& v : details.violations) add('v', v.field, v.description);
  for (const auto& [key, value] : details.metadata) add('m', key, value);
  if (details.retry_after) {
    add('t', absl::StrCat(WaitMilliseconds(*details.retry_after)), "");
  }
  return out;
}

ErrorDetails Decode(absl::string_view text) {
  ErrorDetails details;
  for (absl::string_view record : absl::StrSplit(text, kRecordSeparator, absl::SkipEmpty())) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(record.substr(1), absl::MaxSplits(kUnitSeparator, 1));
    switch (record[0]) {
      case 'r':
        details.reason = parts.first;
        break;
      case 'v':
        details.violations.push_back({parts.first, parts.second});
        break;
      case 'm':
        details.metadata.push_back(parts);
        break;
      case 't': {
        int64_t ms = 0;
        CHECK(absl::SimpleAtoi(parts.first, &ms));  // Written by Encode().
        details.retry_after = absl::Milliseconds(ms);
        break;
      }
    }
  }
  return details;
}

struct CodeRow {
  absl::StatusCode code;
  absl::string_view name;
  int http;
};

// google/rpc/code.proto, all seventeen.
constexpr std::array<CodeRow, 17> kCodes = {{
    {absl::StatusCode::kOk, "OK", 200},
    {absl::StatusCode::kCancelled, "CANCELLED", 499},
    {absl::StatusCode::kUnknown, "UNKNOWN", 500},
    {absl::StatusCode::kInvalidArgument, "INVALID_ARGUMENT", 400},
    {absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED", 504},
    {absl::StatusCode::kNotFound, "NOT_FOUND", 404},
    {absl::StatusCode::kAlreadyExists, "ALREADY_EXISTS", 409},
    {absl::StatusCode::kPermissionDenied, "PERMISSION_DENIED", 403},
    {absl::StatusCode::kResourceExhausted, "RESOURCE_EXHAUSTED", 429},
    {absl::StatusCode::kFailedPrecondition, "FAILED_PRECONDITION", 400},
    {absl::StatusCode::kAborted, "ABORTED", 409},
    {absl::StatusCode::kOutOfRange, "OUT_OF_RANGE", 400},
    {absl::StatusCode::kUnimplemented, "UNIMPLEMENTED", 501},
    {absl::StatusCode::kInternal, "INTERNAL", 500},
    {absl::StatusCode::kUnavailable, "UNAVAILABLE", 503},
    {absl::StatusCode::kDataLoss, "DATA_LOSS", 500},
    {absl::StatusCode::kUnauthenticated, "UNAUTHENTICATED", 401},
}};

const CodeRow& RowOf(absl::StatusCode code) {
  const auto index = static_cast<size_t>(code);
  return index < kCodes.size() ? kCodes[index] : kCodes[2];
}

}  // namespace

absl::Status Error(absl::StatusCode code, absl::string_view message, const ErrorDetails& details) {
  // An error must be an error, and must say which.
  CHECK(code != absl::StatusCode::kOk && !details.reason.empty());
  absl::Status status(code, message);
  status.SetPayload(kPayloadUrl, absl::Cord(Encode(details)));
  return status;
}

absl::Status FieldError(absl::string_view field, absl::string_view reason,
                        absl::string_view description) {
  return Error(absl::StatusCode::kInvalidArgument, absl::StrCat(field, " ", description),
               {.reason = std::string(reason),
                .violations = {{std::string(field), std::string(description)}}});
}

absl::Status InvalidArgument(absl::string_view reason, absl::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, message, {.reason = std::string(reason)});
}
absl::Status NotFound(absl::string_view reason, absl::string_view message) {
  return Error(absl::StatusCode::kNotFound, message, {.reason = std::string(reason)});
}
absl::Status AlreadyExists(absl::string_view reason, absl::string_view message) {
  return Error(absl::StatusCode::kAlreadyExists, message, {.reason = std::string(reason)});
}
absl::Status FailedPrecondition(absl::string_view reason, absl::string_view message) {
  return Error(absl::StatusCode::kFailedPrecondition, message, {.reason = std::string(reason)});
}
absl::Status Aborted(absl::string_view reason, absl::string_view message) {
  return Error(absl::StatusCode::kAborted, message, {.reason = std::string(reason)});
}
absl::Status PermissionDenied(absl::string_view reason, absl::string_view message) {
  return Error(absl::StatusCode::kPermissionDenied, message, {.reason = std::string(reason)});
}
absl::Status Unauthenticated(absl::string_view reason, absl::string_view message) {
  return Error(absl::StatusCode::kUnauthenticated, message, {.reason = std::string(reason)});
}
absl::Status OutOfRange(absl::string_view reason, absl::string_view message) {
  return Error(absl::StatusCode::kOutOfRange, message, {.reason = std::string(reason)});
}
absl::Status Unavailable(absl::string_view reason, absl::string_view message,
                         absl::Duration retry_after) {
  return Error(absl::StatusCode::kUnavailable, message,
               {.reason = std::string(reason), .retry_after = retry_after});
}
absl::Status ResourceExhausted(absl::string_view reason, absl::string_view message,
                               absl::Duration retry_after) {
  return Error(absl::StatusCode::kResourceExhausted, message,
               {.reason = std::string(reason), .retry_after = retry_after});
}

ErrorDetails GetErrorDetails(const absl::Status& status) {
  if (const auto payload = status.GetPayload(kPayloadUrl)) return Decode(std::string(*payload));
  return {.reason = std::string(CodeName(status.code()))};
}

absl::Status PrefixFields(absl::Status status, absl::string_view prefix) {
  if (status.ok()) return status;
  ErrorDetails details = GetErrorDetails(status);
  if (details.violations.empty()) return status;
  std::string message(status.message());
  // FieldError() opens the message with the field: keep the two in step.
  if (message.rfind(details.violations[0].field, 0) == 0) message = absl::StrCat(prefix, message);
  for (FieldViolation& v : details.violations) v.field = absl::StrCat(prefix, v.field);
  return Error(status.code(), message, details);
}

absl::string_view CodeName(absl::StatusCode code) { return RowOf(code).name; }

int HttpStatus(absl::StatusCode code) { return RowOf(code).http; }

}  // namespace regulars
