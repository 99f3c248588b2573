// One value of a field from text into wire bytes: what JSON strings and numbers, path variables,
// query parameters and map keys have in common. Pure functions; safe from any thread.
#ifndef GATEWAY_TRANSCODE_SCALAR_H_
#define GATEWAY_TRANSCODE_SCALAR_H_

#include <string>

#include "absl/strings/string_view.h"
#include "gateway/transcode/schema.h"

namespace regulars::gateway {

// What is wrong with a value, to read after the field's name: "must be a number". Empty: nothing.
using Problem = std::string;

// Appends the value of an element of `field`, after its tag, with its length where it has one.
// `field` must not be a message.
Problem AppendScalar(const Field& field, absl::string_view text, std::string* out);

// Whether a message's JSON is one string or one scalar, so that a parameter can hold it.
bool HasTextForm(const MessageType& type);

// Appends the contents of such a message, without length.
Problem AppendTextMessage(const MessageType& type, absl::string_view text, std::string* out);

}  // namespace regulars::gateway

#endif  // GATEWAY_TRANSCODE_SCALAR_H_
