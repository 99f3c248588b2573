// Turns an HTTP request, already matched to a route, into the gRPC request's bytes: the body first,
// then what path and query bind. Pure functions over an immutable schema; safe from any thread.
//
// - The body of a JSON method may be left empty, one that is a field may be null: then nothing is
//   set by it.
// - A field that the path binds may stand in the body too if both say the same, as in
//   `PATCH /v1/{customer.name=customers/*}` with the whole customer; if they differ it is refused.
//   In a field without presence a zero (an empty name) counts as not given.
// - Where the body is "*" there are no query parameters; where there is none, a body is refused.
// - A body that names a google.api.HttpBody goes into it as it is, with its content type.
//
//   ABSL_ASSIGN_OR_RETURN(const std::string wire,
//                         BuildRequest(table.schema(), *match.route, {.values = match.values, …}));
#ifndef GATEWAY_TRANSCODE_REQUEST_H_
#define GATEWAY_TRANSCODE_REQUEST_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/transcode/route.h"
#include "gateway/transcode/schema.h"

namespace regulars::gateway {

struct RequestParts {
  // Of the route's variables, decoded (MethodTable::Match::values).
  const std::vector<std::string>& values;
  absl::string_view query;  // Without '?', as sent.
  absl::string_view body;
  absl::string_view content_type;  // Only for a body that is not JSON.
};

// The request of a unary or server-streaming method. INVALID_ARGUMENT names the field or parameter.
absl::StatusOr<std::string> BuildRequest(const Schema& schema, const Route& route,
                                         const RequestParts& parts);

// An upload's client stream is the message of BuildUpload(), and then messages that hold nothing
// but a piece of the body. The first piece follows in the first message, so an upload is sent as
//
//   BuildUpload() + UploadPrefix(route, content_type, n) + n bytes,
//   UploadPrefix(route, "", m) + m bytes, …
inline constexpr size_t kUploadPieceBytes = 256 * 1024;

// What path and query bind; `parts.body` and `parts.content_type` are not looked at.
absl::StatusOr<std::string> BuildUpload(const Route& route, const RequestParts& parts);

// The bytes before a piece of `piece_size` bytes, which itself need not be copied.
std::string UploadPrefix(const Route& route, absl::string_view content_type, size_t piece_size);

}  // namespace regulars::gateway

#endif  // GATEWAY_TRANSCODE_REQUEST_H_
