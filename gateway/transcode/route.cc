#include "gateway/transcode/route.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "chassis/base/check.h"
#include "chassis/base/errors.h"
#include "chassis/base/status_macros.h"

namespace regulars::gateway {
namespace {

using ::google::api::HttpRule;
using ::google::protobuf::MethodDescriptor;

absl::Status BadRule(const MethodDescriptor& method, absl::string_view what) {
  return InvalidArgument("BAD_HTTP_RULE",
                         absl::StrCat("HTTP rule of ", method.full_name(), ": ", what));
}

// The HTTP method and path of a rule; both empty if it has none.
std::pair<std::string, std::string> PatternOf(const HttpRule& rule) {
  switch (rule.pattern_case()) {
    case HttpRule::kGet:
      return {"GET", rule.get()};
    case HttpRule::kPut:
      return {"PUT", rule.put()};
    case HttpRule::kPost:
      return {"POST", rule.post()};
    case HttpRule::kDelete:
      return {"DELETE", rule.delete_()};
    case HttpRule::kPatch:
      return {"PATCH", rule.patch()};
    case HttpRule::kCustom:
      return {rule.custom().kind(), rule.custom().path()};
    case HttpRule::PATTERN_NOT_SET:
      break;
  }
  return {};
}

absl::StatusOr<FieldChain> ResolveVariable(const MethodDescriptor& method,
                                           const MessageType& request,
                                           const std::string& field_path) {
  FieldChain chain;
  const MessageType* type = &request;
  for (absl::string_view name : absl::StrSplit(field_path, '.')) {
    const Field* const field = type == nullptr ? nullptr : type->FindField(name);
    if (field == nullptr) {
      return BadRule(method, absl::StrCat("the request has no field '", field_path, "'"));
    }
    if (field->repeated) {
      return BadRule(method,
                     absl::StrCat("'", field_path, "' is repeated and cannot be in a path"));
    }
    chain.push_back(field);
    type = field->message;
  }
  if (type != nullptr) {
    return BadRule(method, absl::StrCat("'", field_path, "' is a message and cannot be in a path"));
  }
  return chain;
}

// Fields of the top level only, by http.proto.
absl::StatusOr<const Field*> TopField(const MethodDescriptor& method, const MessageType& type,
                                      absl::string_view what, const std::string& name) {
  const Field* const field = type.FindField(name);
  if (field != nullptr) return field;
  return BadRule(method,
                 absl::StrCat(what, " names '", name, "', which is no field of ", type.full_name));
}

absl::Status SetBody(const HttpRule& rule, Route* route) {
  const MethodDescriptor& method = *route->method.descriptor;
  const std::string& verb = route->http_method;
  if (!rule.body().empty() && (verb == "GET" || verb == "HEAD" || verb == "DELETE")) {
    return BadRule(method, absl::StrCat(verb, " takes no body"));
  }
  if (rule.body() == "*") {
    route->body = Route::Body::kWhole;
    route->raw_body = route->method.request->is_http_body;
  } else if (!rule.body().empty()) {
    route->body = Route::Body::kField;
    ABSL_ASSIGN_OR_RETURN(route->body_field,
                          TopField(method, *route->method.request, "body", rule.body()));
    const Field& field = *route->body_field;
    route->raw_body = !field.repeated && field.message != nullptr && field.message->is_http_body;
    for (const FieldChain& variable : route->variables) {
      const bool bound = variable.front() == &field && (variable.size() == 1 || route->raw_body);
      if (bound) return BadRule(method, "the body's field is bound by the path");
    }
  }
  if (route->is_upload() && (route->body != Route::Body::kField || !route->raw_body)) {
    return BadRule(method, "the body of a client stream must be a google.api.HttpBody field");
  }
  return absl::OkStatus();
}

absl::Status SetReply(const HttpRule& rule, Route* route) {
  const MethodDescriptor& method = *route->method.descriptor;
  const MessageType& reply = *route->method.reply;
  const MessageType* answer = &reply;
  if (!rule.response_body().empty()) {
    ABSL_ASSIGN_OR_RETURN(route->reply_field,
                          TopField(method, reply, "response_body", rule.response_body()));
    answer = route->reply_field->repeated ? nullptr : route->reply_field->message;
  }
  route->raw_reply = answer != nullptr && answer->is_http_body;
  // A stream that ends in an error says so in a last line {"error": …}; no message may look like
  // it.
  if (route->server_streaming() && answer != nullptr && answer->FindField("error") != nullptr) {
    return BadRule(method, "a streamed message cannot have a field 'error'");
  }
  return absl::OkStatus();
}

absl::StatusOr<Route> CompileOne(const Method& method, const HttpRule& rule) {
  const auto [http_method, path] = PatternOf(rule);
  if (http_method.empty()) return BadRule(*method.descriptor, "it has no path");
  Route route{.method = method, .http_method = http_method};
  if (route.is_upload() && route.server_streaming()) {
    return BadRule(*method.descriptor, "streams both ways cannot be had by HTTP");
  }
  auto parsed = ParseTemplate(path);
  if (!parsed.ok()) return BadRule(*method.descriptor, parsed.status().message());
  route.path = *std::move(parsed);
  for (const Variable& variable : route.path.variables) {
    ABSL_ASSIGN_OR_RETURN(FieldChain chain, ResolveVariable(*method.descriptor, *method.request,
                                                            variable.field_path));
    route.variables.push_back(std::move(chain));
  }
  ABSL_RETURN_IF_ERROR(SetBody(rule, &route));
  ABSL_RETURN_IF_ERROR(SetReply(rule, &route));
  return route;
}

}  // namespace

absl::StatusOr<std::vector<Route>> CompileRule(const Schema& schema, const MethodDescriptor& method,
                                               const HttpRule& rule) {
  const Method compiled{
      .descriptor = &method,
      .rpc_path = absl::StrCat("/", method.service()->full_name(), "/", method.name()),
      .request = schema.FindMessage(method.input_type()),
      .reply = schema.FindMessage(method.output_type()),
  };
  // The schema holds all files of the descriptors.
  CHECK(compiled.request != nullptr && compiled.reply != nullptr);
  std::vector<Route> routes;
  ABSL_ASSIGN_OR_RETURN(Route route, CompileOne(compiled, rule));
  routes.push_back(std::move(route));
  for (const HttpRule& additional : rule.additional_bindings()) {
    if (additional.additional_bindings_size() > 0) {
      return BadRule(method, "additional bindings cannot have additional bindings");
    }
    ABSL_ASSIGN_OR_RETURN(Route more, CompileOne(compiled, additional));
    routes.push_back(std::move(more));
  }
  return routes;
}

}  // namespace regulars::gateway
