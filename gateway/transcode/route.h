// One way to reach a method by HTTP: a google.api.http rule, checked against the request and reply
// and with every name resolved. A plain value; what it points at belongs to the descriptors and the
// schema.
#ifndef GATEWAY_TRANSCODE_ROUTE_H_
#define GATEWAY_TRANSCODE_ROUTE_H_

#include <google/api/http.pb.h>
#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "gateway/routing/template.h"
#include "gateway/transcode/schema.h"

namespace regulars::gateway {

// From the request message down to a field: "customer.name" is {customer, name}.
using FieldChain = std::vector<const Field*>;

struct Method {
  const google::protobuf::MethodDescriptor* descriptor;
  // "/library.v1.Library/GetBook".
  std::string rpc_path;
  const MessageType* request;
  const MessageType* reply;
};

struct Route {
  enum class Body {
    kNone,   // There is no body.
    kWhole,  // "*": all fields that the path does not bind.
    kField,  // One field.
  };

  Method method;
  // Which configured service answers.
  std::string upstream;
  // The scope a caller needs, "customer.read"; "authenticated" if any token will do, "public" if
  // none is needed; empty if the proto does not say.
  std::string scope;
  // Its service may have other routes to other upstreams.
  bool shared = false;

  // "GET", "POST", …, or "*" for any.
  std::string http_method;
  Template path;
  // The fields that the template's variables bind, in its order.
  std::vector<FieldChain> variables;

  Body body = Body::kNone;
  const Field* body_field = nullptr;  // For kField.
  // The body goes as it is into a google.api.HttpBody.
  bool raw_body = false;

  // The field of the reply that is the answer; null for the whole.
  const Field* reply_field = nullptr;
  // The answer is a google.api.HttpBody, sent as it is.
  bool raw_reply = false;

  bool server_streaming() const { return method.descriptor->server_streaming(); }
  // A client stream: the body goes up in pieces.
  bool is_upload() const { return method.descriptor->client_streaming(); }
};

// The routes of a rule and its additional bindings. INVALID_ARGUMENT names the method and says what
// http.proto or this gateway does not allow.
absl::StatusOr<std::vector<Route>> CompileRule(const Schema& schema,
                                               const google::protobuf::MethodDescriptor& method,
                                               const google::api::HttpRule& rule);

}  // namespace regulars::gateway

#endif  // GATEWAY_TRANSCODE_ROUTE_H_
