#include "gateway/transcode/json_reader.h"

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "gateway/json/strict.h"
#include "gateway/transcode/json_reader_impl.h"
#include "gateway/transcode/scalar.h"

namespace regulars::gateway {
namespace {

using ::google::protobuf::FieldDescriptor;

// Small sets of indexes: the fields and the oneofs of one message that were met.
class IndexSet {
 public:
  explicit IndexSet(size_t size) : words_(size / 64 + 1) {}

  // False if it was there.
  bool Insert(size_t index) {
    uint64_t& word = words_[index / 64];
    const uint64_t bit = uint64_t{1} << index % 64;
    if ((word & bit) != 0) return false;
    word |= bit;
    return true;
  }

 private:
  absl::InlinedVector<uint64_t, 2> words_;
};

absl::string_view WantedType(const Field& field) {
  switch (field.type) {
    case FieldDescriptor::TYPE_STRING:
      return "a string";
    case FieldDescriptor::TYPE_BYTES:
      return "a string in base64";
    case FieldDescriptor::TYPE_BOOL:
      return "true or false";
    case FieldDescriptor::TYPE_ENUM:
      return "the name of a value";
    case FieldDescriptor::TYPE_DOUBLE:
    case FieldDescriptor::TYPE_FLOAT:
      return "a number";
    default:
      return "an integer";
  }
}

}  // namespace

bool TakesNull(const Field& field) {
  if (field.repeated) return false;
  if (field.enumeration != nullptr) return field.enumeration->is_null_value;
  return field.message != nullptr && field.message->special == SpecialJson::kValue;
}

absl::Status UnknownField(absl::string_view name, absl::string_view problem,
                          const FieldPath& path) {
  if (name.empty()) return path.Error("UNKNOWN_FIELD", "has a field without a name");
  const FieldPath unknown{.parent = &path, .name = name};
  return unknown.Error("UNKNOWN_FIELD", problem);
}

absl::Status ReadJsonMessage(const Schema& schema, const MessageType& type, absl::string_view text,
                             const FieldPath& path, std::string* out) {
  return JsonReader(schema, text, out).ReadWholeMessage(type, path);
}

absl::Status ReadJsonField(const Schema& schema, const Field& field, absl::string_view text,
                           const FieldPath& path, std::string* out) {
  return JsonReader(schema, text, out).ReadWholeField(field, path);
}

absl::Status JsonReader::ReadWholeMessage(const MessageType& type, const FieldPath& path) {
  ABSL_RETURN_IF_ERROR(ReadMessage(type, tokens_.Next(), path));
  return ReadEnd();
}

absl::Status JsonReader::ReadWholeField(const Field& field, const FieldPath& path) {
  const Token token = tokens_.Next();
  if (token.kind != Kind::kNull || TakesNull(field)) {
    ABSL_RETURN_IF_ERROR(ReadField(field, token, path));
  }
  return ReadEnd();
}

absl::Status JsonReader::ReadEnd() {
  return tokens_.Next().kind == Kind::kEnd ? absl::OkStatus() : tokens_.status();
}

absl::Status JsonReader::Deeper(const FieldPath& path) {
  if (++depth_ <= wire::kMaxMessageDepth) return absl::OkStatus();
  return path.Error("TOO_DEEP",
                    absl::StrCat("is more than ", wire::kMaxMessageDepth, " messages deep"));
}

// The tokenizer's error, with the field in whose value it is.
absl::Status JsonReader::Malformed(const FieldPath& path) const {
  const absl::Status& status = tokens_.status();
  ErrorDetails details = GetErrorDetails(status);
  const std::string field = path.ToString();
  if (!field.empty()) details.violations.push_back({field, std::string(status.message())});
  return Error(status.code(), status.message(), details);
}

absl::Status JsonReader::WrongType(absl::string_view wanted, const Token& token,
                                   const FieldPath& path) const {
  if (token.kind == Kind::kError) return Malformed(path);
  return path.Error("WRONG_TYPE",
                    absl::StrCat("must be ", wanted, ", not ", json::Describe(token.kind)));
}

absl::Status JsonReader::ReadField(const Field& field, const Token& token, const FieldPath& path) {
  if (field.is_map) return ReadMap(field, token, path);
  if (field.repeated) return ReadList(field, token, path);
  return ReadElement(field, token, path);
}

absl::Status JsonReader::ReadList(const Field& field, const Token& token, const FieldPath& path) {
  if (token.kind != Kind::kBeginArray) return WrongType("an array", token, path);
  const size_t before = out_->size();
  size_t start = 0;
  if (field.packed) {
    wire::AppendVarint(wire::Tag(field.number, wire::kLengthDelimited), out_);
    start = wire::BeginLength(out_);
  }
  FieldPath element{.parent = &path, .index = 0};
  for (;; ++element.index) {
    const Token next = tokens_.Next();
    if (next.kind == Kind::kEndArray) break;
    ABSL_RETURN_IF_ERROR(field.packed ? ReadScalar(field, next, element)
                                      : ReadElement(field, next, element));
  }
  if (!field.packed) return absl::OkStatus();
  if (element.index == 0) {
    out_->resize(before);
  } else {
    wire::EndLength(start, out_);
  }
  return absl::OkStatus();
}

absl::Status JsonReader::ReadMap(const Field& field, const Token& token, const FieldPath& path) {
  if (token.kind != Kind::kBeginObject) return WrongType("an object", token, path);
  ABSL_RETURN_IF_ERROR(Deeper(path));
  keys_.Open();
  while (true) {
    const Token key = tokens_.Next();
    if (key.kind == Kind::kEndObject) break;
    if (key.kind == Kind::kError) return tokens_.status();
    ABSL_RETURN_IF_ERROR(ReadMapEntry(field, key, path));
  }
  keys_.Close();
  --depth_;
  return absl::OkStatus();
}

absl::Status JsonReader::ReadMapEntry(const Field& field, const Token& key, const FieldPath& path) {
  const Field& key_field = field.message->fields[0];
  const Field& value_field = field.message->fields[1];
  const std::string key_text(key.text);
  const FieldPath entry{.parent = &path, .key = &key_text};
  wire::AppendVarint(field.tag, out_);
  const size_t start = wire::BeginLength(out_);
  wire::AppendVarint(key_field.tag, out_);
  const size_t key_start = out_->size();
  if (const Problem problem = AppendScalar(key_field, key_text, out_); !problem.empty()) {
    return entry.Error("INVALID_VALUE", absl::StrCat("has a key that ", problem));
  }
  // Compared as it is on the wire: "1" and "1.0" are one key of a map of integers.
  const json::KeySet::Result inserted =
      keys_.Insert(absl::string_view(*out_).substr(key_start), json::KeySet::Lifetime::kTemporary);
  ABSL_RETURN_IF_ERROR(json::KeyStatus(inserted, {Kind::kKey, key_text, key.offset}, text_));
  const Token value = tokens_.Next();
  if (value.kind == Kind::kNull && !TakesNull(value_field)) {
    return WrongType("a value", value, entry);
  }
  ABSL_RETURN_IF_ERROR(ReadElement(value_field, value, entry));
  wire::EndLength(start, out_);
  return absl::OkStatus();
}

absl::Status JsonReader::ReadElement(const Field& field, const Token& token,
                                     const FieldPath& path) {
  wire::AppendVarint(field.tag, out_);
  if (field.message == nullptr) return ReadScalar(field, token, path);
  ABSL_RETURN_IF_ERROR(Deeper(path));
  const size_t start = wire::BeginLength(out_);
  ABSL_RETURN_IF_ERROR(ReadMessage(*field.message, token, path));
  wire::EndLength(start, out_);
  --depth_;
  return absl::OkStatus();
}

absl::Status JsonReader::ReadScalar(const Field& field, const Token& token, const FieldPath& path) {
  const bool is_bool = field.type == FieldDescriptor::TYPE_BOOL;
  const bool is_text =
      field.type == FieldDescriptor::TYPE_STRING || field.type == FieldDescriptor::TYPE_BYTES;
  switch (token.kind) {
    case Kind::kTrue:
    case Kind::kFalse:
      if (!is_bool) break;
      out_->push_back(token.kind == Kind::kTrue ? '\1' : '\0');
      return absl::OkStatus();
    case Kind::kNull:
      if (field.enumeration == nullptr || !field.enumeration->is_null_value) break;
      out_->push_back('\0');
      return absl::OkStatus();
    case Kind::kNumber:
    case Kind::kString:
      if (is_bool || (is_text && token.kind == Kind::kNumber)) break;
      if (const Problem problem = AppendScalar(field, token.text, out_); !problem.empty()) {
        return path.Error("INVALID_VALUE", problem);
      }
      return absl::OkStatus();
    default:
      break;
  }
  return WrongType(WantedType(field), token, path);
}

absl::Status JsonReader::ReadMessage(const MessageType& type, const Token& token,
                                     const FieldPath& path) {
  switch (type.special) {
    case SpecialJson::kNone:
      break;
    case SpecialJson::kStruct:
      return ReadStruct(token, path);
    case SpecialJson::kValue:
      return ReadValue(token, path);
    case SpecialJson::kListValue:
      return ReadListValue(token, path);
    case SpecialJson::kAny:
      return ReadAny(token, path);
    case SpecialJson::kWrapper:
      return ReadWrapper(type, token, path);
    case SpecialJson::kTimestamp:
    case SpecialJson::kDuration:
    case SpecialJson::kFieldMask:
      if (token.kind != Kind::kString) return WrongType("a string", token, path);
      if (const Problem problem = AppendTextMessage(type, token.text, out_); !problem.empty()) {
        return path.Error("INVALID_VALUE", problem);
      }
      return absl::OkStatus();
  }
  if (token.kind != Kind::kBeginObject) return WrongType("an object", token, path);
  return ReadFields(type, path, /*type_key=*/{});
}

absl::Status JsonReader::ReadFields(const MessageType& type, const FieldPath& path,
                                    absl::string_view type_key) {
  IndexSet fields(type.fields.size());
  IndexSet oneofs(type.oneof_count);
  bool met_type_key = false;
  while (true) {
    const Token key = tokens_.Next();
    if (key.kind == Kind::kEndObject) return absl::OkStatus();
    if (key.kind == Kind::kError) return tokens_.status();
    if (!type_key.empty() && !met_type_key && key.text == type_key) {
      met_type_key = true;
      tokens_.Next();
      continue;
    }
    const Field* const field = type.FindField(key.text);
    if (field == nullptr) {
      return UnknownField(key.text, absl::StrCat("is not a field of ", type.full_name), path);
    }
    const FieldPath place{.parent = &path, .name = field->name};
    if (!fields.Insert(field->index)) return place.Error("DUPLICATE_FIELD", "is given twice");
    const Token value = tokens_.Next();
    if (value.kind == Kind::kNull && !TakesNull(*field)) continue;
    if (field->oneof >= 0 && !oneofs.Insert(field->oneof)) {
      return place.Error("ONEOF_CONFLICT",
                         absl::StrCat("cannot be given together with another of '",
                                      type.descriptor->oneof_decl(field->oneof)->name(), "'"));
    }
    ABSL_RETURN_IF_ERROR(ReadField(*field, value, place));
  }
}

}  // namespace regulars::gateway
