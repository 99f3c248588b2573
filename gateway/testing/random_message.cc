#include "gateway/testing/random_message.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <limits>

#include "conformance.pb.h"

namespace regulars::gateway {

using ::google::protobuf::Reflection;

std::string RandomMessage::Text() {
  static const char* const kPieces[] = {"a",
                                        "Z9",
                                        " ",
                                        "\"",
                                        "\\",
                                        "/",
                                        "\n",
                                        "\t",
                                        "\x01",
                                        "\x7F",
                                        "\xC3\xA9",
                                        "\xE2\x82\xAC",
                                        "<&>'",
                                        "{}[]",
                                        "\xE2\x80\xA8",
                                        "\xF0\x9F\x98\x80",
                                        "\xEF\xBF\xBF",
                                        "plain text of more than eight bytes"};
  std::string text;
  for (uint32_t i = Below(5); i > 0; --i) text += kPieces[Below(std::size(kPieces))];
  return text;
}

int64_t RandomMessage::Integer() {
  switch (Below(5)) {
    case 0:
      return std::numeric_limits<int64_t>::min();
    case 1:
      return std::numeric_limits<int64_t>::max();
    case 2:
      return static_cast<int64_t>(Below(256)) - 128;
    case 3:
      return 0;
    default:
      return static_cast<int64_t>(uint64_t{random_()} << 32 | random_());
  }
}

double RandomMessage::Real() {
  switch (Below(6)) {
    case 0:
      return 0;
    case 1:
      return std::numeric_limits<double>::infinity();
    case 2:
      return -std::numeric_limits<double>::infinity();
    case 3:
      return static_cast<double>(Below(100000)) / 100;
    case 4:
      return std::numeric_limits<float>::max();
    default:
      return std::ldexp(static_cast<double>(random_()), static_cast<int>(Below(200)) - 100);
  }
}

void RandomMessage::Fill(Message* message, int depth) {
  if (FillSpecial(message, depth)) return;
  const auto* descriptor = message->GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    if (Below(2) == 0) FillField(descriptor->field(i), message, depth);
  }
}

void RandomMessage::FillField(const Field* field, Message* message, int depth) {
  const Reflection* reflection = message->GetReflection();
  const bool is_message = field->cpp_type() == Field::CPPTYPE_MESSAGE;
  if (is_message && depth <= 0) return;
  const uint32_t count = field->is_repeated() ? Below(4) : 1;
  for (uint32_t i = 0; i < count; ++i) {
    if (!is_message) {
      SetScalar(field, message);
    } else if (field->is_map()) {
      // Entries with distinct keys come from the index; the value is like any field.
      Message* entry = reflection->AddMessage(message, field);
      const Field* key = entry->GetDescriptor()->map_key();
      if (key->cpp_type() == Field::CPPTYPE_STRING) {
        entry->GetReflection()->SetString(entry, key, std::to_string(i) + Text());
      } else if (key->cpp_type() == Field::CPPTYPE_BOOL) {
        if (i > 1) {
          reflection->RemoveLast(message, field);
          continue;
        }
        entry->GetReflection()->SetBool(entry, key, i == 1);
      } else if (key->cpp_type() == Field::CPPTYPE_INT32) {
        entry->GetReflection()->SetInt32(entry, key, static_cast<int32_t>(i) - 1);
      } else if (key->cpp_type() == Field::CPPTYPE_INT64) {
        entry->GetReflection()->SetInt64(entry, key, static_cast<int64_t>(i) - 1);
      } else if (key->cpp_type() == Field::CPPTYPE_UINT32) {
        entry->GetReflection()->SetUInt32(entry, key, i + 7);
      } else {
        entry->GetReflection()->SetUInt64(entry, key, ~uint64_t{i});
      }
      const Field* value = entry->GetDescriptor()->map_value();
      if (value->cpp_type() == Field::CPPTYPE_MESSAGE) {
        Fill(entry->GetReflection()->MutableMessage(entry, value), depth - 1);
      } else {
        SetScalar(value, entry);
      }
    } else if (field->is_repeated()) {
      Fill(reflection->AddMessage(message, field), depth - 1);
    } else {
      Fill(reflection->MutableMessage(message, field), depth - 1);
    }
  }
}

void RandomMessage::SetScalar(const Field* field, Message* message) {
  const Reflection* r = message->GetReflection();
  const auto set = [&](auto one, auto many, auto value) {
    field->is_repeated() ? (r->*many)(message, field, value) : (r->*one)(message, field, value);
  };
  switch (field->cpp_type()) {
    case Field::CPPTYPE_INT32:
      set(&Reflection::SetInt32, &Reflection::AddInt32, static_cast<int32_t>(Integer()));
      break;
    case Field::CPPTYPE_INT64:
      set(&Reflection::SetInt64, &Reflection::AddInt64, Integer());
      break;
    case Field::CPPTYPE_UINT32:
      set(&Reflection::SetUInt32, &Reflection::AddUInt32, static_cast<uint32_t>(Integer()));
      break;
    case Field::CPPTYPE_UINT64:
      set(&Reflection::SetUInt64, &Reflection::AddUInt64, static_cast<uint64_t>(Integer()));
      break;
    case Field::CPPTYPE_DOUBLE:
      set(&Reflection::SetDouble, &Reflection::AddDouble, Real());
      break;
    case Field::CPPTYPE_FLOAT:
      set(&Reflection::SetFloat, &Reflection::AddFloat, static_cast<float>(Real()));
      break;
    case Field::CPPTYPE_BOOL:
      set(&Reflection::SetBool, &Reflection::AddBool, Below(2) == 1);
      break;
    case Field::CPPTYPE_ENUM: {
      const auto* type = field->enum_type();
      set(&Reflection::SetEnumValue, &Reflection::AddEnumValue,
          type->value(static_cast<int>(Below(type->value_count())))->number());
      break;
    }
    case Field::CPPTYPE_STRING: {
      std::string text = Text();
      if (field->type() == Field::TYPE_BYTES) text += std::string("\0\xFF", Below(3));
      field->is_repeated() ? r->AddString(message, field, text)
                           : r->SetString(message, field, text);
      break;
    }
    case Field::CPPTYPE_MESSAGE:
      break;
  }
}

bool RandomMessage::FillSpecial(Message* message, int depth) {
  namespace pb = ::google::protobuf;
  const int64_t sign = Below(2) == 0 ? 1 : -1;
  if (auto* time = dynamic_cast<pb::Timestamp*>(message)) {
    time->set_seconds(static_cast<int64_t>(random_()) * (sign > 0 ? 59 : -14));
    time->set_nanos(static_cast<int32_t>(Below(1000) * (Below(2) == 0 ? 1000000 : 1)));
  } else if (auto* duration = dynamic_cast<pb::Duration*>(message)) {
    duration->set_seconds(sign * static_cast<int64_t>(random_()));
    duration->set_nanos(static_cast<int32_t>(sign * Below(1000000000)));
  } else if (auto* mask = dynamic_cast<pb::FieldMask*>(message)) {
    static const char* const kPaths[] = {"name", "page_count", "a.b_c.d", "x"};
    for (uint32_t i = Below(4); i > 0; --i) mask->add_paths(kPaths[Below(4)]);
  } else if (auto* any = dynamic_cast<pb::Any*>(message)) {
    FillAny(any, depth);
  } else if (auto* value = dynamic_cast<pb::Value*>(message)) {
    switch (depth > 0 ? Below(6) : Below(4)) {
      case 0:
        value->set_null_value(pb::NULL_VALUE);
        break;
      case 1:
        value->set_number_value(static_cast<double>(Integer()) / 8);
        break;
      case 2:
        value->set_string_value(Text());
        break;
      case 3:
        value->set_bool_value(sign > 0);
        break;
      case 4:
        Fill(value->mutable_struct_value(), depth - 1);
        break;
      default:
        Fill(value->mutable_list_value(), depth - 1);
        break;
    }
  } else {
    return false;
  }
  return true;
}

void RandomMessage::FillAny(Message* message, int depth) {
  auto* any = static_cast<::google::protobuf::Any*>(message);
  if (Below(2) == 0) {
    regulars::conformance::v1::Scalars scalars;
    Fill(&scalars, depth - 1);
    any->PackFrom(scalars);
  } else if (Below(2) == 0) {
    ::google::protobuf::Duration duration;
    Fill(&duration, depth - 1);
    any->PackFrom(duration);
  } else if (depth > 0) {
    ::google::protobuf::Any inner;
    FillAny(&inner, depth - 1);
    any->PackFrom(inner);
  }
}

}  // namespace regulars::gateway
