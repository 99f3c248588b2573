// The reader behind json_reader.h: fields and messages in json_reader.cc, the types with a JSON of
// their own in json_reader_special.cc. One reader reads one text on one thread.
#ifndef GATEWAY_TRANSCODE_JSON_READER_IMPL_H_
#define GATEWAY_TRANSCODE_JSON_READER_IMPL_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gateway/json/key_set.h"
#include "gateway/json/tokenizer.h"
#include "gateway/transcode/field_path.h"
#include "gateway/transcode/schema.h"

namespace regulars::gateway {

class JsonReader {
 public:
  JsonReader(const Schema& schema, absl::string_view text, std::string* out)
      : schema_(schema), text_(text), tokens_(text), out_(out) {}

  absl::Status ReadWholeMessage(const MessageType& type, const FieldPath& path);
  absl::Status ReadWholeField(const Field& field, const FieldPath& path);

 private:
  using Token = json::Token;
  using Kind = json::TokenKind;

  // Every Read… is given the first token of the value and leaves the last one behind.
  absl::Status ReadField(const Field& field, const Token& token, const FieldPath& path);
  absl::Status ReadList(const Field& field, const Token& token, const FieldPath& path);
  absl::Status ReadMap(const Field& field, const Token& token, const FieldPath& path);
  absl::Status ReadMapEntry(const Field& field, const Token& key, const FieldPath& path);
  // One value with its tag, and one without.
  absl::Status ReadElement(const Field& field, const Token& token, const FieldPath& path);
  absl::Status ReadScalar(const Field& field, const Token& token, const FieldPath& path);
  // The contents of a message, without its length.
  absl::Status ReadMessage(const MessageType& type, const Token& token, const FieldPath& path);
  // The fields up to the closing brace. A `type_key` ("@type") is passed over where it is met.
  absl::Status ReadFields(const MessageType& type, const FieldPath& path,
                          absl::string_view type_key);

  absl::Status ReadWrapper(const MessageType& type, const Token& token, const FieldPath& path);
  absl::Status ReadAny(const Token& token, const FieldPath& path);
  absl::Status ReadAnyContents(const MessageType& type, const FieldPath& path);
  absl::Status FindAnyType(const FieldPath& path, std::string* url);
  absl::Status ReadStruct(const Token& token, const FieldPath& path);
  absl::Status ReadListValue(const Token& token, const FieldPath& path);
  absl::Status ReadValue(const Token& token, const FieldPath& path);

  absl::Status ReadEnd();
  // Enters a message inside a message; an error if that is one too deep.
  absl::Status Deeper(const FieldPath& path);
  absl::Status Malformed(const FieldPath& path) const;
  absl::Status WrongType(absl::string_view wanted, const Token& token, const FieldPath& path) const;

  const Schema& schema_;
  const absl::string_view text_;
  json::Tokenizer tokens_;
  // Keys of the maps and structs that are open.
  json::KeySet keys_;
  std::string* const out_;
  int depth_ = 0;
  int any_depth_ = 0;
};

// Whether null is a value of the field rather than its absence.
bool TakesNull(const Field& field);

// The error for `name` in the message at `path`, where it has the `problem`. Of an empty name the
// message is told.
absl::Status UnknownField(absl::string_view name, absl::string_view problem, const FieldPath& path);

}  // namespace regulars::gateway

#endif  // GATEWAY_TRANSCODE_JSON_READER_IMPL_H_
