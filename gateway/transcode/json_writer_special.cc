// The types of google.protobuf whose JSON is not an object of their fields.
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "chassis/base/status_macros.h"
#include "gateway/json/quote.h"
#include "gateway/transcode/base64.h"
#include "gateway/transcode/json_writer_impl.h"
#include "gateway/transcode/well_known.h"

namespace regulars::gateway {

absl::Status JsonWriter::WriteSpecial(const MessageType& type, absl::string_view bytes) {
  switch (type.special) {
    case SpecialJson::kNone:
      break;  // WriteMessage() does these.
    case SpecialJson::kTimestamp:
    case SpecialJson::kDuration:
      return WriteTime(type, bytes);
    case SpecialJson::kFieldMask:
      return WriteMask(type, bytes);
    case SpecialJson::kAny:
      return WriteAny(type, bytes);
    case SpecialJson::kValue:
      return WriteValue(type, bytes);
    case SpecialJson::kWrapper:
    case SpecialJson::kStruct:
    case SpecialJson::kListValue: {
      // The value, the map and the list that they hold.
      Found found;
      ABSL_RETURN_IF_ERROR(Scan(type, bytes, &found));
      return WriteFound(type.fields[0], found, bytes);
    }
  }
  return absl::OkStatus();
}

absl::Status JsonWriter::WriteTime(const MessageType& type, absl::string_view bytes) {
  Found found[2];
  ABSL_RETURN_IF_ERROR(Scan(type, bytes, found));
  uint64_t values[2] = {0, 0};
  for (int i = 0; i < 2; ++i) {
    wire::Cursor in(found[i].bytes);
    if (found[i].count > 0 && !in.ReadVarint(&values[i])) return BadMessage(type.full_name);
  }
  const auto seconds = static_cast<int64_t>(values[0]);
  const auto nanos = static_cast<int32_t>(values[1]);
  const bool in_range = type.special == SpecialJson::kTimestamp
                            ? AppendTimestamp(seconds, nanos, out_)
                            : AppendDuration(seconds, nanos, out_);
  return in_range ? absl::OkStatus() : BadMessage(type.full_name);
}

absl::Status JsonWriter::WriteMask(const MessageType& type, absl::string_view bytes) {
  std::string mask;
  wire::Cursor in(bytes);
  uint32_t tag = 0;
  while (!in.AtEnd()) {
    absl::string_view path;
    if (!in.ReadTag(&tag)) return BadMessage(type.full_name);
    if (tag != type.fields[0].tag) {
      if (!in.Skip(tag)) return BadMessage(type.full_name);
      continue;
    }
    if (!in.ReadBytes(&path)) return BadMessage(type.full_name);
    if (!mask.empty()) mask += ',';
    AppendMaskPath(path, &mask);
  }
  json::AppendQuoted(mask, out_);
  return absl::OkStatus();
}

absl::Status JsonWriter::WriteValue(const MessageType& type, absl::string_view bytes) {
  Found found[6];  // As struct.proto has them.
  ABSL_RETURN_IF_ERROR(Scan(type, bytes, found));
  const Field* kind = nullptr;
  for (const Field& field : type.fields) {
    if (found[field.index].count == 0) continue;
    const bool later = kind == nullptr || std::less<>()(found[kind->index].bytes.data(),
                                                        found[field.index].bytes.data());
    if (later) kind = &field;
  }
  if (kind != nullptr) return WriteFound(*kind, found[kind->index], bytes);
  *out_ += "null";
  return absl::OkStatus();
}

absl::Status JsonWriter::WriteAny(const MessageType& type, absl::string_view bytes) {
  Found found[2];
  ABSL_RETURN_IF_ERROR(Scan(type, bytes, found));
  absl::string_view parts[2];
  for (int i = 0; i < 2; ++i) {
    wire::Cursor in(found[i].bytes);
    if (found[i].count > 0 && !in.ReadBytes(&parts[i])) return BadMessage(type.full_name);
  }
  const auto [url, value] = parts;
  if (url.empty()) {
    *out_ += "{}";
    return absl::OkStatus();
  }
  *out_ += "{\"@type\":";
  json::AppendQuoted(url, out_);
  const MessageType* const held = schema_.FindMessage(url.substr(url.rfind('/') + 1));
  if (held == nullptr) {
    // A type from a newer service: its bytes are better than an error.
    *out_ += ",\"value\":\"";
    AppendBase64(value, out_);
    *out_ += "\"";
  } else if (held->special != SpecialJson::kNone) {
    *out_ += ",\"value\":";
    ABSL_RETURN_IF_ERROR(WriteMessage(*held, value));
  } else {
    if (++depth_ > wire::kMaxMessageDepth + 1) return BadMessage(type.full_name);
    ABSL_RETURN_IF_ERROR(WriteFields(*held, value, /*after_another=*/true));
    --depth_;
  }
  *out_ += '}';
  return absl::OkStatus();
}

}  // namespace regulars::gateway
