// Protobuf's wire format into JSON in one pass, without a message in between: proto3's JSON mapping
// with lower-camel names, in the order of declaration. Fields without presence are always written,
// zeros, empty lists and maps included, so that a client can rely on them; messages, `optional`
// fields and members of a oneof are written when they are set. What is not known is passed over.
//
// The output is always JSON: text that is not UTF-8 gets U+FFFD, a map key that comes twice is
// written once (the last), NaN and infinities are strings. It holds no line break.
//
// Pure functions over an immutable schema; safe from any thread.
//
//   std::string json;
//   ABSL_RETURN_IF_ERROR(WriteJsonMessage(*schema, *book, wire, &json));
#ifndef GATEWAY_TRANSCODE_JSON_WRITER_H_
#define GATEWAY_TRANSCODE_JSON_WRITER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gateway/transcode/schema.h"

namespace regulars::gateway {

// INTERNAL if `bytes` is no such message, or holds a time or duration out of range.
absl::Status WriteJsonMessage(const Schema& schema, const MessageType& type,
                              absl::string_view bytes, std::string* out);

// The value of one field of the message `bytes`; null if it has presence and is not set.
absl::Status WriteJsonField(const Schema& schema, const MessageType& type, const Field& field,
                            absl::string_view bytes, std::string* out);

}  // namespace regulars::gateway

#endif  // GATEWAY_TRANSCODE_JSON_WRITER_H_
