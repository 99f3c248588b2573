// The types of google.protobuf whose JSON is not an object of their fields.
#include "absl/strings/str_cat.h"
#include "chassis/base/status_macros.h"
#include "gateway/json/quote.h"
#include "gateway/json/strict.h"
#include "gateway/transcode/json_reader_impl.h"
#include "gateway/transcode/numbers.h"

namespace regulars::gateway {
namespace {

using wire::kFixed64;
using wire::kLengthDelimited;
using wire::kVarint;

constexpr absl::string_view kTypeKey = "@type";
// An Any in an Any is looked through once for each.
constexpr int kMaxAnyDepth = 8;

// Numbers of struct.proto's and any.proto's fields.
constexpr uint32_t kStructFields = wire::Tag(1, kLengthDelimited);
constexpr uint32_t kEntryKey = wire::Tag(1, kLengthDelimited);
constexpr uint32_t kEntryValue = wire::Tag(2, kLengthDelimited);
constexpr uint32_t kListValues = wire::Tag(1, kLengthDelimited);
constexpr uint32_t kNullValue = wire::Tag(1, kVarint);
constexpr uint32_t kNumberValue = wire::Tag(2, kFixed64);
constexpr uint32_t kStringValue = wire::Tag(3, kLengthDelimited);
constexpr uint32_t kBoolValue = wire::Tag(4, kVarint);
constexpr uint32_t kStructValue = wire::Tag(5, kLengthDelimited);
constexpr uint32_t kListValue = wire::Tag(6, kLengthDelimited);
constexpr uint32_t kAnyTypeUrl = wire::Tag(1, kLengthDelimited);
constexpr uint32_t kAnyValue = wire::Tag(2, kLengthDelimited);

}  // namespace

absl::Status JsonReader::ReadWrapper(const MessageType& type, const Token& token,
                                     const FieldPath& path) {
  wire::AppendVarint(type.fields[0].tag, out_);
  return ReadScalar(type.fields[0], token, path);
}

absl::Status JsonReader::ReadStruct(const Token& token, const FieldPath& path) {
  if (token.kind != Kind::kBeginObject) return WrongType("an object", token, path);
  // Two levels: the entry and its value.
  ABSL_RETURN_IF_ERROR(Deeper(path));
  ABSL_RETURN_IF_ERROR(Deeper(path));
  keys_.Open();
  while (true) {
    const Token key = tokens_.Next();
    if (key.kind == Kind::kEndObject) break;
    if (key.kind == Kind::kError) return tokens_.status();
    ABSL_RETURN_IF_ERROR(json::InsertKey(key, text_, &keys_));
    wire::AppendVarint(kStructFields, out_);
    const size_t entry = wire::BeginLength(out_);
    wire::AppendBytes(kEntryKey, key.text, out_);
    wire::AppendVarint(kEntryValue, out_);
    const size_t value = wire::BeginLength(out_);
    ABSL_RETURN_IF_ERROR(ReadValue(tokens_.Next(), path));
    wire::EndLength(value, out_);
    wire::EndLength(entry, out_);
  }
  keys_.Close();
  depth_ -= 2;
  return absl::OkStatus();
}

absl::Status JsonReader::ReadListValue(const Token& token, const FieldPath& path) {
  if (token.kind != Kind::kBeginArray) return WrongType("an array", token, path);
  ABSL_RETURN_IF_ERROR(Deeper(path));
  while (true) {
    const Token next = tokens_.Next();
    if (next.kind == Kind::kEndArray) break;
    wire::AppendVarint(kListValues, out_);
    const size_t start = wire::BeginLength(out_);
    ABSL_RETURN_IF_ERROR(ReadValue(next, path));
    wire::EndLength(start, out_);
  }
  --depth_;
  return absl::OkStatus();
}

absl::Status JsonReader::ReadValue(const Token& token, const FieldPath& path) {
  switch (token.kind) {
    case Kind::kNull:
    case Kind::kTrue:
    case Kind::kFalse:
      wire::AppendVarint(token.kind == Kind::kNull ? kNullValue : kBoolValue, out_);
      out_->push_back(token.kind == Kind::kTrue ? '\1' : '\0');
      return absl::OkStatus();
    case Kind::kNumber: {
      double number = 0;
      if (!ParseReal(token.text, &number)) {
        return path.Error("INVALID_VALUE", "holds a number that is out of range");
      }
      wire::AppendVarint(kNumberValue, out_);
      wire::AppendFixed(number, out_);
      return absl::OkStatus();
    }
    case Kind::kString:
      wire::AppendBytes(kStringValue, token.text, out_);
      return absl::OkStatus();
    case Kind::kBeginObject:
    case Kind::kBeginArray:
      break;
    default:
      return WrongType("a value", token, path);
  }
  const bool is_object = token.kind == Kind::kBeginObject;
  ABSL_RETURN_IF_ERROR(Deeper(path));
  wire::AppendVarint(is_object ? kStructValue : kListValue, out_);
  const size_t start = wire::BeginLength(out_);
  ABSL_RETURN_IF_ERROR(is_object ? ReadStruct(token, path) : ReadListValue(token, path));
  wire::EndLength(start, out_);
  --depth_;
  return absl::OkStatus();
}

absl::Status JsonReader::ReadAny(const Token& token, const FieldPath& path) {
  if (token.kind != Kind::kBeginObject) return WrongType("an object", token, path);
  std::string url;
  ABSL_RETURN_IF_ERROR(FindAnyType(path, &url));
  if (url.empty()) return tokens_.Next(), absl::OkStatus();  // "{}": an Any of nothing.
  const size_t slash = url.rfind('/');
  const MessageType* const type =
      slash == std::string::npos ? nullptr
                                 : schema_.FindMessage(absl::string_view(url).substr(slash + 1));
  const FieldPath type_path{.parent = &path, .name = kTypeKey};
  if (type == nullptr) return type_path.Error("INVALID_VALUE", "names no type that is known here");
  if (++any_depth_ > kMaxAnyDepth) {
    return path.Error("TOO_DEEP", absl::StrCat("is more than ", kMaxAnyDepth, " Anys deep"));
  }
  wire::AppendBytes(kAnyTypeUrl, url, out_);
  wire::AppendVarint(kAnyValue, out_);
  const size_t start = wire::BeginLength(out_);
  ABSL_RETURN_IF_ERROR(ReadAnyContents(*type, path));
  wire::EndLength(start, out_);
  --any_depth_;
  return absl::OkStatus();
}

// Looks for "@type" in the object that is open, wherever it stands, and comes back to its start.
absl::Status JsonReader::FindAnyType(const FieldPath& path, std::string* url) {
  json::Tokenizer ahead = tokens_;
  bool is_empty = true;
  for (Token key = ahead.Next(); key.kind == Kind::kKey; key = ahead.Next()) {
    is_empty = false;
    const bool is_type = key.text == kTypeKey;
    const Token value = ahead.Next();
    if (value.kind == Kind::kError) break;
    if (is_type) {
      const FieldPath type_path{.parent = &path, .name = kTypeKey};
      if (value.kind != Kind::kString) return WrongType("a string", value, type_path);
      if (value.text.empty()) return type_path.Error("INVALID_VALUE", "must not be empty");
      *url = std::string(value.text);
      return absl::OkStatus();
    }
    if (!ahead.Skip(value)) break;
  }
  if (!ahead.status().ok() || is_empty) return ahead.status();
  return path.Error("INVALID_VALUE", "needs \"@type\", the type of what it holds");
}

absl::Status JsonReader::ReadAnyContents(const MessageType& type, const FieldPath& path) {
  if (type.special == SpecialJson::kNone) return ReadFields(type, path, kTypeKey);
  // Types with a JSON of their own stand under "value"; without it they are their zero.
  bool has_type = false;
  bool has_value = false;
  while (true) {
    const Token key = tokens_.Next();
    if (key.kind == Kind::kEndObject) break;
    if (key.kind == Kind::kError) return tokens_.status();
    if (key.text == kTypeKey && !has_type) {
      has_type = true;
      tokens_.Next();
    } else if (key.text == "value" && !has_value) {
      has_value = true;
      const FieldPath value_path{.parent = &path, .name = "value"};
      ABSL_RETURN_IF_ERROR(ReadMessage(type, tokens_.Next(), value_path));
    } else {
      return UnknownField(key.text, absl::StrCat("is given twice, or no field of ", type.full_name),
                          path);
    }
  }
  return absl::OkStatus();
}

}  // namespace regulars::gateway
