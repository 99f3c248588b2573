// Messages and enums as JSON Schema (2020-12, as OpenAPI 3.1 has it), in the form that the codec
// reads and writes: lower-camel names, 64-bit integers as strings, the JSON of google.protobuf's
// types. Messages and enums are referred to by their full names and remembered, so that the
// document holds what it uses and nothing else.
//
// Used by one thread; the descriptors and the schema must outlive it.
#ifndef GATEWAY_OPENAPI_SCHEMAS_H_
#define GATEWAY_OPENAPI_SCHEMAS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "gateway/json/printer.h"
#include "gateway/transcode/route.h"
#include "gateway/transcode/schema.h"

namespace regulars::gateway {

class Schemas {
 public:
  Schemas(const Schema& schema, json::Printer* json) : schema_(schema), json_(*json) {}

  // Writes the schema of a field's value, with its comment, or of one element of a list or map.
  void WriteField(const Field& field);
  // Of a parameter or body: the same without its comment, which they have themselves.
  void WriteParameter(const Field& field);
  // Of a message as a whole: a reference, or the form of a special type.
  void WriteMessage(const MessageType& type);
  // Of a message without the fields that are given elsewhere.
  void WriteMessageWithout(const MessageType& type, const std::vector<const Field*>& left_out);
  // Of a message that brings what changes: no field must be there.
  void WriteChanges(const MessageType& type);

  // Writes the members of components/schemas: all that was referred to, and what they refer to.
  void WriteComponents();

  const Schema& schema() const { return schema_; }

 private:
  void WriteType(const Field& field);
  void WriteElement(const Field& field);
  void WriteScalar(const Field& field);
  void WriteSpecial(const MessageType& type);
  // The members of an object schema that describes a field: comment, readOnly, example.
  void WriteAnnotations(const Field& field);
  void WriteExample(const Field& field, const std::string& comment);
  enum class Purpose { kWhole, kChanges };
  void WriteObject(const MessageType& type, const std::vector<const Field*>& left_out,
                   Purpose purpose);
  void WriteEnum(const google::protobuf::EnumDescriptor& type);
  void WriteRef(absl::string_view full_name);

  // Adds what the messages referred to refer to themselves.
  void FollowReferences();

  const Schema& schema_;
  json::Printer& json_;
  // What was referred to, by full name.
  std::map<std::string, const MessageType*> messages_;
  std::map<std::string, const google::protobuf::EnumDescriptor*> enums_;
};

// By google.api.field_behavior: whether a client must send a field, and whether it never does.
bool IsRequired(const Field& field);
bool IsOutputOnly(const Field& field);

}  // namespace regulars::gateway

#endif  // GATEWAY_OPENAPI_SCHEMAS_H_
