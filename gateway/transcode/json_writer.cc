#include "gateway/transcode/json_writer.h"

#include <bit>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"
#include "gateway/json/quote.h"
#include "gateway/transcode/base64.h"
#include "gateway/transcode/json_writer_impl.h"
#include "gateway/transcode/numbers.h"

namespace regulars::gateway {
namespace {

using ::google::protobuf::FieldDescriptor;

// Room on the stack for the fields of most messages.
constexpr size_t kUsualFields = 24;

bool HoldsField(uint32_t tag, const Field& field) {
  if (tag == field.tag) return true;
  return field.repeated && field.packable && tag == wire::Tag(field.number, wire::kLengthDelimited);
}

}  // namespace

absl::Status BadMessage(absl::string_view type_name) {
  return Error(absl::StatusCode::kInternal,
               absl::StrCat("the service's reply is not a valid ", type_name),
               {.reason = "BAD_REPLY"});
}

absl::Status WriteJsonMessage(const Schema& schema, const MessageType& type,
                              absl::string_view bytes, std::string* out) {
  return JsonWriter(schema, out).WriteMessage(type, bytes);
}

absl::Status WriteJsonField(const Schema& schema, const MessageType& type, const Field& field,
                            absl::string_view bytes, std::string* out) {
  return JsonWriter(schema, out).WriteOneField(type, field, bytes);
}

absl::Status JsonWriter::WriteMessage(const MessageType& type, absl::string_view bytes) {
  if (++depth_ > wire::kMaxMessageDepth + 1) return BadMessage(type.full_name);
  if (type.special != SpecialJson::kNone) {
    ABSL_RETURN_IF_ERROR(WriteSpecial(type, bytes));
  } else {
    *out_ += '{';
    ABSL_RETURN_IF_ERROR(WriteFields(type, bytes, /*after_another=*/false));
    *out_ += '}';
  }
  --depth_;
  return absl::OkStatus();
}

absl::Status JsonWriter::WriteOneField(const MessageType& type, const Field& field,
                                       absl::string_view bytes) {
  std::vector<Found> found(type.fields.size());
  ABSL_RETURN_IF_ERROR(Scan(type, bytes, found.data()));
  if (found[field.index].count == 0 && field.presence) {
    *out_ += "null";
    return absl::OkStatus();
  }
  return WriteFound(field, found[field.index], bytes);
}

absl::Status JsonWriter::Scan(const MessageType& type, absl::string_view bytes,
                              Found* found) const {
  wire::Cursor in(bytes);
  while (!in.AtEnd()) {
    const char* const before = in.position();
    uint32_t tag = 0;
    if (!in.ReadTag(&tag)) return BadMessage(type.full_name);
    const char* const value = in.position();
    if (!in.Skip(tag)) return BadMessage(type.full_name);
    const Field* const field = type.FindField(wire::NumberOf(tag));
    if (field == nullptr || !HoldsField(tag, *field)) continue;
    Found& here = found[field->index];
    const char* begin = value;
    if (field->repeated) begin = here.count == 0 ? before : here.bytes.data();
    here.bytes = absl::string_view(begin, in.position() - begin);
    ++here.count;
  }
  return absl::OkStatus();
}

absl::Status JsonWriter::WriteFields(const MessageType& type, absl::string_view bytes,
                                     bool after_another) {
  absl::InlinedVector<Found, kUsualFields> found(type.fields.size());
  ABSL_RETURN_IF_ERROR(Scan(type, bytes, found.data()));
  // Of several members of a oneof the last one on the wire counts.
  absl::InlinedVector<const char*, 4> oneofs(type.oneof_count, nullptr);
  for (const Field& field : type.fields) {
    if (field.oneof < 0 || found[field.index].count == 0) continue;
    const char*& last = oneofs[field.oneof];
    const char* const here = found[field.index].bytes.data();
    if (last == nullptr || std::less<>()(last, here)) last = here;
  }
  for (const Field& field : type.fields) {
    const Found& here = found[field.index];
    if (here.count == 0 && field.presence) continue;
    if (field.oneof >= 0 && here.bytes.data() != oneofs[field.oneof]) continue;
    if (after_another) *out_ += ',';
    after_another = true;
    *out_ += field.json_key;
    ABSL_RETURN_IF_ERROR(WriteFound(field, here, bytes));
  }
  return absl::OkStatus();
}

absl::Status JsonWriter::WriteFound(const Field& field, const Found& found,
                                    absl::string_view message) {
  if (field.is_map) return WriteMap(field, found);
  if (field.repeated) return WriteList(field, found);
  if (found.count == 0) return WriteZero(field);
  if (field.message != nullptr && found.count > 1) {
    // A message that comes in pieces is their concatenation.
    std::string whole;
    wire::Cursor in(message);
    uint32_t tag = 0;
    while (!in.AtEnd() && in.ReadTag(&tag)) {
      absl::string_view piece;
      if (tag == field.tag && in.ReadBytes(&piece)) {
        whole.append(piece.data(), piece.size());
      } else if (!in.Skip(tag)) {
        break;
      }
    }
    return WriteMessage(*field.message, whole);
  }
  wire::Cursor in(found.bytes);
  return WriteElement(field, &in);
}

absl::Status JsonWriter::WriteList(const Field& field, const Found& found) {
  const uint32_t packed_tag = wire::Tag(field.number, wire::kLengthDelimited);
  char before = '[';
  const auto element = [&](wire::Cursor* in) {
    *out_ += before;
    before = ',';
    return WriteElement(field, in);
  };
  wire::Cursor in(found.bytes);
  uint32_t tag = 0;
  while (!in.AtEnd() && in.ReadTag(&tag)) {
    if (tag == field.tag) {
      ABSL_RETURN_IF_ERROR(element(&in));
    } else if (field.packable && tag == packed_tag) {
      absl::string_view packed;
      if (!in.ReadBytes(&packed)) return BadMessage(field.descriptor->full_name());
      for (wire::Cursor values(packed); !values.AtEnd();) {
        ABSL_RETURN_IF_ERROR(element(&values));
      }
    } else if (!in.Skip(tag)) {
      return BadMessage(field.descriptor->full_name());
    }
  }
  if (before == '[') *out_ += '[';
  *out_ += ']';
  return absl::OkStatus();
}

absl::Status JsonWriter::WriteMap(const Field& field, const Found& found) {
  std::vector<MapEntry> entries;
  absl::flat_hash_map<std::string, size_t> index;
  wire::Cursor in(found.bytes);
  uint32_t tag = 0;
  while (!in.AtEnd() && in.ReadTag(&tag)) {
    absl::string_view bytes;
    if (tag != field.tag) {
      if (!in.Skip(tag)) return BadMessage(field.descriptor->full_name());
      continue;
    }
    MapEntry entry;
    if (!in.ReadBytes(&bytes)) return BadMessage(field.descriptor->full_name());
    ABSL_RETURN_IF_ERROR(ReadEntry(field, bytes, &entry));
    const auto [place, is_new] = index.try_emplace(entry.key, entries.size());
    if (is_new) {
      entries.push_back(std::move(entry));
    } else {
      entries[place->second] = std::move(entry);
    }
  }
  char before = '{';
  for (const MapEntry& entry : entries) {
    *out_ += before;
    before = ',';
    absl::StrAppend(out_, entry.key, ":");
    const Field& value_field = field.message->fields[1];
    wire::Cursor value(entry.value);
    ABSL_RETURN_IF_ERROR(entry.has_value ? WriteElement(value_field, &value)
                                         : WriteZero(value_field));
  }
  if (before == '{') *out_ += '{';
  *out_ += '}';
  return absl::OkStatus();
}

absl::Status JsonWriter::ReadEntry(const Field& field, absl::string_view bytes, MapEntry* entry) {
  Found found[2];
  ABSL_RETURN_IF_ERROR(Scan(*field.message, bytes, found));
  // The key goes out and comes back: only as JSON is one key always one text.
  const size_t start = out_->size();
  ABSL_RETURN_IF_ERROR(WriteKey(field.message->fields[0], found[0].bytes));
  *entry = {.key = out_->substr(start), .value = found[1].bytes, .has_value = found[1].count > 0};
  out_->resize(start);
  return absl::OkStatus();
}

absl::Status JsonWriter::WriteKey(const Field& key, absl::string_view bytes) {
  if (key.type == FieldDescriptor::TYPE_STRING) {
    absl::string_view text;
    wire::Cursor in(bytes);
    if (!bytes.empty() && !in.ReadBytes(&text)) return BadMessage(key.descriptor->full_name());
    json::AppendQuoted(text, out_);
    return absl::OkStatus();
  }
  // Integers and booleans; 64-bit integers bring their own quotes.
  const size_t start = out_->size();
  wire::Cursor in(bytes);
  ABSL_RETURN_IF_ERROR(bytes.empty() ? WriteZero(key) : WriteScalar(key, &in));
  if ((*out_)[start] != '"') {
    out_->insert(start, 1, '"');
    *out_ += '"';
  }
  return absl::OkStatus();
}

absl::Status JsonWriter::WriteElement(const Field& field, wire::Cursor* in) {
  if (field.message == nullptr) return WriteScalar(field, in);
  absl::string_view bytes;
  if (!in->ReadBytes(&bytes)) return BadMessage(field.descriptor->full_name());
  return WriteMessage(*field.message, bytes);
}

absl::Status JsonWriter::WriteScalar(const Field& field, wire::Cursor* in) {
  uint64_t varint = 0;
  uint64_t fixed64 = 0;
  uint32_t fixed32 = 0;
  absl::string_view bytes;
  bool read = false;
  switch (wire::TypeOf(field.tag)) {
    case wire::kVarint:
      read = in->ReadVarint(&varint);
      WriteVarint(field, varint);
      break;
    case wire::kFixed64:
      read = in->ReadFixed(&fixed64);
      WriteFixed64(field, fixed64);
      break;
    case wire::kFixed32:
      read = in->ReadFixed(&fixed32);
      WriteFixed32(field, fixed32);
      break;
    case wire::kLengthDelimited:
      read = in->ReadBytes(&bytes);
      WriteText(field, bytes);
      break;
  }
  return read ? absl::OkStatus() : BadMessage(field.descriptor->full_name());
}

// JSON's numbers are doubles to most clients, so 64-bit integers are strings.
template <typename T>
void JsonWriter::WriteQuoted(T value) {
  *out_ += '"';
  AppendInteger(value, out_);
  *out_ += '"';
}

void JsonWriter::WriteVarint(const Field& field, uint64_t value) {
  switch (field.type) {
    case FieldDescriptor::TYPE_BOOL:
      *out_ += value != 0 ? "true" : "false";
      return;
    case FieldDescriptor::TYPE_ENUM:
      return WriteEnum(field, static_cast<int32_t>(value));
    case FieldDescriptor::TYPE_INT32:
      return AppendInteger(static_cast<int32_t>(value), out_);
    case FieldDescriptor::TYPE_UINT32:
      return AppendInteger(static_cast<uint32_t>(value), out_);
    case FieldDescriptor::TYPE_SINT32:
      value = static_cast<uint32_t>(value);
      return AppendInteger(static_cast<int32_t>(wire::UnZigZag(value)), out_);
    case FieldDescriptor::TYPE_INT64:
      return WriteQuoted(static_cast<int64_t>(value));
    case FieldDescriptor::TYPE_SINT64:
      return WriteQuoted(wire::UnZigZag(value));
    default:
      return WriteQuoted(value);
  }
}

void JsonWriter::WriteFixed64(const Field& field, uint64_t value) {
  switch (field.type) {
    case FieldDescriptor::TYPE_DOUBLE:
      return AppendReal(std::bit_cast<double>(value), out_);
    case FieldDescriptor::TYPE_SFIXED64:
      return WriteQuoted(static_cast<int64_t>(value));
    default:
      return WriteQuoted(value);
  }
}

void JsonWriter::WriteFixed32(const Field& field, uint32_t value) {
  switch (field.type) {
    case FieldDescriptor::TYPE_FLOAT:
      return AppendReal(std::bit_cast<float>(value), out_);
    case FieldDescriptor::TYPE_SFIXED32:
      return AppendInteger(static_cast<int32_t>(value), out_);
    default:
      return AppendInteger(value, out_);
  }
}

void JsonWriter::WriteText(const Field& field, absl::string_view value) {
  if (field.type == FieldDescriptor::TYPE_STRING) return json::AppendQuoted(value, out_);
  *out_ += '"';
  AppendBase64(value, out_);
  *out_ += '"';
}

void JsonWriter::WriteEnum(const Field& field, int32_t number) {
  const auto& names = field.enumeration->quoted_names;
  if (field.enumeration->is_null_value) {
    *out_ += "null";
  } else if (const auto name = names.find(number); name != names.end()) {
    *out_ += name->second;
  } else {
    AppendInteger(number, out_);
  }
}

// What a field without presence is when nothing is on the wire, and a map's value that is left out.
absl::Status JsonWriter::WriteZero(const Field& field) {
  if (field.message != nullptr) return WriteMessage(*field.message, "");
  // No scalar reads more than eight bytes of zero as its zero.
  constexpr absl::string_view kZeros("\0\0\0\0\0\0\0\0", 8);
  wire::Cursor zeros(kZeros);
  return WriteScalar(field, &zeros);
}

}  // namespace regulars::gateway
