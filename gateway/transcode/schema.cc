#include "gateway/transcode/schema.h"

#include "chassis/base/check.h"
#include "gateway/json/quote.h"

namespace regulars::gateway {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::EnumDescriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::FileDescriptor;

// Fields below this number are found by index; nearly all are.
constexpr uint32_t kSmallNumbers = 128;

SpecialJson SpecialJsonOf(const Descriptor& descriptor) {
  switch (descriptor.well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
      return SpecialJson::kTimestamp;
    case Descriptor::WELLKNOWNTYPE_DURATION:
      return SpecialJson::kDuration;
    case Descriptor::WELLKNOWNTYPE_FIELDMASK:
      return SpecialJson::kFieldMask;
    case Descriptor::WELLKNOWNTYPE_STRUCT:
      return SpecialJson::kStruct;
    case Descriptor::WELLKNOWNTYPE_VALUE:
      return SpecialJson::kValue;
    case Descriptor::WELLKNOWNTYPE_LISTVALUE:
      return SpecialJson::kListValue;
    case Descriptor::WELLKNOWNTYPE_ANY:
      return SpecialJson::kAny;
    case Descriptor::WELLKNOWNTYPE_UNSPECIFIED:
      return SpecialJson::kNone;
    default:
      return SpecialJson::kWrapper;
  }
}

wire::Type WireTypeOf(FieldDescriptor::Type type) {
  switch (type) {
    case FieldDescriptor::TYPE_DOUBLE:
    case FieldDescriptor::TYPE_FIXED64:
    case FieldDescriptor::TYPE_SFIXED64:
      return wire::kFixed64;
    case FieldDescriptor::TYPE_FLOAT:
    case FieldDescriptor::TYPE_FIXED32:
    case FieldDescriptor::TYPE_SFIXED32:
      return wire::kFixed32;
    case FieldDescriptor::TYPE_STRING:
    case FieldDescriptor::TYPE_BYTES:
    case FieldDescriptor::TYPE_MESSAGE:
      return wire::kLengthDelimited;
    default:
      return wire::kVarint;
  }
}

}  // namespace

std::unique_ptr<Schema> Schema::Build(const std::vector<const FileDescriptor*>& files) {
  auto schema = std::unique_ptr<Schema>(new Schema);
  for (const FileDescriptor* file : files) {
    for (int i = 0; i < file->message_type_count(); ++i) schema->AddMessage(file->message_type(i));
    for (int i = 0; i < file->enum_type_count(); ++i) schema->AddEnum(file->enum_type(i));
  }
  for (const auto& [name, type] : schema->messages_) schema->Compile(type.get());
  return schema;
}

const MessageType* Schema::FindMessage(absl::string_view full_name) const {
  const auto found = messages_.find(full_name);
  return found == messages_.end() ? nullptr : found->second.get();
}

void Schema::AddMessage(const Descriptor* descriptor) {
  auto type = std::make_unique<MessageType>();
  type->descriptor = descriptor;
  type->full_name = descriptor->full_name();
  type->special = SpecialJsonOf(*descriptor);
  type->is_http_body = type->full_name == "google.api.HttpBody";
  type->oneof_count = descriptor->real_oneof_decl_count();
  messages_[descriptor->full_name()] = std::move(type);
  for (int i = 0; i < descriptor->nested_type_count(); ++i) AddMessage(descriptor->nested_type(i));
  for (int i = 0; i < descriptor->enum_type_count(); ++i) AddEnum(descriptor->enum_type(i));
}

void Schema::AddEnum(const EnumDescriptor* descriptor) {
  auto type = std::make_unique<EnumType>();
  type->name = descriptor->full_name();
  type->is_null_value = type->name == "google.protobuf.NullValue";
  for (int i = 0; i < descriptor->value_count(); ++i) {
    const google::protobuf::EnumValueDescriptor* value = descriptor->value(i);
    type->numbers[value->name()] = value->number();
    std::string quoted;
    json::AppendQuoted(value->name(), &quoted);
    type->quoted_names.try_emplace(value->number(), std::move(quoted));
  }
  enums_[descriptor->full_name()] = std::move(type);
}

void Schema::Compile(MessageType* type) const {
  const int count = type->descriptor->field_count();
  // Reserved at once: the maps below point into it.
  type->fields.reserve(count);
  type->by_small_number.resize(1);
  for (int i = 0; i < count; ++i) {
    type->fields.push_back(CompileField(type->descriptor->field(i)));
    const Field& field = type->fields.back();
    if (field.number < kSmallNumbers) {
      if (type->by_small_number.size() <= field.number) {
        type->by_small_number.resize(field.number + 1);
      }
      type->by_small_number[field.number] = &field;
    } else {
      type->by_large_number[field.number] = &field;
    }
    type->by_name.try_emplace(field.name, &field);
  }
  // Where one field's JSON name is another's own name, JSON wins.
  for (const Field& field : type->fields) type->by_name[field.json_name] = &field;
}

Field Schema::CompileField(const FieldDescriptor* descriptor) const {
  // Groups ended with proto2; no interface of ours can hold one.
  CHECK(descriptor->type() != FieldDescriptor::TYPE_GROUP);
  Field field{
      .descriptor = descriptor,
      .name = descriptor->name(),
      .json_name = descriptor->json_name(),
      .type = descriptor->type(),
      .number = static_cast<uint32_t>(descriptor->number()),
      .repeated = descriptor->is_repeated(),
      .is_map = descriptor->is_map(),
      .packed = descriptor->is_packed(),
      .packable = descriptor->is_packable(),
      .presence = descriptor->has_presence(),
      .index = static_cast<uint32_t>(descriptor->index()),
      .oneof = -1,
  };
  field.tag = wire::Tag(field.number, WireTypeOf(field.type));
  json::AppendQuoted(field.json_name, &field.json_key);
  field.json_key += ':';
  if (const auto* oneof = descriptor->real_containing_oneof()) field.oneof = oneof->index();
  if (field.type == FieldDescriptor::TYPE_MESSAGE) {
    field.message = FindMessage(descriptor->message_type());
    // The caller gives every imported file.
    CHECK(field.message != nullptr);
  } else if (field.type == FieldDescriptor::TYPE_ENUM) {
    const auto found = enums_.find(descriptor->enum_type()->full_name());
    CHECK(found != enums_.end());  // As above.
    field.enumeration = found->second.get();
  }
  return field;
}

}  // namespace regulars::gateway
