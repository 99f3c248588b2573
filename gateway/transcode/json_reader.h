// JSON into protobuf's wire format in one pass, without a message in between. What it takes is
// proto3's JSON mapping over the strict JSON of json/tokenizer.h, and nothing else: unknown fields,
// fields given twice (under either name), two members of a oneof, wrong types and values out of
// range are INVALID_ARGUMENT and name the field ("customer.emails[0].address must be a string, not
// a number"). Lower-camel and original names are both known; null means absent.
//
// Pure functions over an immutable schema; safe from any thread.
//
//   std::string wire;
//   ABSL_RETURN_IF_ERROR(ReadJsonMessage(*schema, *book, "{\"title\": \"Emma\"}", {}, &wire));
#ifndef GATEWAY_TRANSCODE_JSON_READER_H_
#define GATEWAY_TRANSCODE_JSON_READER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gateway/transcode/field_path.h"
#include "gateway/transcode/schema.h"

namespace regulars::gateway {

// Appends the fields of a message whose JSON is the whole of `text`. `path` is where the message
// stands in the request.
absl::Status ReadJsonMessage(const Schema& schema, const MessageType& type, absl::string_view text,
                             const FieldPath& path, std::string* out);

// Appends one field, with its tag, whose JSON is the whole of `text`: an array for a list, an
// object for a map. `path` is where the field stands.
absl::Status ReadJsonField(const Schema& schema, const Field& field, absl::string_view text,
                           const FieldPath& path, std::string* out);

}  // namespace regulars::gateway

#endif  // GATEWAY_TRANSCODE_JSON_READER_H_
