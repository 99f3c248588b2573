#include "gateway/openapi/schemas.h"

#include <google/api/field_behavior.pb.h>

#include <algorithm>
#include <deque>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "chassis/base/check.h"
#include "gateway/openapi/comments.h"

namespace regulars::gateway {
namespace {

using ::google::protobuf::EnumDescriptor;
using ::google::protobuf::EnumValueDescriptor;
using ::google::protobuf::FieldDescriptor;

bool HasBehavior(const Field& field, google::api::FieldBehavior wanted) {
  const auto& options = field.descriptor->options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == wanted) return true;
  }
  return false;
}

// Sentences that a field's comment does not say by itself.
std::string Remarks(const Field& field) {
  std::vector<std::string> remarks;
  if (HasBehavior(field, google::api::IMMUTABLE))
    remarks.emplace_back("Cannot be changed once set.");
  const auto* oneof = field.descriptor->real_containing_oneof();
  if (oneof != nullptr && oneof->field_count() > 1) {
    std::vector<std::string> others;
    for (int i = 0; i < oneof->field_count(); ++i) {
      if (oneof->field(i) == field.descriptor) continue;
      others.push_back(absl::StrCat("`", oneof->field(i)->json_name(), "`"));
    }
    remarks.push_back(absl::StrCat("Not together with ", absl::StrJoin(others, ", "), "."));
  }
  return absl::StrJoin(remarks, " ");
}

std::string Describe(const EnumDescriptor& type) {
  std::string text = CommentOf(type);
  for (int i = 0; i < type.value_count(); ++i) {
    const EnumValueDescriptor& value = *type.value(i);
    const std::string comment = CommentOf(value);
    absl::StrAppend(&text,
                    text.empty() ? ""
                    : i == 0     ? "\n\n"
                                 : "\n",
                    "- `", value.name(), "`", comment.empty() ? "" : ": ", comment);
  }
  return text;
}

}  // namespace

bool IsRequired(const Field& field) { return HasBehavior(field, google::api::REQUIRED); }
bool IsOutputOnly(const Field& field) { return HasBehavior(field, google::api::OUTPUT_ONLY); }

void Schemas::WriteField(const Field& field) {
  json_.BeginObject();
  WriteType(field);
  WriteAnnotations(field);
  json_.EndObject();
}

void Schemas::WriteParameter(const Field& field) {
  json_.BeginObject();
  WriteType(field);
  if (!field.repeated) WriteExample(field, CommentOf(*field.descriptor));
  json_.EndObject();
}

void Schemas::WriteType(const Field& field) {
  if (field.is_map) {
    json_.Text("type", "object").Key("additionalProperties").BeginObject();
    WriteElement(field.message->fields[1]);
    json_.EndObject();
  } else if (field.repeated) {
    json_.Text("type", "array").Key("items").BeginObject();
    WriteElement(field);
    json_.EndObject();
  } else {
    WriteElement(field);
  }
}

void Schemas::WriteMessage(const MessageType& type) {
  json_.BeginObject();
  if (type.special == SpecialJson::kNone) {
    WriteRef(type.full_name);
  } else {
    WriteSpecial(type);
  }
  json_.EndObject();
}

void Schemas::WriteMessageWithout(const MessageType& type,
                                  const std::vector<const Field*>& left_out) {
  if (left_out.empty() || type.special != SpecialJson::kNone) return WriteMessage(type);
  WriteObject(type, left_out, Purpose::kWhole);
}

void Schemas::WriteChanges(const MessageType& type) {
  const bool any_required = std::any_of(type.fields.begin(), type.fields.end(), IsRequired);
  if (!any_required || type.special != SpecialJson::kNone) return WriteMessage(type);
  WriteObject(type, {}, Purpose::kChanges);
}

void Schemas::WriteElement(const Field& field) {
  if (field.message == nullptr) {
    WriteScalar(field);
  } else if (field.message->special == SpecialJson::kNone) {
    WriteRef(field.message->full_name);
  } else {
    WriteSpecial(*field.message);
  }
}

void Schemas::WriteScalar(const Field& field) {
  const auto type = [this](absl::string_view name, absl::string_view format) {
    json_.Text("type", name);
    if (!format.empty()) json_.Text("format", format);
  };
  switch (field.type) {
    case FieldDescriptor::TYPE_DOUBLE:
      return type("number", "double");
    case FieldDescriptor::TYPE_FLOAT:
      return type("number", "float");
    case FieldDescriptor::TYPE_INT32:
    case FieldDescriptor::TYPE_SINT32:
    case FieldDescriptor::TYPE_SFIXED32:
      return type("integer", "int32");
    case FieldDescriptor::TYPE_UINT32:
    case FieldDescriptor::TYPE_FIXED32:
      type("integer", "uint32");
      json_.Key("minimum").Int(0);
      return;
    // Strings, as JavaScript's numbers end at 2⁵³.
    case FieldDescriptor::TYPE_INT64:
    case FieldDescriptor::TYPE_SINT64:
    case FieldDescriptor::TYPE_SFIXED64:
      return type("string", "int64");
    case FieldDescriptor::TYPE_UINT64:
    case FieldDescriptor::TYPE_FIXED64:
      return type("string", "uint64");
    case FieldDescriptor::TYPE_BOOL:
      return type("boolean", "");
    case FieldDescriptor::TYPE_STRING:
      return type("string", "");
    case FieldDescriptor::TYPE_BYTES:
      type("string", "");
      json_.Text("contentEncoding", "base64");
      return;
    case FieldDescriptor::TYPE_ENUM: {
      if (field.enumeration->is_null_value) return type("null", "");
      const EnumDescriptor* descriptor = field.descriptor->enum_type();
      enums_[descriptor->full_name()] = descriptor;
      return WriteRef(descriptor->full_name());
    }
    case FieldDescriptor::TYPE_MESSAGE:
    case FieldDescriptor::TYPE_GROUP:
      break;
  }
  CHECK(false);  // The caller keeps messages away.
}

void Schemas::WriteSpecial(const MessageType& type) {
  switch (type.special) {
    case SpecialJson::kTimestamp:
      json_.Text("type", "string").Text("format", "date-time");
      return;
    case SpecialJson::kDuration:
      json_.Text("type", "string").Text("pattern", "^-?[0-9]{1,12}(\\.[0-9]{1,9})?s$");
      return;
    case SpecialJson::kFieldMask:
      json_.Text("type", "string");
      return;
    case SpecialJson::kWrapper:
      return WriteScalar(type.fields[0]);
    case SpecialJson::kStruct:
      json_.Text("type", "object").Key("additionalProperties").Bool(true);
      return;
    case SpecialJson::kListValue:
      json_.Text("type", "array").Key("items").BeginObject().EndObject();
      return;
    case SpecialJson::kAny:
      json_.Text("type", "object").Key("properties").BeginObject();
      json_.Key("@type").BeginObject().Text("type", "string").EndObject().EndObject();
      json_.Key("additionalProperties").Bool(true);
      return;
    case SpecialJson::kValue:  // Any JSON.
    case SpecialJson::kNone:
      return;
  }
}

void Schemas::WriteAnnotations(const Field& field) {
  const std::string comment = CommentOf(*field.descriptor);
  const std::string remarks = Remarks(field);
  if (!comment.empty() || !remarks.empty()) {
    const absl::string_view between = comment.empty() || remarks.empty() ? "" : "\n\n";
    json_.Text("description", absl::StrCat(comment, between, remarks));
  }
  if (IsOutputOnly(field)) json_.Key("readOnly").Bool(true);
  if (HasBehavior(field, google::api::INPUT_ONLY)) json_.Key("writeOnly").Bool(true);
  if (field.descriptor->options().deprecated()) json_.Key("deprecated").Bool(true);
  if (!field.repeated) WriteExample(field, comment);
}

void Schemas::WriteExample(const Field& field, const std::string& comment) {
  const auto text = [this](absl::string_view example) {
    json_.Key("examples").BeginArray().String(example).EndArray();
  };
  const SpecialJson special =
      field.message == nullptr ? SpecialJson::kNone : field.message->special;
  if (special == SpecialJson::kTimestamp) return text("2024-02-29T12:30:00Z");
  if (special == SpecialJson::kDuration) return text("1.5s");
  if (field.type == FieldDescriptor::TYPE_STRING || special == SpecialJson::kFieldMask) {
    if (const auto example = QuotedExample(comment)) text(*example);
    return;
  }
  const auto number = NumberExample(comment);
  if (!number) return;
  switch (field.descriptor->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT64:
      return text(absl::StrCat(*number));
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_UINT32:
      json_.Key("examples").BeginArray().Int(*number).EndArray();
      return;
    default:
      return;
  }
}

void Schemas::WriteObject(const MessageType& type, const std::vector<const Field*>& left_out,
                          Purpose purpose) {
  json_.BeginObject().Text("type", "object");
  const std::string comment = CommentOf(*type.descriptor);
  if (!comment.empty()) json_.Text("description", comment);
  std::vector<absl::string_view> required;
  json_.Key("properties").BeginObject();
  for (const Field& field : type.fields) {
    if (std::find(left_out.begin(), left_out.end(), &field) != left_out.end()) continue;
    if (purpose == Purpose::kWhole && IsRequired(field)) required.push_back(field.json_name);
    json_.Key(field.json_name);
    WriteField(field);
  }
  json_.EndObject();
  if (!required.empty()) {
    json_.Key("required").BeginArray();
    for (absl::string_view name : required) json_.String(name);
    json_.EndArray();
  }
  if (type.descriptor->options().deprecated()) json_.Key("deprecated").Bool(true);
  json_.EndObject();
}

void Schemas::WriteEnum(const EnumDescriptor& type) {
  json_.BeginObject().Text("type", "string").Text("description", Describe(type));
  json_.Key("enum").BeginArray();
  for (int i = 0; i < type.value_count(); ++i) json_.String(type.value(i)->name());
  json_.EndArray().EndObject();
}

void Schemas::WriteRef(absl::string_view full_name) {
  if (const MessageType* type = schema_.FindMessage(full_name))
    messages_[type->descriptor->full_name()] = type;
  json_.Text("$ref", absl::StrCat("#/components/schemas/", full_name));
}

void Schemas::FollowReferences() {
  std::deque<const MessageType*> queue;
  for (const auto& [name, type] : messages_) queue.push_back(type);
  for (; !queue.empty(); queue.pop_front()) {
    for (const Field& declared : queue.front()->fields) {
      const Field& field = declared.is_map ? declared.message->fields[1] : declared;
      const EnumDescriptor* const enumeration = field.descriptor->enum_type();
      if (enumeration != nullptr && !field.enumeration->is_null_value) {
        enums_[enumeration->full_name()] = enumeration;
      }
      if (field.message == nullptr || field.message->special != SpecialJson::kNone) continue;
      const auto [known, is_new] =
          messages_.try_emplace(field.message->descriptor->full_name(), field.message);
      if (is_new) queue.push_back(field.message);
    }
  }
}

void Schemas::WriteComponents() {
  FollowReferences();
  for (const auto& [name, type] : messages_) {
    json_.Key(name);
    WriteObject(*type, {}, Purpose::kWhole);
  }
  for (const auto& [name, type] : enums_) {
    json_.Key(name);
    WriteEnum(*type);
  }
}

}  // namespace regulars::gateway
