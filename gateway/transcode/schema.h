// Message types as the codec needs them: each descriptor compiled once into a table of its fields
// with their names, tags and kinds. Immutable after Build(), safe from any thread. The pool of the
// descriptors must outlive the schema; tables point at each other and live as long as it.
//
//   const std::unique_ptr<Schema> schema = Schema::Build(files);
//   const MessageType* book = schema->FindMessage("library.v1.Book");
//   book->FindField("pageCount") == book->FindField("page_count")
#ifndef GATEWAY_TRANSCODE_SCHEMA_H_
#define GATEWAY_TRANSCODE_SCHEMA_H_

#include <google/protobuf/descriptor.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "gateway/transcode/wire.h"

namespace regulars::gateway {

struct MessageType;
struct EnumType;

struct Field {
  using Type = google::protobuf::FieldDescriptor::Type;

  const google::protobuf::FieldDescriptor* descriptor;
  absl::string_view name;       // "page_count"
  absl::string_view json_name;  // "pageCount"
  std::string json_key;         // "\"pageCount\":"
  Type type;
  uint32_t number;
  // Of one element; a packed list has its own.
  uint32_t tag;
  bool repeated;  // Maps too.
  bool is_map;
  bool packed;     // Written as a packed list.
  bool packable;   // May be read as one.
  bool presence;   // Says itself whether it is set: messages, `optional`, oneof members.
  uint32_t index;  // Among its message's fields.
  // Which oneof of its message it belongs to, or -1. An `optional` field has none.
  int oneof;
  const MessageType* message =
      nullptr;  // For maps, the entry: fields[0] is the key, [1] the value.
  const EnumType* enumeration = nullptr;
};

struct EnumType {
  absl::string_view name;
  absl::flat_hash_map<std::string, int32_t> numbers;
  // The first name of each number, quoted for JSON.
  absl::flat_hash_map<int32_t, std::string> quoted_names;
  // google.protobuf.NullValue, whose value is JSON's null.
  bool is_null_value;
};

// Types whose JSON is not an object of their fields.
enum class SpecialJson : uint8_t {
  kNone,
  kTimestamp,
  kDuration,
  kFieldMask,
  kWrapper,  // fields[0] is the value.
  kStruct,
  kValue,
  kListValue,
  kAny,
};

struct MessageType {
  // The field of this name or JSON name, or null.
  const Field* FindField(absl::string_view either_name) const {
    const auto found = by_name.find(either_name);
    return found == by_name.end() ? nullptr : found->second;
  }
  const Field* FindField(uint32_t number) const {
    if (number < by_small_number.size()) return by_small_number[number];
    const auto found = by_large_number.find(number);
    return found == by_large_number.end() ? nullptr : found->second;
  }

  const google::protobuf::Descriptor* descriptor;
  absl::string_view full_name;
  SpecialJson special = SpecialJson::kNone;
  bool is_http_body = false;
  // As declared.
  std::vector<Field> fields;
  int oneof_count = 0;

  absl::flat_hash_map<std::string, const Field*> by_name;
  std::vector<const Field*> by_small_number;
  absl::flat_hash_map<uint32_t, const Field*> by_large_number;
};

class Schema {
 public:
  // All messages of `files`, nested ones too. The files they import must be among them.
  static std::unique_ptr<Schema> Build(
      const std::vector<const google::protobuf::FileDescriptor*>& files);

  // Null if there is no such message.
  const MessageType* FindMessage(absl::string_view full_name) const;
  const MessageType* FindMessage(const google::protobuf::Descriptor* descriptor) const {
    return FindMessage(descriptor->full_name());
  }

 private:
  Schema() = default;
  void AddMessage(const google::protobuf::Descriptor* descriptor);
  void AddEnum(const google::protobuf::EnumDescriptor* descriptor);
  void Compile(MessageType* type) const;
  Field CompileField(const google::protobuf::FieldDescriptor* descriptor) const;

  absl::flat_hash_map<std::string, std::unique_ptr<MessageType>> messages_;
  absl::flat_hash_map<std::string, std::unique_ptr<EnumType>> enums_;
};

}  // namespace regulars::gateway

#endif  // GATEWAY_TRANSCODE_SCHEMA_H_
