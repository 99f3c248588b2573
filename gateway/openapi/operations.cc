#include "gateway/openapi/operations.h"

#include <google/longrunning/operations.pb.h>

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "chassis/base/errors.h"
#include "gateway/openapi/comments.h"
#include "gateway/openapi/errors.h"
#include "gateway/transcode/bindings.h"
#include "gateway/transcode/reply.h"
#include "gateway/transcode/scalar.h"

namespace regulars::gateway {
namespace {

// Messages in messages that are shown as parameters; deeper ones work all the same.
constexpr size_t kMaxShownDepth = 4;

std::string JsonName(const FieldChain& chain) {
  return absl::StrJoin(chain, ".", [](std::string* out, const Field* field) {
    absl::StrAppend(out, field->json_name);
  });
}

bool IsBoundByPath(const Route& route, const FieldChain& chain) {
  return std::find(route.variables.begin(), route.variables.end(), chain) != route.variables.end();
}

// Whether the body is a resource of which only what changes needs to be there.
bool BringsChanges(const Route& route) {
  const Field* const body = route.body_field;
  return route.http_method == "PATCH" && body != nullptr && body->message != nullptr &&
         !body->repeated;
}

// A resource whose name is in the path is there without a body too: then nothing of it changes.
bool NeedsBody(const Route& route) {
  if (route.raw_body) return true;
  if (route.body_field == nullptr || !IsRequired(*route.body_field)) return false;
  return std::none_of(
      route.variables.begin(), route.variables.end(),
      [&](const FieldChain& variable) { return variable.front() == route.body_field; });
}

// "shelves/{shelf}/books/{book}": the value of a variable in terms of its parameters.
std::string ValuePattern(const Route& route, const NamedPath& path, int variable) {
  const Variable& captured = route.path.variables[variable];
  auto parameter = path.parameters.begin();
  std::vector<std::string> parts;
  for (size_t i = 0; i < captured.end; ++i) {
    const Segment& segment = route.path.segments[i];
    const bool is_literal = segment.kind == Segment::Kind::kLiteral;
    const std::string text = is_literal ? segment.literal : absl::StrCat("{", parameter->name, "}");
    if (!is_literal) ++parameter;
    if (i >= captured.begin) parts.push_back(text);
  }
  return absl::StrJoin(parts, "/");
}

// The type that a longrunning.operation_info names, full or in the method's own package.
const MessageType* OperationType(const Schema& schema, const Route& route,
                                 const std::string& name) {
  if (name.empty()) return nullptr;
  const std::string& package = route.method.descriptor->file()->package();
  const MessageType* const local = schema.FindMessage(absl::StrCat(package, ".", name));
  return local != nullptr ? local : schema.FindMessage(name);
}

// HTTP statuses of the errors that are documented with the method, with those that it refers to,
// and with its service for the methods that are given something.
std::set<int> DocumentedStatuses(const Route& route) {
  constexpr char kOfMethod[] = "Errors:";
  constexpr char kOfService[] = "Errors ";  // "Errors of every method that takes an order: …"
  const auto& method = *route.method.descriptor;
  const auto& service = *method.service();
  NamedErrors errors = ErrorsOf(CommentOf(method), kOfMethod);
  for (const std::string& name : errors.as_methods) {
    const auto* const other = service.FindMethodByName(name);
    if (other != nullptr) errors.codes.merge(ErrorsOf(CommentOf(*other), kOfMethod).codes);
  }
  if (route.body != Route::Body::kNone) {
    errors.codes.merge(ErrorsOf(CommentOf(service), kOfService).codes);
  }
  std::set<int> statuses;
  for (const absl::StatusCode code : errors.codes) statuses.insert(HttpStatus(code));
  return statuses;
}

}  // namespace

std::string TagOf(const Route& route) {
  const std::string& service = route.method.descriptor->service()->name();
  return route.shared ? absl::StrCat(service, " (", route.upstream, ")") : service;
}

void Operations::Write(const Route& route, const NamedPath& path) {
  json_.BeginObject();
  json_.Key("tags").BeginArray().String(TagOf(route)).EndArray();
  WriteSummary(route);
  json_.Text("operationId", OperationId(route));
  WriteParameters(route, path);
  WriteBody(route);
  WriteReplies(route, path);
  WriteSecurity(route);
  if (route.method.descriptor->options().deprecated()) json_.Key("deprecated").Bool(true);
  json_.EndObject();
}

void Operations::WriteSummary(const Route& route) {
  std::string comment = CommentOf(*route.method.descriptor);
  json_.Text("summary", comment.empty() ? route.method.descriptor->name() : FirstSentence(comment));
  const bool needs_scope =
      !route.scope.empty() && route.scope != "public" && route.scope != "authenticated";
  if (needs_scope) {
    absl::StrAppend(&comment, comment.empty() ? "" : "\n\n", "Needs the scope `", route.scope,
                    "`.");
  }
  if (!comment.empty()) json_.Text("description", comment);
}

std::string Operations::OperationId(const Route& route) {
  const auto* method = route.method.descriptor;
  const std::string id = absl::StrCat(route.shared ? absl::StrCat(route.upstream, "_") : "",
                                      method->service()->name(), "_", method->name());
  std::string unique = id;
  for (int n = 2; !operation_ids_.insert(unique).second; ++n) unique = absl::StrCat(id, "_", n);
  return unique;
}

void Operations::WriteParameters(const Route& route, const NamedPath& path) {
  json_.Key("parameters").BeginArray();
  for (const PathParameter& parameter : path.parameters) WritePathParameter(route, path, parameter);
  if (route.body != Route::Body::kWhole) {
    for (const Field& field : route.method.request->fields) {
      if (&field == route.body_field) continue;
      FieldChain chain = {&field};
      WriteQueryParameters(route, &chain);
    }
  }
  json_.EndArray();
}

void Operations::WritePathParameter(const Route& route, const NamedPath& path,
                                    const PathParameter& parameter) {
  json_.BeginObject().Text("name", parameter.name).Text("in", "path");
  json_.Key("required").Bool(true);
  // A variable of one segment is its field; a part of a longer one only says of what.
  const bool has_field = parameter.variable >= 0;
  const bool is_field = has_field && route.path.variables[parameter.variable].single_segment;
  std::string description;
  if (is_field) {
    description = CommentOf(*route.variables[parameter.variable].back()->descriptor);
  } else if (has_field) {
    description = absl::StrCat("Part of `", JsonName(route.variables[parameter.variable]), "`: `",
                               ValuePattern(route, path, parameter.variable), "`.");
  }
  if (parameter.is_rest)
    absl::StrAppend(&description, " May hold slashes, which stay as they are.");
  if (!description.empty()) json_.Text("description", absl::StripAsciiWhitespace(description));
  json_.Key("schema");
  if (is_field) {
    schemas_.WriteParameter(*route.variables[parameter.variable].back());
  } else {
    json_.BeginObject().Text("type", "string").EndObject();
  }
  json_.EndObject();
}

void Operations::WriteQueryParameters(const Route& route, FieldChain* chain) {
  const Field& field = *chain->back();
  if (field.is_map || IsOutputOnly(field) || IsBoundByPath(route, *chain)) return;
  if (field.message == nullptr || HasTextForm(*field.message)) return WriteQueryParameter(*chain);
  const bool has_parts = !field.repeated && field.message->special == SpecialJson::kNone;
  if (!has_parts || chain->size() == kMaxShownDepth) return;
  for (const Field* above : *chain) {
    if (above != &field && above->message == field.message) return;  // A message in itself.
  }
  for (const Field& part : field.message->fields) {
    chain->push_back(&part);
    WriteQueryParameters(route, chain);
    chain->pop_back();
  }
}

void Operations::WriteQueryParameter(const FieldChain& chain) {
  const Field& field = *chain.back();
  json_.BeginObject().Text("name", JsonName(chain)).Text("in", "query");
  const std::string comment = CommentOf(*field.descriptor);
  if (!comment.empty()) json_.Text("description", comment);
  if (chain.size() == 1 && IsRequired(field)) json_.Key("required").Bool(true);
  if (field.repeated) json_.Text("style", "form").Key("explode").Bool(true);
  if (field.descriptor->options().deprecated()) json_.Key("deprecated").Bool(true);
  json_.Key("schema");
  schemas_.WriteParameter(field);
  json_.EndObject();
}

void Operations::WriteBody(const Route& route) {
  if (route.body == Route::Body::kNone) return;
  json_.Key("requestBody").BeginObject();
  if (route.body_field != nullptr) {
    const std::string comment = CommentOf(*route.body_field->descriptor);
    if (!comment.empty()) json_.Text("description", comment);
  }
  json_.Key("content").BeginObject();
  json_.Key(route.raw_body ? "*/*" : kJsonType).BeginObject().Key("schema");
  if (route.raw_body) {
    json_.BeginObject().EndObject();  // Any bytes of any type.
  } else if (BringsChanges(route)) {
    schemas_.WriteChanges(*route.body_field->message);
  } else if (route.body_field != nullptr) {
    schemas_.WriteParameter(*route.body_field);
  } else {
    std::vector<const Field*> bound;
    for (const FieldChain& chain : route.variables) {
      if (chain.size() == 1) bound.push_back(chain.front());
    }
    schemas_.WriteMessageWithout(*route.method.request, bound);
  }
  json_.EndObject().EndObject();
  json_.Key("required").Bool(NeedsBody(route)).EndObject();
}

void Operations::WriteReplies(const Route& route, const NamedPath& path) {
  json_.Key("responses").BeginObject();
  WriteReply(route);
  WriteErrorReplies({.is_public = route.scope == "public",
                     .names_something = !path.parameters.empty(),
                     .changes_something = route.http_method != "GET" && route.http_method != "HEAD",
                     .has_body = route.body != Route::Body::kNone,
                     .named = DocumentedStatuses(route)},
                    &json_);
  json_.EndObject();
}

void Operations::WriteReply(const Route& route) {
  json_.Key("200").BeginObject();
  json_.Text("description", route.server_streaming()
                                ? "A stream. If it breaks off, its last line or event is the error."
                                : "Done.");
  json_.Key("content").BeginObject();
  std::vector<absl::string_view> types = {kJsonType};
  if (route.server_streaming()) types = {kNdjsonType, kEventStreamType};
  if (route.raw_reply) types = {"*/*"};
  for (absl::string_view type : types) {
    json_.Key(type).BeginObject().Key("schema");
    WriteReplySchema(route);
    json_.EndObject();
  }
  json_.EndObject().EndObject();
}

void Operations::WriteReplySchema(const Route& route) {
  if (route.raw_reply) {
    json_.BeginObject().EndObject();
  } else if (route.reply_field != nullptr) {
    schemas_.WriteField(*route.reply_field);
  } else if (route.method.reply->full_name == "google.longrunning.Operation") {
    WriteOperationSchema(route);
  } else {
    schemas_.WriteMessage(*route.method.reply);
  }
}

// An Operation whose response and metadata are known types.
void Operations::WriteOperationSchema(const Route& route) {
  const auto& info =
      route.method.descriptor->options().GetExtension(google::longrunning::operation_info);
  const Schema& schema = schemas_.schema();
  const MessageType* const response = OperationType(schema, route, info.response_type());
  const MessageType* const metadata = OperationType(schema, route, info.metadata_type());
  if (response == nullptr && metadata == nullptr) return schemas_.WriteMessage(*route.method.reply);
  json_.BeginObject().Key("allOf").BeginArray();
  schemas_.WriteMessage(*route.method.reply);
  json_.BeginObject().Text("type", "object").Key("properties").BeginObject();
  if (response != nullptr) {
    json_.Key("response");
    schemas_.WriteMessage(*response);
  }
  if (metadata != nullptr) {
    json_.Key("metadata");
    schemas_.WriteMessage(*metadata);
  }
  json_.EndObject().EndObject().EndArray().EndObject();
}

void Operations::WriteSecurity(const Route& route) {
  json_.Key("security").BeginArray();
  if (route.scope != "public") {
    json_.BeginObject().Key("bearer").BeginArray().EndArray().EndObject();
    json_.BeginObject().Key("oauth2").BeginArray();
    if (!route.scope.empty() && route.scope != "authenticated") json_.String(route.scope);
    json_.EndArray().EndObject();
  }
  json_.EndArray();
}

}  // namespace regulars::gateway
