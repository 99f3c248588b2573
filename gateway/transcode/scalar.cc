#include "gateway/transcode/scalar.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "chassis/base/check.h"
#include "gateway/transcode/base64.h"
#include "gateway/transcode/numbers.h"
#include "gateway/transcode/well_known.h"

namespace regulars::gateway {
namespace {

using ::google::protobuf::FieldDescriptor;

// Names of an enum that an error lists at most.
constexpr size_t kMaxNamesShown = 20;

template <typename T>
Problem ParseWithin(absl::string_view text, T* value) {
  using Wide = std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>;
  using Limits = std::numeric_limits<T>;
  Wide wide = 0;
  if (!ParseInteger(text, &wide) || wide < Limits::min() || wide > Limits::max()) {
    return absl::StrCat("must be an integer from ", Limits::min(), " to ", Limits::max());
  }
  *value = static_cast<T>(wide);
  return {};
}

// Appends an integer of type T as `append` wants it.
template <typename T, typename Append>
Problem AppendInt(absl::string_view text, Append append) {
  T value = 0;
  Problem problem = ParseWithin(text, &value);
  if (problem.empty()) append(value);
  return problem;
}

template <typename T, typename Bits>
Problem AppendRealBits(absl::string_view text, std::string* out) {
  T value = 0;
  if (!ParseReal(text, &value)) {
    return "must be a number within range, or one of \"NaN\", \"Infinity\" and \"-Infinity\"";
  }
  wire::AppendFixed(std::bit_cast<Bits>(value), out);
  return {};
}

Problem AppendBool(absl::string_view text, std::string* out) {
  if (text != "true" && text != "false") return "must be true or false";
  out->push_back(text == "true" ? '\1' : '\0');
  return {};
}

Problem AppendBytesField(absl::string_view text, std::string* out) {
  const size_t start = wire::BeginLength(out);
  if (!AppendFromBase64(text, out)) return "must be base64";
  wire::EndLength(start, out);
  return {};
}

Problem AppendEnum(const EnumType& type, absl::string_view text, std::string* out) {
  int32_t number = 0;
  if (const auto named = type.numbers.find(text); named != type.numbers.end()) {
    number = named->second;
  } else if (!ParseWithin(text, &number).empty()) {
    std::map<int32_t, std::string> names;
    for (const auto& [name, value] : type.numbers) names.emplace(value, name);
    std::vector<std::string> shown;
    for (const auto& [value, name] : names) {
      if (shown.size() < kMaxNamesShown) shown.push_back(name);
    }
    return absl::StrCat("must be one of ", absl::StrJoin(shown, ", "),
                        names.size() > shown.size() ? ", …" : "");
  }
  wire::AppendVarint(static_cast<uint64_t>(static_cast<int64_t>(number)), out);
  return {};
}

// Seconds and nanoseconds, as Timestamp and Duration both have them in fields 1 and 2.
void AppendSecondsAndNanos(int64_t seconds, int32_t nanos, std::string* out) {
  if (seconds != 0) {
    wire::AppendVarint(wire::Tag(1, wire::kVarint), out);
    wire::AppendVarint(static_cast<uint64_t>(seconds), out);
  }
  if (nanos != 0) {
    wire::AppendVarint(wire::Tag(2, wire::kVarint), out);
    wire::AppendVarint(static_cast<uint64_t>(static_cast<int64_t>(nanos)), out);
  }
}

Problem AppendMask(absl::string_view text, std::string* out) {
  if (text.empty()) return {};
  std::string path;
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    if (!ParseMaskPath(part, &path)) {
      return "must be names of fields, such as \"displayName,address.city\"";
    }
    wire::AppendBytes(wire::Tag(1, wire::kLengthDelimited), path, out);
  }
  return {};
}

}  // namespace

Problem AppendScalar(const Field& field, absl::string_view text, std::string* out) {
  const auto varint = [out](auto value) { wire::AppendVarint(static_cast<uint64_t>(value), out); };
  const auto zigzag = [out](int64_t value) { wire::AppendVarint(wire::ZigZag(value), out); };
  const auto fixed = [out](auto value) { wire::AppendFixed(value, out); };
  switch (field.type) {
    case FieldDescriptor::TYPE_STRING:
      wire::AppendVarint(text.size(), out);
      out->append(text.data(), text.size());
      return {};
    case FieldDescriptor::TYPE_INT32:
      return AppendInt<int32_t>(text, [&](int32_t v) { varint(static_cast<int64_t>(v)); });
    case FieldDescriptor::TYPE_INT64:
      return AppendInt<int64_t>(text, varint);
    case FieldDescriptor::TYPE_UINT32:
      return AppendInt<uint32_t>(text, varint);
    case FieldDescriptor::TYPE_UINT64:
      return AppendInt<uint64_t>(text, varint);
    case FieldDescriptor::TYPE_SINT32:
      return AppendInt<int32_t>(text, zigzag);
    case FieldDescriptor::TYPE_SINT64:
      return AppendInt<int64_t>(text, zigzag);
    case FieldDescriptor::TYPE_FIXED32:
      return AppendInt<uint32_t>(text, fixed);
    case FieldDescriptor::TYPE_FIXED64:
      return AppendInt<uint64_t>(text, fixed);
    case FieldDescriptor::TYPE_SFIXED32:
      return AppendInt<int32_t>(text, fixed);
    case FieldDescriptor::TYPE_SFIXED64:
      return AppendInt<int64_t>(text, fixed);
    case FieldDescriptor::TYPE_DOUBLE:
      return AppendRealBits<double, uint64_t>(text, out);
    case FieldDescriptor::TYPE_FLOAT:
      return AppendRealBits<float, uint32_t>(text, out);
    case FieldDescriptor::TYPE_BOOL:
      return AppendBool(text, out);
    case FieldDescriptor::TYPE_BYTES:
      return AppendBytesField(text, out);
    case FieldDescriptor::TYPE_ENUM:
      return AppendEnum(*field.enumeration, text, out);
    case FieldDescriptor::TYPE_MESSAGE:
    case FieldDescriptor::TYPE_GROUP:
      break;
  }
  // Callers keep messages away from here.
  CHECK(false);
}

bool HasTextForm(const MessageType& type) {
  switch (type.special) {
    case SpecialJson::kTimestamp:
    case SpecialJson::kDuration:
    case SpecialJson::kFieldMask:
    case SpecialJson::kWrapper:
      return true;
    default:
      return false;
  }
}

Problem AppendTextMessage(const MessageType& type, absl::string_view text, std::string* out) {
  int64_t seconds = 0;
  int32_t nanos = 0;
  switch (type.special) {
    case SpecialJson::kTimestamp:
      if (!ParseTimestamp(text, &seconds, &nanos)) {
        return "must be a time such as \"2024-02-29T12:30:00Z\" in the years 0001 to 9999";
      }
      AppendSecondsAndNanos(seconds, nanos, out);
      return {};
    case SpecialJson::kDuration:
      if (!ParseDuration(text, &seconds, &nanos)) {
        return "must be a duration in seconds such as \"1.5s\", at most 315576000000s";
      }
      AppendSecondsAndNanos(seconds, nanos, out);
      return {};
    case SpecialJson::kFieldMask:
      return AppendMask(text, out);
    case SpecialJson::kWrapper:
      wire::AppendVarint(type.fields[0].tag, out);
      return AppendScalar(type.fields[0], text, out);
    default:
      break;
  }
  // Callers ask HasTextForm() first.
  CHECK(false);
}

}  // namespace regulars::gateway
